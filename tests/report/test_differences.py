"""Experiments beside the runs that they vary."""

from __future__ import annotations

import math
from itertools import product

import numpy as np
import pytest

from repro import report
from repro.experiments import EXPERIMENTS
from repro.recipe import RECIPES
from repro.report import _differences
from repro.report._differences import baseline_of, differences, varied
from tests.claims import shipped
from tests.claims.fabricated import record


def only(*records):
    (found,) = differences(records)
    return found


def test_a_baseline_is_another_run_of_the_same_technique():
    baselines = {one: baseline_of(*one) for one in product(EXPERIMENTS, RECIPES)}
    found = {one: baseline for one, baseline in baselines.items() if baseline is not None}
    assert len(found) > len(EXPERIMENTS)
    for one, baseline in found.items():
        assert baseline[0] in EXPERIMENTS
        same = [mine == other for mine, other in zip(one, baseline, strict=True)]
        assert same.count(False) == 1, f"{one}: one thing is varied, not two"
        assert varied(*one), one


def test_dense_layers_are_held_to_feature_maps_of_the_same_size() -> None:
    assert baseline_of("reuse-classifier", "today") == ("features-224", "today")
    assert baseline_of("features-224", "today") == ("technique-1", "today")


def test_runs_whose_epochs_have_fewer_steps_are_not_compared_by_epoch() -> None:
    assert baseline_of("five-hundred", "today") is None


def test_a_recipe_is_told_by_the_switches_it_turns():
    assert varied("technique-1", "today-resize-bilinear") == (
        "resize interpolation nearest → bilinear"
    )
    assert "1e-07 → 1e-08" in varied("technique-2", "today-rmsprop-2017")


def test_a_difference_is_the_experiments_accuracy_minus_its_baselines():
    plain = record("technique-1", (0.90, 0.89, 0.91), recipe="today")
    other = record("technique-1", (0.93, 0.92, 0.94), recipe="today-resize-bilinear")
    found = only(plain, other)
    assert found.accuracy - found.baseline_accuracy == pytest.approx(0.03)
    for interval in (found.over_seeds, found.over_pictures):
        assert 0 < interval.low < 0.03 < interval.high


def test_runs_of_different_length_are_compared_where_both_still_ran():
    plain = record("technique-3", (0.97,), epochs=100, recipe="today")
    short = record("unfreeze-block5", (0.95,), epochs=5, recipe="today")
    found = only(plain, short)
    assert found.epochs == 5
    assert found.baseline_accuracy == plain.runs[0].history.val_accuracy[4] != 0.97
    assert found.over_pictures is None
    assert math.isinf(found.over_seeds.low)


def test_pictures_that_one_side_lacks_are_left_out_of_the_pairing():
    plain = record("technique-1", (0.90, 0.90), recipe="today")
    (found,) = _differences.seed_sets([plain], plain.experiment, whole_folds=False)
    kept = np.flatnonzero(found.correct("validation").all(axis=0))
    assert 0 < len(kept) < 1000

    def clean(run):
        found = run.evaluations["validation"]
        fewer = {"n": len(kept), "probabilities": tuple(found.probabilities[n] for n in kept)}
        evaluations = {"validation": found.model_copy(update=fewer)}
        return run.model_copy(update={"evaluations": evaluations})

    changed = {
        "experiment": "clean-labels",
        "runs": tuple(map(clean, plain.runs)),
        "names": {"validation": tuple(plain.names["validation"][n] for n in kept)},
    }
    found = only(plain, plain.model_copy(update=changed))
    # On the pictures that both have, the two are the same runs.
    assert found.over_pictures.low == pytest.approx(0, abs=4e-3)
    assert found.over_pictures.high == pytest.approx(0, abs=4e-3)


def test_a_demonstration_is_no_experiment():
    plain = record("technique-1", recipe="today", demonstration=True)
    other = record("technique-1", recipe="today-resize-bilinear", demonstration=True)
    assert differences([plain, other]) == ()


def test_earlier_layers_are_told_with_their_own_accuracies():
    history = record("technique-1", (0.9,)).runs[0].history
    lower = history.model_copy(update={"val_accuracy": (*history.val_accuracy[:-1], 0.7)})
    histories = {
        "block3_pool": [lower.model_dump(mode="json")] * 2,
        "block5_pool": [history.model_dump(mode="json")] * 2,
    }
    probing = record("probe-layers", (0.9,)).model_copy(
        update={"observations": {"layers.histories": histories}}
    )
    lines = _differences.layers([probing]).splitlines()
    assert "`block3_pool`" in lines[2] and "| 70.0 " in lines[2]
    assert "`block5_pool`" in lines[3] and "| 90.0 " in lines[3]


def test_no_document_prints_stale_experiments():
    makers = report.makers(shipped.records())
    assert shipped.stale(makers) == [], "Run `python -m repro.report`."


def test_a_first_epoch_of_other_seeds_shortens_no_comparison():
    """Runs of one epoch show its scatter; the longer run of another seed is compared as before."""
    plain = record("technique-2", (0.90,), recipe="today")
    long = record("unfrozen", (0.96,), epochs=20, recipe="today")
    first = record("unfrozen", (0.5, 0.6), epochs=1, recipe="today")
    assert only(plain, long, first) == only(plain, long)
