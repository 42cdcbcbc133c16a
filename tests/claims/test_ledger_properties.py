"""Properties of every claim: which records a verdict may depend on, and how."""

from __future__ import annotations

import dataclasses
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from repro import claims
from repro.claims._evidence import JUDGED, WHOLE
from repro.record import RunRecord
from tests.claims.fabricated import judged, record, sound

#: Other values that a record may have observed, so that two records can contradict each other.
ODD = {
    "data.originals": {"cats": 2000, "dogs": 2000},
    "data.shared_pictures": 1,
    "data.ranges": {"train": [0, 999], "validation": [1000, 1499], "test": [1500, 1999]},
    "architecture.base_parameters": {"trainable": 0, "frozen": 14_714_688},
    "freezing.fine_tuned_convolutions": 3,
    "augmentation.flipped": {"n": 20_000, "flipped": 20_000},
    "augmentation.published.zoom": [0.5, 1.5],
    "augmentation.feature_distance": 0.0,
    "layers.accuracy": {"block3": 0.95, "block4": 0.88, "block5": 0.9},
    "fine_tuning.relative_change": {"block5_conv1": 0.5},
    "position.r2": {"features": 0.5, "hidden": 0.6},
}
PLAIN = sound() | {"position.r2": {"features": 0.9, "hidden": 0.05}}
SEEN: list[dict[str, Any]] = [{}, PLAIN, PLAIN | ODD]
NAMES = tuple(WHOLE)
RECIPES = (*JUDGED, "today-shear-radians")


@dataclasses.dataclass(frozen=True)
class Draft:
    """A record in few words: of any experiment, whole or short, ended at one of two times."""

    name: str
    recipe: str
    accuracies: tuple[float, ...]
    whole: bool
    first_seed: int
    seen: int
    slope: float
    day: int
    rate: float

    def made(self) -> RunRecord:
        one = record(
            self.name,
            self.accuracies,
            WHOLE.get(self.name, 30) if self.whole else 5,
            recipe=self.recipe,
            first_seed=self.first_seed,
            observations=SEEN[self.seen],
            timings={"features_seconds": 120.0},
            loss_slope=self.slope,
        )
        settings = {"technique": {"learning_rate": self.rate}}
        finished = f"2026-01-0{self.day}T00:00:00+00:00"
        return one.model_copy(update={"finished": finished, "settings": settings})


def drafts(*recipes: str, seen: int = 2) -> st.SearchStrategy[Draft]:
    return st.builds(
        Draft,
        st.sampled_from(NAMES),
        st.sampled_from(recipes or RECIPES),
        st.lists(st.sampled_from((0.5, 0.82, 0.9, 0.962)), max_size=5).map(tuple),
        st.sampled_from((True, True, False)),
        st.integers(0, 1),
        st.integers(0, seen),
        st.sampled_from((-0.2, 0.2)),
        st.integers(1, 2),
        st.sampled_from((1e-4, 1e-3)),
    )


def same(one: claims.Judgement, other: claims.Judgement) -> bool:
    """The same verdict from the same values; what else is reported may come in any order."""
    return dataclasses.replace(one, evidence="") == dataclasses.replace(other, evidence="")


@settings(max_examples=40)
@given(st.lists(drafts(), min_size=2, max_size=6), st.randoms(use_true_random=False))
def test_the_order_of_the_records_never_matters(drafted: list[Draft], chance: Random) -> None:
    records = [draft.made() for draft in drafted]
    shuffled = chance.sample(records, len(records))
    for one, other in zip(claims.judge(records), claims.judge(shuffled), strict=True):
        assert same(one, other), one.id


def test_a_run_that_two_records_hold_comes_from_the_same_one_in_any_order() -> None:
    alone, beside = (record("from-scratch", values, 100) for values in ((0.8,), (0.8, 0.8)))
    for one, other in zip(
        claims.judge([alone, beside]), claims.judge([beside, alone]), strict=True
    ):
        assert same(one, other), one.id


