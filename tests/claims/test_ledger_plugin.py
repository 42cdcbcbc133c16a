"""The pytest plugin: names are checked at collection, the summary and the JSON show verdicts."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

# Before pytester's runs in this process: what they import first is forgotten after them, and the
# parts of NumPy that judging imports by way of SciPy cannot be loaded a second time.
from scipy import stats  # noqa: F401

from repro import claims

pytest_plugins = ["pytester"]

NAMED = "@pytest.mark.claim({ids})\ndef test_named(): assert {outcome}\n"


def suite(pytester: pytest.Pytester, ids: str, outcome: bool = True, more: str = "") -> None:
    pytester.makeini("[pytest]\ntestpaths = tests\naddopts = --strict-markers\n")
    folder = pytester.mkdir("tests")
    body = "import pytest\n" + NAMED.format(ids=ids, outcome=outcome) + more
    (folder / "test_it.py").write_text(body, encoding="utf-8")


@pytest.fixture(autouse=True)
def no_other_plugins(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")


def run(pytester: pytest.Pytester, *options: str) -> pytest.RunResult:
    plugins = ("-p", "repro.ledger_plugin", "-p", "no:cacheprovider")
    return pytester.runpytest_inprocess(*plugins, *options)


EVERY = ", ".join(repr(claim.id) for claim in claims.CLAIMS)


def test_an_unknown_claim_fails_the_collection(pytester: pytest.Pytester) -> None:
    suite(pytester, "'base-parameters-of-somebody'")
    result = run(pytester, "tests")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*found the claim 'base-parameters-of-somebody'*"])


def test_a_claim_that_no_test_names_fails_the_whole_suite(pytester: pytest.Pytester) -> None:
    suite(pytester, EVERY.replace("'feature-map', ", ""))
    result = run(pytester)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*found no test that names feature-map;*"])


def test_the_check_of_the_whole_suite_looks_before_deselecting(pytester: pytest.Pytester) -> None:
    suite(pytester, EVERY, more="def test_other(): pass\n")
    assert run(pytester, "-k", "other").ret == pytest.ExitCode.OK


def test_a_part_of_the_suite_need_not_name_every_claim(pytester: pytest.Pytester) -> None:
    suite(pytester, "'base-params'")
    assert run(pytester, "tests/test_it.py").ret == pytest.ExitCode.OK


def test_the_summary_and_the_json_follow_the_records_of_the_session(
    pytester: pytest.Pytester, tmp_path: Path
) -> None:
    made = Path(__file__).parent
    more = (
        f"import sys; sys.path.insert(0, {str(made)!r})\n"
        "def test_makes(keep_record):\n"
        "    from fabricated import record\n"
        "    keep_record(record(accuracies=(0.96, 0.961, 0.962)))\n"
    )
    suite(pytester, "'fast-extraction-accuracy', 'base-params'", False, more)
    path = tmp_path / "claims.json"
    result = run(pytester, "tests", "--claims-json", str(path))
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.stdout.fnmatch_lines(
        [
            "*claims, judged from 1 records of this session, then 0 records in results/*",
            "*not reproduced: fast-extraction-accuracy, 0.961*; 1 of its tests FAILED",
        ]
    )
    entries = {entry["id"]: entry for entry in json.loads(path.read_text(encoding="utf-8"))}
    assert len(entries) == len(claims.CLAIMS)
    assert entries["fast-extraction-accuracy"]["verdict"] == "not reproduced"
    assert entries["base-params"]["tests"] == {"failed": 1}
    assert entries["feature-map"]["tests"] == {}


def test_a_run_without_claims_prints_no_ledger(pytester: pytest.Pytester) -> None:
    pytester.makepyfile("def test_it(): pass")
    result = run(pytester)
    result.stdout.no_fnmatch_line("*claims, judged*")


@pytest.mark.slow
@pytest.mark.parametrize("ids", [EVERY, EVERY.replace("'feature-map', ", "")])
def test_a_distributed_run_checks_and_counts_the_same(
    pytester: pytest.Pytester, ids: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("xdist")
    suite(pytester, ids)
    root = Path(__file__).parents[2]
    # This copy of the package, wherever another one may be installed.
    monkeypatch.setenv("PYTHONPATH", str(root))
    path = tmp_path / "claims.json"
    result = pytester.run(
        sys.executable, "-m", "pytest", "-p", "repro.ledger_plugin", "-p", "xdist",
        "-n", "2", "--claims-json", str(path),
    )  # fmt: skip
    if ids == EVERY:
        assert result.ret == pytest.ExitCode.OK
        entries = json.loads(path.read_text(encoding="utf-8"))
        assert all(entry["tests"] == {"passed": 1} for entry in entries)
    else:
        assert result.ret not in (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED)
        printed = result.stdout.str() + result.stderr.str()
        assert "found no test that names feature-map;" in printed
        assert "INTERNALERROR" not in printed
