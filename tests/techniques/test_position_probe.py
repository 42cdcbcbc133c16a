"""The probe for a picture's shift: it finds what is there, and nothing where there is nothing."""

from __future__ import annotations

import numpy as np
import pytest

from repro.experiments import PositionProbe
from repro.techniques.position_probe import explained, run, shift
from tests.small import materials, tensors, trial


def data(n, signal, seed=0, width=40):
    """Features of which the first two are the targets, in noise; or of noise alone."""
    generator = np.random.default_rng(seed)
    targets = generator.uniform(-30, 30, (n, 2))
    features = generator.normal(size=(n, width))
    features[:, :2] += signal * targets
    return features, targets


@pytest.mark.parametrize("width", [40, 400])
def test_what_is_there_is_found_and_what_is_not_is_not(width):
    """With fewer features than pictures, and with more."""
    found = explained(*data(200, 1.0, width=width), *data(100, 1.0, seed=1, width=width))
    nothing = explained(*data(200, 0.0, width=width), *data(100, 0.0, seed=1, width=width))
    assert found > 0.8
    assert -0.2 < nothing < 0.1


def test_it_is_told_by_pictures_that_it_was_not_fitted_to():
    """Fitted and told on the same noise, more features than pictures would explain everything."""
    features, targets = data(50, 0.0, width=400)
    assert explained(features, targets, *data(50, 0.0, seed=1, width=400)) < 0.2


def test_neither_the_scale_nor_the_offset_of_features_matters():
    (features, targets), (unseen, true) = data(100, 0.1), data(50, 0.1, seed=1)
    plain = explained(features, targets, unseen, true)
    moved = explained(1e3 * features + 7, targets, 1e3 * unseen + 7, true)
    assert moved == pytest.approx(plain, rel=1e-6)


def test_pictures_are_shifted_by_what_is_told_and_by_nothing_else():
    generator = np.random.default_rng(0)
    pictures = generator.integers(0, 256, (6, 50, 40, 3), dtype=np.uint8)
    moved, shifts = shift(pictures, 0)
    assert np.abs(shifts[:, 0]).max() <= 10 and np.abs(shifts[:, 1]).max() <= 8
    assert len({*shifts.ravel()}) == 12
    seen = np.array([displacement(*pair) for pair in zip(pictures, moved, strict=True)])
    # Today's first axis of the matrix is the column; a picture moves against its matrix's shift.
    assert np.abs(seen + shifts[:, ::-1]).max() < 1.01


def displacement(picture, moved):
    """By how many rows and columns a picture has moved, by trying all."""
    inner = (slice(12, -12), slice(12, -12))
    tried = {
        (y, x): np.abs(np.roll(picture, (y, x), (0, 1))[inner].astype(int) - moved[inner]).mean()
        for y in range(-11, 12)
        for x in range(-11, 12)
    }
    return min(tried, key=tried.__getitem__)


def test_the_record_tells_both_and_keeps_technique_1s_runs():
    outcome = run(trial(PositionProbe(), seeds=(3,), epochs=1, on=materials(tensors=tensors())))
    found = outcome.observations["position.r2"]
    assert set(found) == {"features", "hidden"}
    assert np.isfinite([*found.values()]).all() and found["features"] != found["hidden"]
    assert [one.seed for one in outcome.runs] == [3]
