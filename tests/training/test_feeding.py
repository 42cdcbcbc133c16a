"""How an epoch's pictures and feature maps reach the backend."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from repro import _keras, chapter, training
from repro.training import Features


def test_an_epoch_may_have_the_chapters_hundred_steps():
    """Some versions of Keras write an epoch's steps out one by one, and TensorFlow refuses that."""
    labels = np.arange(2000, dtype=np.uint8) % 2
    values = labels[:, None, None, None].astype(np.float32) * np.ones((1, 1, 1, 4), np.float32)
    fold = Features(values, labels)
    technique = replace(chapter.FAST_FEATURE_EXTRACTION, learning_rate=1e-2)
    (run,) = training.train_on_features(
        fold, {"validation": fold}, seeds=[0], technique=technique, epochs=1
    )
    assert run.history.val_accuracy[-1] > 0.99


def test_an_epoch_that_lies_on_the_device_gives_the_same_bits(
    monkeypatch, train_features, featured
):
    technique = replace(chapter.FAST_FEATURE_EXTRACTION, learning_rate=1e-3)

    def history():
        (run,) = training.train_on_features(
            train_features, featured, seeds=[0], technique=technique, epochs=2
        )
        return run.model_dump(exclude={"history": {"seconds"}})

    from_host = history()
    copied = []
    as_tensor = _keras.as_tensor
    monkeypatch.setattr(_keras, "accelerator", lambda: "a device")
    monkeypatch.setattr(_keras, "as_tensor", lambda array: copied.append(1) or as_tensor(array))
    assert history() == from_host
    if _keras.backend() != "tensorflow":
        assert len(copied) == 4  # pictures and labels, twice


@pytest.mark.parametrize("accelerator", [None, "a device"])
def test_only_a_device_of_its_own_gets_a_copy(monkeypatch, accelerator):
    monkeypatch.setattr(_keras, "accelerator", lambda: accelerator)
    array = np.arange(6, dtype=np.uint8).reshape(2, 3)
    found = _keras.on_device(array)
    np.testing.assert_array_equal(_keras.as_array(found), array, strict=True)
    if accelerator is None:
        assert found is array
