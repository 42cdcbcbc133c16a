"""Technique 1: one pass of the base, then a classifier that is the seed's own."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from repro import chapter
from repro.engines.keras import Applied
from repro.experiments import FastFeatureExtraction, FeatureExtraction, LayerProbe
from repro.record import History, SeedRun
from repro.techniques import Outcome, feature_extraction
from repro.techniques import fast_feature_extraction as technique
from repro.techniques.fast_feature_extraction import probe_layers, run
from tests.small import trial

ONE = FastFeatureExtraction()


def test_it_learns_and_repeats_and_the_last_epoch_is_what_is_evaluated(monkeypatch, tmp_path):
    """Not the best one: the history's last value and the evaluation are the same number.

    And a seed of several is the seed alone.
    """
    several = run(trial(ONE, seeds=(3, 4), epochs=10, rate=1e-3)).runs
    assert [one.seed for one in several] == [3, 4]
    for one in several:
        evaluated, history = one.evaluations["validation"], one.history
        last = history.val_accuracy[-1], history.val_loss[-1]
        assert (evaluated.accuracy, evaluated.loss) == last and evaluated.accuracy > 0.8
        assert len(history.loss) == 10 and len({*history.val_loss}) > 1
    monkeypatch.setenv("REPRO_HOME", str(tmp_path))
    (again,) = run(trial(ONE, seeds=(4,), epochs=2, rate=1e-3)).runs
    assert again.history.loss == several[1].history.loss[:2] != several[0].history.loss[:2]
    assert again.history.val_loss == several[1].history.val_loss[:2]


def test_it_drops_half_of_the_units_and_technique_2_none(compiled, counted):
    run(trial(ONE, epochs=1))
    feature_extraction.run(trial(FeatureExtraction(), epochs=1))
    rates = [
        [layer.rate for layer in network.layers if type(layer).__name__ == "Dropout"]
        for network in compiled
    ]
    assert rates == [[chapter.FAST_FEATURE_EXTRACTION.dropout], []]


def test_what_is_trained_on_is_what_is_evaluated():
    """At a rate of 0 nothing moves, so both are figures of the same model on the same pictures."""
    still = replace(chapter.FAST_FEATURE_EXTRACTION, learning_rate=0.0, dropout=0.0)
    one = trial(replace(ONE, hyperparameters=still), epochs=1)
    same = replace(one.materials, folds={**one.materials.folds, "test": one.train})
    (made,) = run(replace(one, materials=same)).runs
    assert made.history.loss[0] == pytest.approx(made.evaluations["test"].loss, rel=1e-4)
    assert made.history.accuracy[0] == pytest.approx(made.evaluations["test"].accuracy, abs=1e-6)


def test_each_fold_has_its_own_features_and_the_base_passes_once(monkeypatch, counted):
    passed = []
    apply = Applied.__call__
    monkeypatch.setattr(
        Applied,
        "__call__",
        lambda self, values: passed.append((values.dtype, len(values))) or apply(self, values),
    )
    one = trial(ONE, seeds=(0, 1), epochs=1)
    made = run(one)
    pictures = sum(count for dtype, count in passed if dtype == np.uint8)
    assert pictures == 160, "each picture once, for two seeds and three folds"
    assert made.timings["features_seconds"] > 0
    extract = one.extractor()
    for fold in chapter.FOLDS:
        np.testing.assert_array_equal(
            one.features(fold, extract).values, extract(one.materials.folds[fold].values)
        )


def test_layers_are_compared_by_the_last_epoch(monkeypatch):
    def one(of):
        last = {"block3_pool": 0.8, "block5_pool": 0.9}[of.plan.training.layer]
        histories = [dict.fromkeys(History.model_fields, (0.95, last + s / 100)) for s in (0, 1)]
        return Outcome(
            tuple(SeedRun(seed=s, history=History(**h), evaluations={})
                  for s, h in enumerate(histories))
        )  # fmt: skip

    monkeypatch.setattr(technique, "run", one)
    made = probe_layers(trial(LayerProbe(("block3_pool", "block5_pool"))))
    found = made.observations["layers.accuracy"]
    assert found == pytest.approx({"block3_pool": 0.805, "block5_pool": 0.905})
    assert made.runs[0].history.val_accuracy[-1] == 0.9


def test_each_layer_is_classified_on_its_own_feature_maps(counted):
    made = probe_layers(trial(LayerProbe(("block1_pool", "block5_pool")), epochs=1))
    histories = made.observations["layers.histories"]
    assert histories["block1_pool"] != histories["block5_pool"]
