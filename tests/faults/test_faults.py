"""The catalogue of seeded faults fits the source, names real and fast tests, and none survives."""

from __future__ import annotations

import ast
import os
from collections.abc import Callable

import pytest

from repro import generated
from tests.faults import documents, running
from tests.faults.catalogue import FAULTS
from tests.faults.conftest import COLLECTED
from tests.faults.fault import Change, fault
from tests.faults.running import ROOT

DEAR = {"slow", "gpu", "originals", "weights"}
FORKING = pytest.mark.skipif(not hasattr(os, "fork"), reason="each fault's process is a fork")


def test_there_are_at_least_fifty_and_no_two_alike() -> None:
    assert len(FAULTS) >= 50
    for same in ("id", "wrong", "changes"):
        assert len({getattr(one, same) for one in FAULTS}) == len(FAULTS), same
    for one in FAULTS:
        assert one.changes, one.id
        assert not one.wrong.endswith(".") and "\n" not in one.wrong, one.id


def test_every_fault_fits_the_source_and_leaves_it_python() -> None:
    problems = []
    for seeded in FAULTS:
        try:
            for path, text in seeded.texts(ROOT).items():
                assert path.startswith("repro/"), seeded.id
                assert text != (ROOT / path).read_text(encoding="utf-8"), seeded.id
                ast.parse(text)
        except (ValueError, SyntaxError) as error:
            problems.append(f"{seeded.id}: {error}")
    assert not problems, "\n".join(problems)


def test_every_fault_names_a_fast_test(pytestconfig: pytest.Config) -> None:
    """One that is collected and fast in all its cases; where its file is in this session."""
    items = pytestconfig.stash[COLLECTED]
    if any("::" in argument for argument in pytestconfig.args):
        pytest.skip("single tests were asked for")
    files = {item.partition("::")[0] for item in items}
    for test in {seeded.caught_by for seeded in FAULTS}:
        if test.partition("::")[0] not in files:
            continue
        named = [item for name, item in items.items() if running.is_of({"test": name}, test)]
        assert named, f"no test {test}"
        for item in named:
            assert not {mark.name for mark in item.iter_markers()} & DEAR, item.nodeid


def test_the_document_holds_the_catalogue() -> None:
    text = (ROOT / documents.DOCUMENT).read_text(encoding="utf-8")
    assert generated.renewed(text, documents.makers(FAULTS)) == text, (
        "Run `python -m tests.faults --table`."
    )


# ------------------------------------------------------------------------------------- the runner


def test_a_replacement_must_be_there_exactly_once() -> None:
    change = Change("x.py", "one", "two")
    assert change.applied("a one\n") == "a two\n"
    for text in ("", "one one"):
        with pytest.raises(ValueError, match=r"x\.py: found 'one' [02] times"):
            change.applied(text)


FAILED = {"test": "tests/t.py::t[a]", "when": "call", "outcome": "failed", "own": True, "error": ""}


@pytest.mark.parametrize(
    ("entries", "verdict"),
    [
        ([FAILED], "caught"),
        ([{**FAILED, "outcome": "passed"}], "survived"),
        ([{**FAILED, "own": False}], "broke"),
        ([{**FAILED, "when": "setup"}], "broke"),
        ([{**FAILED, "test": "tests/t.py::other"}], "broke"),
        ([{**FAILED, "test": "tests/t.py::t_too"}], "broke"),
        ([{**FAILED, "test": "tests/t.py", "when": "collect"}], "broke"),
        ([], "broke"),
    ],
)
def test_only_the_named_tests_own_failure_counts(entries: list[dict], verdict: str) -> None:
    assert running._judge(fault("x", "x", "t.py::t"), entries).verdict == verdict


@pytest.mark.slow
@FORKING
def test_the_runner_tells_caught_from_survived_and_broken() -> None:
    """On faults that are caught, that do no harm, and that end in an accident."""
    test = "test_chapter.py::test_classes_are_numbered_as_a_directory_iterator_numbers_them"
    place, old = "chapter.py", '= ("cats", "dogs")'
    faults = [
        fault("caught", "", test, (place, old, '= ("dogs", "cats")')),
        fault("survived", "", test, (place, old, '= (*("cats", "dogs"),)')),
        fault("broken", "", test, (place, old, '= ("cats", dogs)')),
        fault("unfitting", "", test, (place, "no such text", "")),
        fault("unnamed", "", "test_chapter.py::test_nothing", (place, old, "")),
    ]
    with pytest.raises(RuntimeError, match="test_nothing"):
        running.run(faults, workers=1)
    outcomes = running.run(faults[:-1], workers=2)
    assert [one.verdict for one in outcomes] == ["caught", "survived", "broke", "broke"]


@pytest.mark.slow
@FORKING
def test_no_fault_survives(record_property: Callable[[str, object], None]) -> None:
    outcomes = running.run(FAULTS, workers=max(1, (os.cpu_count() or 1) // 2))
    missed = [
        f"{one.fault.id}: {one.verdict}, {one.why}"
        for one in outcomes
        if one.verdict not in ("caught", "skipped")
    ]
    record_property("skipped", [one.fault.id for one in outcomes if one.verdict == "skipped"])
    assert not missed, "\n".join(missed)
