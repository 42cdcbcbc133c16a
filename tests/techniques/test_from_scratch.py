"""Technique 0: an epoch of more than one pass, every pass in versions of its own."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from repro import augmentation, chapter
from repro.experiments import EXPERIMENTS, FromScratch
from repro.techniques.from_scratch import run
from repro.training import on_pictures
from tests.small import blobs, materials, trial


def _advance(run):
    for values in run.history.values():
        values.append(0.5)


@pytest.fixture
def fitted(monkeypatch):
    """What each epoch was to be fitted on; nothing is trained."""
    seen = []

    def fit(run, *arguments, **options):
        seen.append((arguments, options))
        _advance(run)

    monkeypatch.setattr(on_pictures, "fit_epoch", fit)
    monkeypatch.setattr(on_pictures, "finish", lambda run, folds: None)
    return seen


def test_an_epoch_takes_a_pass_and_three_fifths_of_another(monkeypatch, fitted):
    drawn = []
    real = augmentation.augment

    def spy(*arguments, seed, epoch, **options):
        drawn.append((seed, epoch))
        return real(*arguments, seed=seed, epoch=epoch, **options)

    monkeypatch.setattr(augmentation, "augment", spy)
    small = blobs(80, 1, size=150)
    on = materials({"train": small, "validation": small, "test": small})
    run(trial(FromScratch(), seeds=(5,), epochs=2, on=on))
    assert drawn == [(5, 0), (5, 1), (5, 2), (5, 3)]
    (values, labels, _), options = fitted[0]
    assert len(values) == len(labels) == 160 and options["pictures"] == (128, 80)
    assert options["batch"] == chapter.FROM_SCRATCH.batch
    assert not np.array_equal(values[:80], values[80:])
    np.testing.assert_array_equal(labels[:80], labels[80:])
    np.testing.assert_array_equal(labels[:80], small.labels)


def test_the_books_first_convnet_sees_the_pictures_as_they_are_and_drops_nothing(fitted, compiled):
    small = blobs(80, 1, size=150)
    on = materials({"train": small, "validation": small, "test": small})
    plain = EXPERIMENTS["from-scratch-plain"].training
    for training in (plain, replace(plain, plain=False), FromScratch()):
        run(trial(training, epochs=1, on=on))
    (pictures, *_), options = fitted[0]
    np.testing.assert_array_equal(pictures, small.values)
    assert options == {"batch": 20, "pictures": (80, 80)}
    assert not np.array_equal(fitted[1][0][0], small.values)
    # Behind the preprocessing stands the network itself.
    kinds = [[type(one).__name__ for one in network.layers[-1].layers] for network in compiled]
    assert ["Dropout" in kind for kind in kinds] == [False, False, True]
