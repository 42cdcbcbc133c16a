"""Epochs are measured inside the project's own training: as many as asked, no cold ones."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks import epochs
from repro.engines import Extractor, keras
from repro.folds import Features
from tests.small import blobs, tiny_base

TRAIN, VALIDATION = blobs(40, 1), blobs(20, 2)


def test_a_part_of_a_fold_has_both_classes():
    part = epochs.part(TRAIN, 10)
    assert part.labels.tolist() == [0] * 5 + [1] * 5
    for picture, label in zip(part.values, part.labels, strict=True):
        assert (picture == TRAIN.values[TRAIN.labels == label]).all(axis=(1, 2, 3)).any()


@pytest.mark.slow
def test_technique_2_is_measured_between_starts_of_the_base():
    extract = keras.extractor(tiny_base(), batch=20)
    calls = []

    class Counted:
        feature_map = extract.feature_map

        def __call__(self, pictures):
            calls.append(len(pictures))
            return extract(pictures)

    counted: Extractor = Counted()
    costs = epochs.frozen(counted, TRAIN, VALIDATION, 3, seeds=(0, 1))
    assert len(costs) == 3
    # The validation pictures once, the training pictures in every epoch.
    assert calls == [20] + [40] * (epochs.WARM_UP + 3 + 1)
    assert all(cost.wall > 0 for cost in costs)


@pytest.mark.slow
def test_techniques_1_and_3_leave_out_the_epoch_that_compiles():
    base = tiny_base()
    extract = keras.extractor(base, batch=20)
    folds = [Features(extract(fold.values), fold.labels) for fold in (TRAIN, VALIDATION)]
    assert len(epochs.on_features(*folds, 2)) == 2
    before = base.get_layer("block3_conv1").get_weights()[0]
    costs = epochs.fine_tuning(base, TRAIN, VALIDATION, 2)
    assert len(costs) == 2
    assert all(cost.wall > 0 for cost in costs)
    assert not np.array_equal(before, base.get_layer("block3_conv1").get_weights()[0])
