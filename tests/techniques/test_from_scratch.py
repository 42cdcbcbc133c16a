"""Technique 0: an epoch of more than one pass, every pass in versions of its own."""

from __future__ import annotations

import numpy as np

from repro import augmentation, chapter
from repro.experiments import FromScratch
from repro.techniques.from_scratch import run
from repro.training import on_pictures
from tests.small import blobs, materials, trial


def _advance(run):
    for values in run.history.values():
        values.append(0.5)


def test_an_epoch_takes_a_pass_and_three_fifths_of_another(monkeypatch):
    fitted, drawn = [], []
    real = augmentation.augment

    def spy(*arguments, seed, epoch, **options):
        drawn.append((seed, epoch))
        return real(*arguments, seed=seed, epoch=epoch, **options)

    monkeypatch.setattr(augmentation, "augment", spy)
    monkeypatch.setattr(
        on_pictures, "fit_epoch", lambda run, *a, **o: (fitted.append((a, o)), _advance(run))
    )
    monkeypatch.setattr(on_pictures, "finish", lambda run, folds: None)
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
