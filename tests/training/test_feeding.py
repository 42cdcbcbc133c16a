"""How an epoch's pictures and feature maps reach the backend."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from repro import _keras, model
from repro.engines.keras import Applied
from repro.experiments import FastFeatureExtraction
from repro.folds import Features
from repro.recipe import TODAY
from repro.techniques import fast_feature_extraction as technique
from repro.training.epochs import begin, fit_epoch
from tests.small import plain, tiny_base, trial

ONE = FastFeatureExtraction()


def test_an_epoch_may_have_the_chapters_hundred_steps(tmp_path):
    """Some versions of Keras write an epoch's steps out one by one, and TensorFlow refuses that."""
    labels = np.arange(2000, dtype=np.uint8) % 2
    values = labels[:, None, None, None].astype(np.float32) * np.ones((1, 1, 1, 4), np.float32)
    fold = Features(values, labels)
    hyperparameters = replace(ONE.hyperparameters, learning_rate=1e-2)
    network = model.classifier(dropout=0.5, seed=0, feature_map=(1, 1, 4))
    model.compile(network, hyperparameters, TODAY, steps=100)
    run = begin(0, network, Applied(network, 500, filled=False), tmp_path)
    fit_epoch(run, fold.values, fold.labels, fold, batch=20)
    assert run.history["val_accuracy"][-1] > 0.99


def test_an_epoch_that_lies_on_the_device_gives_the_same_bits(monkeypatch, tmp_path):
    if _keras.backend() == "tensorflow":
        pytest.skip("TensorFlow's input pipeline lies on the host: nothing is copied")
    monkeypatch.setattr(model, "conv_base", tiny_base)

    def history(home):
        monkeypatch.setenv("REPRO_HOME", str(tmp_path / home))
        return plain(technique.run(trial(ONE, epochs=1)).runs)

    from_host = history("host")
    copied = []
    as_tensor = _keras.as_tensor
    monkeypatch.setattr(_keras, "accelerator", lambda: "a device")
    monkeypatch.setattr(_keras, "as_tensor", lambda array: copied.append(1) or as_tensor(array))
    assert history("device") == from_host
    assert len(copied) == 2  # pictures and labels


@pytest.mark.parametrize("accelerator", [None, "a device"])
def test_only_a_device_of_its_own_gets_a_copy(monkeypatch, accelerator):
    monkeypatch.setattr(_keras, "accelerator", lambda: accelerator)
    array = np.arange(6, dtype=np.uint8).reshape(2, 3)
    found = _keras.on_device(array)
    np.testing.assert_array_equal(_keras.as_array(found), array, strict=True)
    stays = accelerator is None or _keras.backend() == "tensorflow"
    assert (found is array) == stays
