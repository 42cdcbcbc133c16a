"""Recipes: today's is what the installed Keras does, and each ablation undoes one switch."""

from __future__ import annotations

import inspect

import numpy as np
import pytest

from repro import _keras
from repro.augmentation import Spec, draw
from repro.recipe import ABLATIONS, PUBLISHED, RECIPES, TODAY

YEARS = pytest.mark.parametrize("recipe", [PUBLISHED, TODAY], ids=lambda recipe: recipe.name)


@YEARS
def test_both_years_prepare_pictures_as_the_chapter_does(recipe) -> None:
    """The scaling and the resize are the chapter's own words; no version changed them."""
    assert recipe.preprocessing == "rescale"
    assert recipe.resize_interpolation == "nearest"


def test_todays_rmsprop_is_the_installed_keras_own() -> None:
    ours, theirs = _keras.rmsprop(TODAY, 1e-4), _keras.keras.optimizers.RMSprop(1e-4)
    assert (ours.rho, ours.epsilon) == (theirs.rho, theirs.epsilon)
    assert TODAY.rmsprop_denominator == "inside"


def test_published_rmsprop_has_the_fuzz_factor_of_keras_2_0() -> None:
    assert (PUBLISHED.rmsprop_denominator, PUBLISHED.rmsprop_epsilon) == ("outside", 1e-8)


def test_todays_augmentation_is_the_installed_keras_own() -> None:
    """The generator takes a shear for degrees and, by default, interpolates bilinearly."""
    generator = _keras.image_data_generator()
    if generator is None:
        pytest.skip("the installed Keras has no ImageDataGenerator")
    drawn = [generator(shear_range=0.2).get_random_transform((9, 9, 3), seed=n) for n in range(50)]
    theirs = np.radians(max(abs(one["shear"]) for one in drawn))
    ours = np.abs(draw(Spec.of(TODAY), seed=0, epoch=0, pictures=range(50), size=(9, 9)).shear)
    assert 0.5 < ours.max() / theirs < 2
    assert inspect.signature(generator).parameters["interpolation_order"].default == 1
    assert TODAY.augmentation_interpolation == "bilinear"
    assert PUBLISHED.augmentation_interpolation == "nearest"


@pytest.mark.parametrize("recipe", ABLATIONS, ids=lambda recipe: recipe.name)
def test_an_ablation_undoes_one_switch(recipe) -> None:
    changed = {name for name, value in vars(recipe).items() if value != vars(TODAY)[name]}
    switches = {name.split("_")[0] for name in changed - {"name"}}
    assert len(switches) == 1
    assert RECIPES[recipe.name] is recipe
