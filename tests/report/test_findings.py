"""The first sentences of the README: their numbers are the records', none is without a run."""

from __future__ import annotations

import pytest

from repro.record import RunRecord
from repro.report._findings import findings
from tests.claims.fabricated import record

FAST = record("technique-1", (0.89, 0.9), 30)
AUGMENTED = record("technique-2", (0.88,), 30)
UNFROZEN = record("unfrozen", (0.955,), 20)
PLAIN = record("technique-1", (0.9,), 30, recipe="today")
PREPARED = record("technique-1", (0.97,), 30, recipe="today-imagenet-preprocessing")


def tuned(epochs: int, accuracy: float = 0.963) -> RunRecord:
    return record("technique-3", (accuracy,), epochs)


def test_seeds_of_several_records_count_together_and_a_shorter_run_of_one_does_not() -> None:
    second = record("technique-3", (0.967,), 100, first_seed=1)
    later = record("technique-3", (0.7,), 20).model_copy(update={"finished": "2099-01-01"})
    assert "96.5 %** after 100 epochs (mean of the last ten, 2 seeds)" in flat(
        findings([tuned(100), later, second])
    )


def test_the_test_pictures_are_told_where_they_were_kept() -> None:
    kept = record("technique-3", (0.963,), 100, test=0.957)
    assert "95.7 % of the test pictures; the chapter" in flat(findings([kept]))
    (bare,) = kept.runs
    bare = bare.model_copy(update={"evaluations": {}})
    without = flat(findings([kept.model_copy(update={"runs": (bare,)})]))
    assert "1 seed); the chapter says above 96 %, and 96.5 % of the test pictures." in without


def flat(text: str) -> str:
    return " ".join(text.split())


def test_every_number_is_a_runs() -> None:
    said = findings([FAST, AUGMENTED, UNFROZEN, PLAIN, PREPARED, tuned(100)])
    for text in ("89.5 %", "2 seeds", "88.0 %", "95.5 %", "96.3 %** after 100 epochs", "97.0 %"):
        assert text in said
    assert "7.0 points more" in said


@pytest.mark.parametrize(("epochs", "text"), [(20, "after 20 of 100 epochs"), (100, "after 100")])
def test_a_short_run_says_that_it_is_one(epochs: int, text: str) -> None:
    assert text in findings([tuned(epochs)])


@pytest.mark.parametrize(
    ("missing", "sentence"),
    [
        ("technique-2", "90 % holds"),
        ("unfrozen", "**The Python edition"),
        ("technique-3", "Fine-tuning"),
        ("technique-1", "surprise"),
    ],
)
def test_without_a_run_its_sentence_is_left_out(missing: str, sentence: str) -> None:
    every = [FAST, AUGMENTED, UNFROZEN, PLAIN, PREPARED, tuned(100)]
    assert sentence in findings(every)
    kept = [one for one in every if one.experiment != missing]
    assert sentence not in findings(kept)
    assert findings(kept).count("\n- ") < findings(every).count("\n- ")


def test_a_demonstration_finds_nothing() -> None:
    drawn = record("technique-3", (0.963,), 100, demonstration=True)
    (only,) = findings([drawn]).split("\n- ")
    assert "statements" in only
