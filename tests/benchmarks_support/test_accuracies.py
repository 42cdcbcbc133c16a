"""Gates with two sides: too good fails like too bad, and short runs are only told."""

from __future__ import annotations

import json

import pytest

from benchmarks.accuracies import judge, told
from benchmarks.test_accuracy import start_epochs
from repro.chapter import FEATURE_EXTRACTION, FINE_TUNING
from repro.claims import gates
from tests.claims import fabricated


def record(accuracy, epochs, seeds=3, test=0.9):
    """A record whose seeds all have one accuracy in their last epochs."""
    return fabricated.record("fabricated", (accuracy,) * seeds, epochs, test=test)


def on_validation(made, technique, gate, last=1):
    return judge(made, technique, gate, fold="validation", last=last)


@pytest.mark.parametrize(
    ("accuracy", "passed"), [(0.90, True), (0.89, True), (0.96, False), (0.86, False)]
)
def test_a_frozen_base_passes_near_90_percent_and_fails_at_96(accuracy, passed):
    found = on_validation(record(accuracy, 30), FEATURE_EXTRACTION, gates.FEATURE_EXTRACTION)
    assert found.passed is passed


@pytest.mark.parametrize(("epochs", "passed"), [(1, None), (99, None), (100, False)])
def test_short_fine_tuning_is_told_and_not_judged(epochs, passed):
    made = record(0.93, epochs, test=0.93)
    found = judge(made, FINE_TUNING, gates.FINE_TUNING_TEST, fold="test", last=1)
    assert found.passed is passed
    assert found.as_dict()["mean"] == pytest.approx(0.93)


@pytest.mark.parametrize(("start", "passed"), [(None, True), (2, None)])
def test_fine_tuning_from_a_shortened_start_is_not_judged(start, passed):
    kept = record(0.965, 100).model_copy(update={"settings": {"start_epochs": start}})
    found = on_validation(kept, FINE_TUNING, gates.FINE_TUNING, last=10)
    assert found.passed is passed


@pytest.mark.parametrize(("seeds", "passed"), [(1, None), (2, None), (3, False)])
def test_fewer_seeds_than_the_gate_is_right_for_are_not_judged(seeds, passed):
    found = on_validation(record(0.96, 30, seeds), FEATURE_EXTRACTION, gates.FEATURE_EXTRACTION)
    assert found.passed is passed


@pytest.mark.parametrize(("epochs", "start"), [(30, None), (2, 2)])
def test_fine_tuning_says_how_long_its_start_trained(epochs, start):
    assert start_epochs(record(0.9, epochs)) == start


def test_one_short_seed_is_enough_not_to_judge():
    long, short = record(0.96, 100), record(0.96, 20)
    mixed = long.model_copy(update={"runs": (*long.runs[:2], short.runs[2])})
    found = on_validation(mixed, FINE_TUNING, gates.FINE_TUNING, last=10)
    assert found.passed is None


@pytest.mark.parametrize("seeds", [1, 3])
def test_what_is_kept_is_plain_json(seeds):
    kept = record(0.9, 2, seeds)
    found = on_validation(kept, FEATURE_EXTRACTION, gates.FEATURE_EXTRACTION)
    json.dumps({**told(kept), **found.as_dict()}, allow_nan=False)
