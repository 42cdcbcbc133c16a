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


# ------------------------------------------------------------------------------- published numbers

#: Every number of :mod:`repro.chapter` a second time, as the text writes it.
PUBLISHED = {
    "KAGGLE_PICTURES": "25,000",
    "KAGGLE_PICTURES_PER_CLASS": "12,500",
    "KAGGLE_COMPRESSED_MEGABYTES": "543",
    "SMALL_SET_PICTURES": "4,000",
    "TRAINING_SHARE_UPPER_BOUND": "10 %",
    "CHANNELS": "3",
    "RESCALE": "1/255",
    "IMAGENET_CLASSES": "1,000",
    "BASE_PARAMETERS": "14,714,688",
    "STACKED_PARAMETERS": "16,812,353",
    "CLASSIFIER_PARAMETERS": "2,097,665",
    "CLASSIFIER_UNITS": "256",
    "TRAINABLE_TENSORS_UNFROZEN": "30",
    "TRAINABLE_TENSORS_FROZEN": "4",
    "FINE_TUNED_CONVOLUTIONS": "9",
    "FINE_TUNED_LAYERS_AS_PRINTED": "3",
    "TRAINABLE_TENSORS_FINE_TUNING": "22",
    "TRAINABLE_PARAMETERS_FINE_TUNING": "16,552,193",
    "FROZEN_PARAMETERS_FINE_TUNING": "260,160",
    "TEST_STEPS": "50",
    "SCRATCH_UNITS": "512",
    "SCRATCH_VALIDATION_ACCURACY": "82 %",
    "FAST_FEATURE_EXTRACTION_VALIDATION_ACCURACY": "90 %",
    "FEATURE_EXTRACTION_VALIDATION_ACCURACY": "90 %",
    "FINE_TUNING_VALIDATION_ACCURACY": "96 %",
    "FINE_TUNING_GAIN": "6 %",
    "FINE_TUNING_TEST_ACCURACY": "96.5 %",
    "FINE_TUNING_TEST_LOSS": "0.2158171",
    "FINE_TUNING_TEST_PICTURES": "1,000",
    "INTRODUCTION_ACCURACY": "97 %",
    "COMPETITION_BEST_ACCURACY": "95 %",
    "COMPETITION_WINNER_ACCURACY": "98.9 %",
}
#: What the Python edition's notebook prints; the accuracy of technique 2 is a mean of ten epochs.
PYTHON_EDITION = {
    "fast_feature_extraction_accuracy": "90.3 %",
    "fast_feature_extraction_loss": "0.243",
    "feature_extraction_accuracy": "96.4 %",
    "feature_extraction_last_accuracy": "95.1 %",
    "fine_tuning_accuracy": "97.4 %",
    "fine_tuning_test_accuracy": "96.8 %",
    "frozen_epoch_seconds": "72",
    "fine_tuning_epoch_seconds": "32",
}


def number(text: str) -> float:
    if text.endswith(" %"):
        return float(text[:-2]) / 100
    numerator, _, denominator = text.replace(",", "").partition("/")
    return float(numerator) / float(denominator or 1)


@pytest.mark.parametrize(
    ("found", "expected"),
    [(vars(chapter), PUBLISHED), (vars(chapter.PYTHON_EDITION), PYTHON_EDITION)],
)
def test_every_published_number_agrees_with_its_second_transcription(
    found: dict[str, Any], expected: dict[str, str]
) -> None:
    numbers = {name: value for name, value in found.items() if type(value) in (int, float)}
    assert numbers == {name: pytest.approx(number(text)) for name, text in expected.items()}


def test_the_printed_layers_follow_from_the_architecture() -> None:
    """3×3 convolutions that keep the size, poolings that halve it and drop the odd row."""
    rows, side, channels = [("input_1", (150, 150, 3), 0)], 150, 3
    for block, (convolutions, filters) in enumerate(
        [(2, 64), (2, 128), (3, 256), (3, 512), (3, 512)], start=1
    ):
        for n in range(1, convolutions + 1):
            parameters = (3 * 3 * channels + 1) * filters
            rows.append((f"block{block}_conv{n}", (side, side, filters), parameters))
            channels = filters
        side //= 2
        rows.append((f"block{block}_pool", (side, side, filters), 0))
    assert [(row.name, row.shape, row.parameters) for row in BASE_LAYERS] == rows


def test_the_convnet_from_scratch_is_the_books() -> None:
    assert chapter.SCRATCH_CONVOLUTIONS == (32, 64, 128, 128)
    assert chapter.PICTURE_SIZE == (150, 150)
    names = "Xception, InceptionV3, ResNet50, VGG16, VGG19, MobileNet"
    assert ", ".join(chapter.BASE_NAMES) == names
    assert chapter.BASE_NAME == "VGG16"


@pytest.mark.parametrize(
    ("numbering", "first"), [("r", "1, 1001, 1501"), ("python", "0, 1000, 1500")]
)
def test_the_folds_begin_where_the_listing_begins_them(
    numbering: chapter.Numbering, first: str
) -> None:
    assert ", ".join(str(SPLIT[numbering][fold].start) for fold in FOLDS) == first
    assert FOLD_SIZES == {"train": 2000, "validation": 1000, "test": 1000}
