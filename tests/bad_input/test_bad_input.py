"""Bad input ends in the documented acceptance or in a clear refusal, and leaves nothing behind."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from collections import Counter
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from tests.bad_input.case import Case, attempt, small_world, states
from tests.bad_input.corpus import SEED, corpus, table
from tests.dataset import drawing

DOCUMENT = Path(__file__).parents[2] / "docs" / "faults-input.md"
#: The fast checks try this many cases of each category.
OF_EACH = 1
SUBPROCESSES = 30

pytestmark = [
    pytest.mark.skipif(not hasattr(os, "fork"), reason="makes pipes and forks"),
    pytest.mark.filterwarnings("ignore:Duplicate name", "ignore:.*fork"),
]


@cache
def cases() -> list[Case]:
    return corpus()


def sample(count: int, seed: int) -> list[Case]:
    """Some cases of each category."""
    chosen = []
    by_category: dict[str, list[Case]] = {}
    for case in cases():
        by_category.setdefault(case.category, []).append(case)
    for alike in by_category.values():
        chosen += random.Random(seed).sample(alike, min(count, len(alike)))
    return chosen


def tried(chosen: list[Case], folder: Path) -> str:
    """Tries cases; returns the table, fails with every problem of every case."""
    outcomes, problems = [], []
    with small_world():
        for number, case in enumerate(chosen):
            outcome = attempt(case, folder / f"{number}", SEED)
            outcomes.append((case, outcome))
            problems += [f"{case.category}, {case.name:.60}: {text}" for text in outcome.problems]
    assert not problems, "\n".join(problems)
    return table(outcomes)


def test_the_corpus_is_large_and_its_cases_are_different() -> None:
    names = [(case.category, case.name) for case in cases()]
    assert len(names) >= 1000
    assert not [name for name, count in Counter(names).items() if count > 1]
    assert [(case.category, case.name) for case in corpus()] == names


def test_a_sample_of_bad_input(tmp_path: Path) -> None:
    tried(sample(OF_EACH, SEED), tmp_path)


@pytest.mark.slow
def test_all_bad_input_and_the_table_of_it(tmp_path: Path) -> None:
    made = tried(cases(), tmp_path)
    printed = DOCUMENT.read_text(encoding="utf-8")
    # Which damage matters is for the versions of Pillow and HDF5 to say; what is tried is not.
    rows = [{tuple(row.split("|")[1:3]) for row in text.split("\n")} for text in (made, printed)]
    assert rows[0] <= rows[1]


@pytest.mark.slow
def test_a_sample_as_commands(tmp_path: Path) -> None:
    """The same in processes of their own: code 2, one message, no traceback, nothing changed."""
    fit = [case for case in cases() if case.accepted is False and case.category != "destinations"]
    # Pictures are given in sets of 24, which are not the chapter's: refused as incomplete.
    commands = 0
    for number, case in enumerate(random.Random(SEED).sample(fit, len(fit))):
        given = tmp_path / f"{number}" / "input"
        given.mkdir(parents=True)
        (given.parent / "out").mkdir()
        action = case.make(given, np.random.default_rng(number))
        if callable(action):
            continue
        before = states(given)
        environment = {k: v for k, v in os.environ.items() if not k.startswith("REPRO_")}
        done = subprocess.run(
            [sys.executable, "-m", "repro", *action],
            env=environment | {"REPRO_HOME": str(given.parent / "home")},
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        assert done.returncode == 2, (case.name, done.stderr)
        assert "Traceback" not in done.stderr, case.name
        assert "repro: " in done.stderr or "Usage: " in done.stderr, case.name
        assert states(given) == before, case.name
        commands += 1
        if commands == SUBPROCESSES:
            return


def test_what_a_case_does_wrong_is_noticed(tmp_path: Path) -> None:
    def traceback(folder, _):
        return lambda: 1 / 0

    def changes(folder, _):
        drawing.write_flat(folder / "originals", {("cats", 1): b"x"})
        return lambda: (folder / "originals" / "cat.1.jpg").write_bytes(b"y")

    def leaves(folder, _):
        return lambda: (folder.parent / "out" / "x.partial").write_bytes(b"")

    def unclear(folder, _):
        return lambda: sys.exit(2)

    wrong = {traceback: "a traceback", changes: "changed", leaves: "left", unclear: "without"}
    with small_world():
        for number, (make, said) in enumerate(wrong.items()):
            outcome = attempt(Case("x", "x", make, None), tmp_path / f"{number}", SEED)
            assert any(said in problem for problem in outcome.problems), said
        accepted = attempt(Case("x", "x", lambda *_: list, False), tmp_path / "accepted", SEED)
    assert accepted.problems == ("expected to be refused",)


def test_names_that_the_terminal_cannot_print_are_printed(tmp_path: Path) -> None:
    """Bytes that are no UTF-8, on a terminal that knows ASCII alone."""
    given = os.fsencode(tmp_path) + b"/\xff\xfe.json"
    Path(os.fsdecode(given)).write_bytes(b"{}")
    done = subprocess.run(
        [sys.executable, "-m", "repro", "compare", given, given],
        env=os.environ | {"PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"},
        capture_output=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 2
    assert b"Traceback" not in done.stderr
    assert b"udcff" in done.stderr
