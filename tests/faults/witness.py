"""pytest's side of a run on a faulty copy: what failed, how, and which package it was."""

from __future__ import annotations

import json
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import Phase, settings

#: Where the report is left, in the folder of the run.
REPORT = "report.json"

_entries: list[dict[str, Any]] = []


def pytest_configure(config: pytest.Config) -> None:
    """The same examples in every run; the smallest failing one is of no interest."""
    settings.register_profile(
        "faults",
        deadline=None,
        derandomize=True,
        database=None,
        phases=(Phase.explicit, Phase.generate),
        suppress_health_check=settings.get_profile("repro").suppress_health_check,
    )
    settings.load_profile("faults")


def _is_the_tests_own(error: BaseException) -> bool:
    """Whether an error is what a test says by failing, and no accident on the way to it."""
    from repro.errors import ReproError

    inner = getattr(error, "exceptions", None)
    if inner:
        return all(map(_is_the_tests_own, inner))
    return isinstance(error, (AssertionError, pytest.fail.Exception, ReproError))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, Any, Any]:
    report = yield
    entry = {"test": item.nodeid, "when": report.when, "outcome": report.outcome}
    if report.failed and call.excinfo is not None:
        error = call.excinfo.value
        entry |= {
            "error": f"{type(error).__name__}: {error}"[:300],
            "own": _is_the_tests_own(error),
        }
    _entries.append(entry)
    return report


def pytest_collectreport(report: pytest.CollectReport) -> None:
    if report.failed:
        text = str(report.longrepr)[-300:]
        _entries.append({"test": report.nodeid, "when": "collect", "outcome": "failed",
                         "error": text, "own": False})  # fmt: skip


def pytest_unconfigure(config: pytest.Config) -> None:
    import repro

    report = {"package": str(Path(repro.__file__).resolve()), "entries": _entries}
    Path(REPORT).write_text(json.dumps(report), encoding="utf-8")
