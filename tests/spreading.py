"""pytest's side of the fast checks: how they are spread over the cores, and in which order."""

from __future__ import annotations

import os

import pytest

#: These take longest and begin first, so that no worker is left with one of them at the end.
LONGEST = (
    "tests/era/test_listings.py",
    "tests/report/test_browser.py",
    "tests/test_inspection.py",
    "tests/training/test_resume.py",
    "tests/techniques/test_feature_extraction.py",
    "tests/dataset/test_real_pictures.py",
    "tests/techniques/test_fast_feature_extraction.py",
    "tests/era/test_committed_records.py",
    "tests/report/test_page.py",
    "tests/techniques/test_fine_tuning.py",
)


@pytest.hookimpl(tryfirst=True)
def pytest_cmdline_main(config: pytest.Config) -> None:
    """Spreads ``pytest -m "not gpu"`` over up to four cores, unless something else is asked for."""
    option = config.option
    # A worker runs this hook, too; it must not start workers of its own.
    worker = hasattr(config, "workerinput") or "PYTEST_XDIST_WORKER" in os.environ
    if (
        not worker
        and config.pluginmanager.hasplugin("xdist")
        and option.numprocesses is None
        and option.markexpr == "not gpu"
        and not option.usepdb
        and not option.collectonly
        and not getattr(option, "benchmark_only", False)
    ):
        option.numprocesses = min(4, _cores())
        # What a file's tests share is made once, and not by every worker.
        option.dist = "loadfile"
        # Else the files with the fewest tests come last, and those may be the longest.
        option.loadscopereorder = False


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Lets the files that take longest begin first; the others keep their random order."""
    places = {path: place for place, path in enumerate(LONGEST)}
    items.sort(key=lambda item: places.get(item.nodeid.partition("::")[0], len(places)))


def _cores() -> int:
    affinity = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity else os.cpu_count() or 1


def pytest_configure(config: pytest.Config) -> None:
    """Sets Hypothesis up, but where tests are only spread: importing it takes half a second."""
    if config.getoption("numprocesses", None):
        return
    from hypothesis import HealthCheck, settings

    # A shared machine can stall an example for seconds; that is no property of the code.
    settings.register_profile("repro", deadline=None, suppress_health_check=[HealthCheck.too_slow])
    settings.load_profile("repro")
