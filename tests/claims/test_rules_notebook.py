"""Curves against the notebooks': each rule says each verdict, of its own experiment and recipe."""

from __future__ import annotations

import numpy as np
import pytest

from repro import notebook
from repro.record import History, RunRecord
from tests.claims.fabricated import judged, record

#: Each claim's curve and experiment, a second time.
CURVES = {
    "notebook-scratch": ("scratch-plain", "from-scratch-plain"),
    "notebook-scratch-augmented": ("scratch-augmented", "from-scratch"),
    "notebook-fast-extraction": ("technique-1", "technique-1"),
    "notebook-extraction-frozen": ("technique-2", "technique-2"),
    "notebook-extraction-unfrozen": ("technique-2", "unfrozen"),
    "notebook-fine-tuning": ("fine-tuning-block5", "python-edition"),
}
GOOD, NOTE, BAD, OPEN = (
    "reproduced",
    "reproduced with a note",
    "not reproduced",
    "not run here",
)


def following(
    name: str,
    experiment: str,
    *,
    off: float = 0.0,
    scatter: float = 0.003,
    seeds: int = 5,
    epochs: int | None = None,
    only: str = "accuracy val_accuracy",
    first: int = 0,
    recipe: str = "published",
) -> RunRecord:
    """Runs on a printed curve; those named by ``only`` leave it by ``off`` from ``first`` on."""
    printed = notebook.curves()[name]
    rng = np.random.default_rng(len(experiment))
    made = record(experiment, (0.9,) * seeds, 100, recipe=recipe)
    runs = []
    for run in made.runs:
        columns = {}
        for field in ("accuracy", "val_accuracy", "loss", "val_loss"):
            values = np.array(getattr(printed, field)[:epochs])
            values = values + scatter * rng.standard_normal()
            values[first:] += off * (field in only.split())
            columns[field] = tuple(np.clip(values, 0, None if "loss" in field else 1).tolist())
        history = History(seconds=(1.0,) * len(columns["loss"]), **columns)
        runs.append(run.model_copy(update={"history": history}))
    return made.model_copy(update={"runs": tuple(runs)})


@pytest.mark.parametrize("claim", [pytest.param(c, marks=pytest.mark.claim(c)) for c in CURVES])
def test_each_rule_says_each_verdict(claim: str) -> None:
    name, experiment = CURVES[claim]
    small, none = 1e-4, 0.0
    verdicts = [
        judged(claim, following(name, experiment, off=off, scatter=scatter)).verdict
        for off, scatter in ((none, 0.003), (-0.01, small), (-0.1, 0.003), (none, 0.05))
    ]
    assert verdicts == [GOOD, NOTE, BAD, OPEN]


@pytest.mark.parametrize("claim", CURVES)
@pytest.mark.parametrize(
    "missing", [{"epochs": 29}, {"seeds": 2}, {"recipe": "today"}, {"experiment": "stacked"}]
)
def test_short_runs_few_seeds_and_todays_keras_are_told_and_not_judged(
    claim: str, missing: dict[str, object]
) -> None:
    name, experiment = CURVES[claim]
    made = following(name, **{"experiment": experiment, **missing})  # type: ignore[arg-type]
    found = judged(claim, made)
    assert found.verdict == OPEN
    told = "Mean distance of the notebook's" in found.evidence
    assert told is ("experiment" not in missing)


@pytest.mark.parametrize("only", ["accuracy", "val_accuracy"])
def test_either_curve_can_be_the_one_that_is_not_followed(only: str) -> None:
    made = following("technique-1", "technique-1", off=-0.06, only=only)
    assert judged("notebook-fast-extraction", made).verdict == BAD


def test_a_curve_that_is_left_in_its_last_fifth_alone_is_not_followed() -> None:
    made = following("technique-1", "technique-1", off=-0.06, first=24)
    assert judged("notebook-fast-extraction", made).verdict == BAD


def test_a_base_that_trains_and_one_that_is_frozen_are_told_apart() -> None:
    trained = {"off": 0.0, "scatter": 0.002}
    unfrozen = following("technique-2", "unfrozen", **trained)  # type: ignore[arg-type]
    frozen = following("technique-2", "technique-2", off=-0.07, seeds=3)
    assert judged("notebook-extraction-unfrozen", unfrozen, frozen).verdict == GOOD
    assert judged("notebook-extraction-frozen", unfrozen, frozen).verdict == BAD


def test_the_distance_is_that_of_the_epochs_that_both_have() -> None:
    made = following("technique-2", "unfrozen", off=0.02, scatter=0.0, seeds=1, epochs=10)
    evidence = judged("notebook-extraction-unfrozen", made).evidence
    assert "notebook's 10 first epochs from unfrozen's (1 seed, published)" in evidence
    assert "training loss 0.000, training 2.0 points, validation 2.0 points" in evidence
    assert judged("notebook-extraction-unfrozen").evidence.startswith("Run `repro run unfrozen")


def test_fine_tuning_from_a_shortened_start_is_not_the_notebooks() -> None:
    made = following("fine-tuning-block5", "python-edition")
    short = made.model_copy(update={"settings": {"start_epochs": 10}})
    assert judged("notebook-fine-tuning", made).verdict == GOOD
    assert judged("notebook-fine-tuning", short).verdict == OPEN
