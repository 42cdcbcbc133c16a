"""An epoch: its batches, its dropout, its validation."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from repro import chapter, model
from repro.engines.keras import Applied
from repro.folds import Features
from repro.training.epochs import Run, fit_epoch, one_ahead


def test_pictures_keep_their_labels_when_shuffled(tmp_path):
    """Each step's batch: the chapter's twenty, features and labels of the same pictures."""
    batches = []

    class Spy:
        layers = ()
        trainable_weights = ()
        optimizer = None

        def fit(self, values, labels, **options):
            batches.append((values, labels, options))
            return type("H", (), {"history": {"accuracy": [0.5], "loss": [1.0]}})

    values = np.random.default_rng(0).normal(size=(80, 1, 1, 4)).astype(np.float32)
    labels = np.repeat(np.array([0, 1], np.uint8), 40)
    run = Run(0, Spy(), lambda values: np.full((len(values), 1), 0.5, np.float32), tmp_path)
    fit_epoch(run, values, labels, Features(values, labels), batch=20, keep_every=2)
    seen, given, options = batches[0]
    assert options["batch_size"] == 20 and options["shuffle"] is False and options["epochs"] == 1
    by_value = {one.tobytes(): label for one, label in zip(values, labels, strict=True)}
    assert [by_value[one.tobytes()] for one in seen] == given.tolist()
    assert np.abs(np.diff(given)).sum() > 2


@pytest.fixture(scope="module")
def losses(tmp_path_factory):
    """The loss of an epoch of one picture in eighty copies, which only dropout's draws decide."""
    technique = replace(chapter.FAST_FEATURE_EXTRACTION, learning_rate=0.0)
    network = model.classifier(dropout=0.5, seed=1, feature_map=(1, 1, 8))
    from repro.recipe import TODAY

    model.compile(network, technique, TODAY)
    picture = np.random.default_rng(0).normal(size=(1, 1, 1, 8)).astype(np.float32)
    fold = Features(np.repeat(picture, 80, 0), np.ones(80, np.uint8))
    folder = tmp_path_factory.mktemp("run")

    def of(seed, epochs):
        run = Run(seed, network, Applied(network, 500, filled=False), folder / str(seed))
        for _ in range(epochs):
            fit_epoch(run, fold.values, fold.labels, fold, batch=20, keep_every=100)
        return run.history["loss"]

    return {"3": of(3, 2), "4": of(4, 2), "3 again": of(3, 2)}


def test_dropout_is_drawn_anew_in_every_epoch_and_from_the_runs_seed(losses):
    assert losses["3"] == losses["3 again"]
    assert len({*losses["3"], *losses["4"]}) == 4


def test_predicting_in_parts_is_predicting():
    network = model.classifier(seed=1, feature_map=(1, 1, 8))
    values = np.random.default_rng(0).normal(size=(1203, 1, 1, 8)).astype(np.float32)
    whole = np.asarray(network.predict_on_batch(values))
    np.testing.assert_allclose(Applied(network, 500, filled=False)(values), whole, atol=1e-6)


def test_what_is_computed_ahead_comes_in_order_and_one_at_a_time():
    started = []

    def compute(epoch):
        started.append(epoch)
        return 10 * epoch

    for epoch, found in zip([2, 3, 5], one_ahead(compute, [2, 3, 5]), strict=True):
        assert found == 10 * epoch
        assert len(started) <= [2, 3, 5].index(epoch) + 2, "more than one epoch ahead"
    assert started == [2, 3, 5]
    assert list(one_ahead(compute, [])) == []
