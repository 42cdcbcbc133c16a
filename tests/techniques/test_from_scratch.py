"""Technique 0: an epoch of more than one pass, every pass in versions of its own."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from repro import chapter
from repro.experiments import EXPERIMENTS, FromScratch
from repro.techniques.from_scratch import run
from tests.small import blobs, materials, trial

SMALL = blobs(80, 1, size=150)


@pytest.fixture
def on():
    return materials({"train": SMALL, "validation": SMALL, "test": SMALL})


def test_an_epoch_takes_a_pass_and_three_fifths_of_another(on, augmented, counted):
    run(trial(FromScratch(), seeds=(5,), epochs=2, on=on))
    assert [drawn for _, *drawn in augmented] == [[5, 0], [5, 1], [5, 2], [5, 3]]
    epoch = counted[0]
    assert len(epoch.values) == len(epoch.labels) == 160
    assert epoch.options["pictures"] == (128, 80)
    assert epoch.options["batch"] == chapter.FROM_SCRATCH.batch
    assert not np.array_equal(epoch.values[:80], epoch.values[80:])
    np.testing.assert_array_equal(epoch.labels[:80], epoch.labels[80:])
    np.testing.assert_array_equal(epoch.labels[:80], SMALL.labels)


def test_the_books_first_convnet_sees_the_pictures_as_they_are_and_drops_nothing(
    on, counted, compiled
):
    plain = EXPERIMENTS["from-scratch-plain"].training
    for training in (plain, replace(plain, plain=False), FromScratch()):
        run(trial(training, epochs=1, on=on))
    np.testing.assert_array_equal(counted[0].values, SMALL.values)
    assert counted[0].options == {"batch": 20, "pictures": (80, 80)}
    assert not np.array_equal(counted[1].values, SMALL.values)
    # Behind the preprocessing stands the network itself.
    kinds = [[type(one).__name__ for one in network.layers[-1].layers] for network in compiled]
    assert ["Dropout" in kind for kind in kinds] == [False, False, True]
