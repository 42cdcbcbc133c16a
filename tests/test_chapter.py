"""The published facts: as the chapter's calls state them, and as they follow from each other."""

from __future__ import annotations

import json
import re
from math import prod
from typing import Any

import pytest

from repro import chapter
from repro.chapter import BASE_LAYERS, FOLD_SIZES, FOLDS, SPLIT, STACKED_LAYERS

#: The arguments of the chapter's calls (the book's for techniques 0 and 1), as R writes them.
CALLS = {
    0: "lr = 1e-4, batch_size = 32, steps_per_epoch = 100, epochs = 100, validation_steps = 50, "
    "rate = 0.5",
    1: "lr = 2e-5, batch_size = 20, steps_per_epoch = 100, epochs = 30, validation_steps = 50, "
    "rate = 0.5",
    2: "lr = 2e-5, batch_size = 20, steps_per_epoch = 100, epochs = 30, validation_steps = 50, "
    "rate = 0.0",
    3: "lr = 1e-5, batch_size = 20, steps_per_epoch = 100, epochs = 100, validation_steps = 50, "
    "rate = 0.0",
}
AUGMENTATION_CALL = (
    "rotation_range = 40, width_shift_range = 0.2, height_shift_range = 0.2, shear_range = 0.2, "
    'zoom_range = 0.2, horizontal_flip = TRUE, fill_mode = "nearest"'
)
AS_JSON = {"TRUE": "true"}


def arguments(call: str) -> dict[str, Any]:
    pairs = re.findall(r"(\w+) = ([^,]+)", call)
    return {name: json.loads(AS_JSON.get(value, value)) for name, value in pairs}


@pytest.mark.parametrize("number", CALLS)
def test_each_technique_is_the_chapters(number: int) -> None:
    found = chapter.TECHNIQUES[number]
    assert found.number == number
    assert arguments(CALLS[number]) == {
        "lr": found.learning_rate,
        "batch_size": found.batch,
        "steps_per_epoch": found.steps,
        "epochs": found.epochs,
        "validation_steps": found.validation_steps,
        "rate": found.dropout,
    }


def test_the_augmentation_is_the_chapters_call() -> None:
    assert arguments(AUGMENTATION_CALL) == vars(chapter.AUGMENTATION)


def test_classes_are_numbered_as_a_directory_iterator_numbers_them() -> None:
    assert list(chapter.CLASSES) == sorted(chapter.CLASSES)
    for name in chapter.CLASSES:
        assert name == chapter.PREFIXES[name] + "s"


@pytest.mark.parametrize("numbering", SPLIT)
def test_the_split_is_as_large_as_its_folds(numbering: chapter.Numbering) -> None:
    ranges = SPLIT[numbering]
    assert {fold: 2 * len(ranges[fold]) for fold in FOLDS} == FOLD_SIZES
    assert sum(FOLD_SIZES.values()) == chapter.SMALL_SET_PICTURES
    assert 2 * chapter.KAGGLE_PICTURES_PER_CLASS == chapter.KAGGLE_PICTURES


def test_what_is_fine_tuned_follows_from_the_layer_table() -> None:
    names = [row.name for row in BASE_LAYERS]
    later = BASE_LAYERS[names.index(chapter.UNFREEZE_FROM) :]
    convolutions = [row for row in later if "conv" in row.name]
    assert len(convolutions) == chapter.FINE_TUNED_CONVOLUTIONS
    assert 2 * len(convolutions) + 4 == chapter.TRAINABLE_TENSORS_FINE_TUNING
    trained = sum(row.parameters for row in convolutions) + chapter.CLASSIFIER_PARAMETERS
    assert trained == chapter.TRAINABLE_PARAMETERS_FINE_TUNING
    frozen = chapter.STACKED_PARAMETERS - trained
    assert frozen == chapter.FROZEN_PARAMETERS_FINE_TUNING
    assert 2 * sum("conv" in name for name in names) + 4 == chapter.TRAINABLE_TENSORS_UNFROZEN
    assert chapter.UNFREEZE_FROM_PYTHON_EDITION in names


def test_the_classifier_follows_from_the_feature_map() -> None:
    features = prod(chapter.FEATURE_MAP)
    assert BASE_LAYERS[-1].shape == STACKED_LAYERS[0].shape == chapter.FEATURE_MAP
    base, flatten, hidden, top = STACKED_LAYERS
    assert flatten.shape == (features,)
    assert hidden.parameters == (features + 1) * chapter.CLASSIFIER_UNITS
    assert top.parameters == chapter.CLASSIFIER_UNITS + 1
    assert hidden.parameters + top.parameters == chapter.CLASSIFIER_PARAMETERS
    assert base.parameters == sum(row.parameters for row in BASE_LAYERS) == chapter.BASE_PARAMETERS
    assert base.parameters + chapter.CLASSIFIER_PARAMETERS == chapter.STACKED_PARAMETERS
