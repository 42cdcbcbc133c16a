"""What is drawn: the distributions of the chapter, and one picture's numbers for itself alone."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from repro.augmentation import Parameters, Spec, draw
from repro.chapter import AUGMENTATION
from repro.recipe import PUBLISHED, TODAY

SIZE = (150, 100)
NAMES = ("theta", "tx", "ty", "shear", "zx", "zy", "flip")
TWO_YEARS = pytest.mark.parametrize("recipe", [PUBLISHED, TODAY], ids=lambda recipe: recipe.name)


def columns(parameters: Parameters) -> np.ndarray:
    """The parameters as (n, 7) numbers."""
    return np.stack([np.asarray(getattr(parameters, name), float) for name in NAMES], axis=1)


@TWO_YEARS
def test_distributions_are_the_specified_ones(recipe):
    drawn = draw(Spec.of(recipe), seed=0, epoch=0, pictures=range(4000), size=SIZE)
    shear = 0.2 if recipe is PUBLISHED else math.radians(0.2)
    for name, low, high in (
        ("theta", -math.radians(40), math.radians(40)),
        ("tx", -30, 30),
        ("ty", -20, 20),
        ("shear", -shear, shear),
        ("zx", 0.8, 1.2),
        ("zy", 0.8, 1.2),
    ):
        values = getattr(drawn, name)
        assert low <= values.min() <= values.max() < high
        assert stats.kstest(values, stats.uniform(low, high - low).cdf).pvalue > 0.01, name
    assert stats.binomtest(int(drawn.flip.sum()), 4000).pvalue > 0.01


def test_parameters_are_independent_of_each_other():
    drawn = columns(draw(Spec.of(TODAY), seed=0, epoch=0, pictures=range(4000), size=SIZE))
    correlations = np.corrcoef(drawn.T) - np.eye(7)
    assert np.abs(correlations).max() < 4 / math.sqrt(4000)


def test_neighbouring_pictures_epochs_and_seeds_are_independent():
    spec = Spec.of(TODAY)
    n = 2000
    first = columns(draw(spec, seed=0, epoch=0, pictures=range(n), size=SIZE))
    for other in (
        draw(spec, seed=1, epoch=0, pictures=range(n), size=SIZE),
        draw(spec, seed=0, epoch=1, pictures=range(n), size=SIZE),
        draw(spec, seed=0, epoch=0, pictures=range(1, n + 1), size=SIZE),
    ):
        correlations = np.corrcoef(first.T, columns(other).T)[:7, 7:]
        assert np.abs(correlations).max() < 4 / math.sqrt(n)


def test_no_two_pictures_epochs_or_seeds_share_a_transformation():
    spec = Spec.of(PUBLISHED)
    seen = [
        tuple(row)
        for seed in range(3)
        for epoch in range(4)
        for row in columns(draw(spec, seed=seed, epoch=epoch, pictures=range(50), size=SIZE))
    ]
    assert len(set(seen)) == 3 * 4 * 50


@given(pictures=st.lists(st.integers(0, 3000), min_size=1, max_size=8), epoch=st.integers(0, 99))
def test_a_pictures_parameters_depend_on_no_other_picture(pictures, epoch):
    together = columns(draw(Spec.of(TODAY), seed=7, epoch=epoch, pictures=pictures, size=SIZE))
    for row, picture in zip(together, pictures, strict=True):
        alone = draw(Spec.of(TODAY), seed=7, epoch=epoch, pictures=[picture], size=SIZE)
        assert np.array_equal(columns(alone)[0], row)


@pytest.mark.parametrize(
    ("setting", "off", "parameters"),
    [
        ("rotation_range", 0.0, ["theta"]),
        ("height_shift_range", 0.0, ["tx"]),
        ("width_shift_range", 0.0, ["ty"]),
        ("shear_range", 0.0, ["shear"]),
        ("zoom_range", 0.0, ["zx", "zy"]),
        ("horizontal_flip", False, ["flip"]),
    ],
)
def test_a_setting_switched_off_leaves_the_other_parameters(setting, off, parameters):
    spec = Spec.of(PUBLISHED)
    without = replace(spec, **{setting: off})
    before = draw(spec, seed=3, epoch=1, pictures=range(20), size=SIZE)
    after = draw(without, seed=3, epoch=1, pictures=range(20), size=SIZE)
    for name in NAMES:
        if name in parameters:
            assert np.all(getattr(after, name) == (1 if name in ("zx", "zy") else 0))
        else:
            assert np.array_equal(getattr(after, name), getattr(before, name))


def test_both_years_draw_alike_but_for_the_shears_unit():
    then, now = (
        draw(Spec.of(recipe), seed=5, epoch=2, pictures=range(30), size=SIZE)
        for recipe in (PUBLISHED, TODAY)
    )
    for name in set(NAMES) - {"shear"}:
        assert np.array_equal(getattr(then, name), getattr(now, name))
    assert np.allclose(now.shear, np.radians(then.shear), rtol=1e-12)


def test_a_spec_keeps_the_chapters_settings():
    spec = Spec.of(PUBLISHED)
    for name, value in vars(AUGMENTATION).items():
        assert getattr(spec, name) == value


@pytest.mark.parametrize("changed", [{"seed": -1}, {"epoch": -1}, {"pictures": [3, -2]}], ids=str)
def test_what_cannot_be_counted_draws_nothing(changed):
    arguments = {"seed": 0, "epoch": 0, "pictures": [1], "size": SIZE, **changed}
    with pytest.raises(ValueError, match="non-negative"):
        draw(Spec.of(TODAY), **arguments)


def test_nothing_drawn_for_no_pictures():
    assert len(draw(Spec.of(TODAY), seed=0, epoch=0, pictures=[], size=SIZE)) == 0
