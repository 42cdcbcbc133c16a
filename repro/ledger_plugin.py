"""The ledger in pytest: tests name the claims they check, and the summary shows the verdicts.

Load it from ``conftest.py`` with ``pytest_plugins = ("repro.ledger_plugin",)``.

A test names its claims with ``@pytest.mark.claim("base-params")``. An id that no claim has fails
the collection, and so does a claim that no test of the whole suite names. A test that makes a run
record hands it to the fixture ``keep_record``. The verdicts rest on the records of this session
and, where those say nothing, on the ones that the project ships.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from repro import claims
from repro.record import RunRecord, write_text

if TYPE_CHECKING:
    from repro.claims import Judgement

_RECORD = "repro-run-record"
_CLAIMS = "repro-claims"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Adds ``--claims-json``."""
    parser.getgroup("repro").addoption(
        "--claims-json",
        metavar="PATH",
        default=None,
        help="write the ledger, with the outcome of each claim's tests, as JSON (default: none)",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Registers the marker and the plugin's state."""
    config.addinivalue_line("markers", "claim(id, …): the claims of the ledger that a test checks")
    config.pluginmanager.register(LedgerPlugin(config), "repro-ledger-state")


@pytest.fixture
def keep_record(request: pytest.FixtureRequest) -> Callable[[RunRecord], None]:
    """Returns a function that adds a run record to the ledger of this session."""

    def keep(record: RunRecord) -> None:
        request.node.user_properties.append((_RECORD, record.model_dump_json()))

    return keep


class LedgerPlugin:
    """Collects which tests name which claims, how they end, and the records they make."""

    def __init__(self, config: pytest.Config) -> None:
        self.config = config
        self.outcomes: dict[str, Counter[str]] = defaultdict(Counter)
        self.records: list[RunRecord] = []

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection_modifyitems(
        self, session: pytest.Session, items: list[pytest.Item]
    ) -> None:
        """Checks the names, before anything is deselected."""
        problem = _problem(session, items)
        if problem is None:
            return
        if not hasattr(self.config, "workerinput"):
            raise pytest.UsageError(problem)
        # A worker of a distributed run that stopped here would take the whole run down with it.
        items[:] = [_Problem.from_parent(session, name="claims", problem=problem)]

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Notes how a claim's test ended; works on the controller of a distributed run too."""
        ended = report.when == "call" or report.outcome != "passed"
        for name, value in report.user_properties:
            if name == _CLAIMS and ended and isinstance(value, list):
                for claim in value:
                    self.outcomes[claim][report.outcome] += 1
            elif name == _RECORD and report.when == "teardown":
                self.records.append(RunRecord.model_validate_json(str(value)))

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Prints the short ledger."""
        path = self.config.getoption("claims_json")
        if not self.outcomes and path is None:
            return
        judgements, source = self._judge()
        terminalreporter.section(f"claims, judged from {source}")
        terminalreporter.write_line(claims.summary(judgements))
        for judgement in judgements:
            if line := self._line(judgement):
                terminalreporter.write_line(line)
        if path is not None:
            tests = {name: dict(counts) for name, counts in self.outcomes.items()}
            entries = [
                {**entry, "tests": tests.get(entry["id"], {})}
                for entry in claims.ledger(judgements)
            ]
            write_text(json.dumps(entries, indent=1) + "\n", Path(path))
            terminalreporter.write_line(f"written to {path}")

    def _judge(self) -> tuple[list[Judgement], str]:
        """Judges by this session's records, and by the shipped ones what those leave open."""
        shipped = claims.committed(self.config.rootpath)
        pairs = zip(claims.judge(self.records), claims.judge(shipped), strict=True)
        merged = [new if new.verdict != "not run here" else old for new, old in pairs]
        source = f"{len(shipped)} records in results/"
        if self.records:
            source = f"{len(self.records)} records of this session, then {source}"
        return merged, source

    def _line(self, judgement: Judgement) -> str | None:
        """One line per claim that is worth a look: judged other than reproduced, or test failed."""
        failed = self.outcomes[judgement.id]["failed"]
        if judgement.verdict in ("reproduced", "not run here") and not failed:
            return None
        text = f"  {judgement.verdict}: {judgement.id}, {claims.measured(judgement)}"
        text += f" (published {claims.shown(judgement.published)})"
        return f"{text}; {failed} of its tests FAILED" if failed else text


class _Problem(pytest.Item):
    """Stands for the suite that was not run, and fails."""

    def __init__(self, *, problem: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.problem = problem

    def runtest(self) -> None:
        pytest.fail(self.problem, pytrace=False)


def _problem(session: pytest.Session, items: Sequence[pytest.Item]) -> str | None:
    """Notes each test's claims; returns what is wrong with them, if anything is."""
    known = {claim.id for claim in claims.CLAIMS}
    named: set[str] = set()
    for item in items:
        ids = [str(name) for mark in item.iter_markers("claim") for name in mark.args]
        for name in ids:
            if name not in known:
                return (
                    f"{item.nodeid}: found the claim {name!r}; expected one of "
                    f"{', '.join(sorted(known))}. Correct the marker."
                )
        named.update(ids)
        if ids:
            item.user_properties.append((_CLAIMS, ids))
    unnamed = sorted(known - named) if whole_suite(session) else []
    if unnamed:
        return (
            f"claims: found no test that names {', '.join(unnamed)}; expected one for every "
            "claim. Mark the test that checks it with @pytest.mark.claim."
        )
    return None


def whole_suite(session: pytest.Session) -> bool:
    """Returns whether everything under ``testpaths`` was collected, and without an error."""
    config = session.config
    everything = config.args_source is pytest.Config.ArgsSource.TESTPATHS
    left_out = config.getoption("ignore") or config.getoption("ignore_glob")
    narrowed = config.getoption("lf", False) or config.getoption("deselect")
    return everything and not left_out and not narrowed and not session.testsfailed