def anything(name: str) -> RunRecord:
    """A whole run of three seeds that came out some way."""
    timings = {"features_seconds": 120.0}
    return record(name, (0.9, 0.91, 0.905), WHOLE[name], observations=sound(), timings=timings)


ANYTHING = [anything(name) for name in WHOLE]
BEFORE = claims.judge(ANYTHING)


@settings(max_examples=20)
@given(drafts())
def test_a_record_of_another_experiment_changes_nothing(draft: Draft) -> None:
    records = [draft.made(), *ANYTHING]
    for claim, before in zip(claims.CLAIMS, BEFORE, strict=True):
        if claim.rule.experiments and draft.name not in claim.rule.experiments:
            assert claims.judge_claim(claim, records) == before


@settings(max_examples=20)
@given(drafts("today", seen=0), drafts("today-shear-radians", seen=0), st.booleans())
def test_a_record_of_another_recipe_changes_no_verdict(
    today: Draft, varied: Draft, first: bool
) -> None:
    others = [today.made(), varied.made()]
    records = [*others, *ANYTHING] if first else [*ANYTHING, *others]
    for claim, before in zip(claims.CLAIMS, BEFORE, strict=True):
        if before.verdict != "not run here":
            assert same(claims.judge_claim(claim, records), before), claim.id


@pytest.mark.parametrize("name", ODD)
@pytest.mark.parametrize("reverse", [False, True])
def test_two_records_that_contradict_each_other_are_told(name: str, reverse: bool) -> None:
    """Whichever comes first: both values stand in the evidence of the claims that read them."""
    experiment = {
        "layers.accuracy": "probe-layers",
        "fine_tuning.relative_change": "technique-3",
        "position.r2": "position-probe",
    }.get(name, "technique-1")
    whole = WHOLE.get(experiment, 30)
    odd, plain = (
        record(experiment, (accuracy,) * 3, whole, observations=seen, first_seed=seed)
        for accuracy, seen, seed in ((0.9, PLAIN | {name: ODD[name]}, 0), (0.91, PLAIN, 5))
    )
    pair = [odd, plain] if reverse else [plain, odd]
    changed = 0
    for claim in claims.CLAIMS:
        alone = {claims.judge_claim(claim, [one]).verdict for one in pair}
        if len(alone) == 1 or "not run here" in alone:
            continue
        changed += 1
        found = claims.judge_claim(claim, pair)
        assert found.verdict != "reproduced", claim.id
        values = {str(claims.judge_claim(claim, [one]).measured) for one in pair}
        shown = found.evidence + str(found.measured)
        told = all if claim.rule.experiments == () else any
        assert told(value in shown for value in values), claim.id
        if claim.rule.experiments == ():
            assert "Another record says" in found.evidence, claim.id
    assert changed or name in ("data.originals",), "no claim reads this observation"


@pytest.mark.parametrize("reverse", [False, True])
def test_of_a_seed_that_was_run_twice_the_last_to_end_counts_and_it_is_said(reverse: bool) -> None:
    old, new = record(accuracies=(0.8,) * 3), record(accuracies=(0.9,) * 3)
    new = new.model_copy(update={"finished": "2026-02-01T00:00:00+00:00"})
    fast = "fast-extraction-accuracy"
    found = judged(fast, *([new, old] if reverse else [old, new]))
    assert found.measured == pytest.approx(0.9)
    assert "contradict each other about seed 0, 1, 2" in found.evidence
    assert "contradict" not in judged(fast, new).evidence


def test_small_changes_come_from_the_chapters_fine_tuning_and_from_no_other() -> None:
    """Another experiment's kernels once gave this verdict, because its file's name came first."""
    slight = "weights-change-slightly"
    far = {"fine_tuning.relative_change": {"block5_conv1/kernel": 0.5}}
    near = {"fine_tuning.relative_change": {"block3_conv1/kernel": 0.05}}
    other = record("python-edition", (0.97,) * 3, 100, observations=far)
    assert judged(slight, other).verdict == "not run here"
    chapters = record("technique-3", (0.962,) * 3, 100, observations=near)
    assert judged(slight, other, chapters).measured == pytest.approx(0.05)
