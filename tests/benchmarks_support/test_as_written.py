"""The baseline is the chapter's: its pictures, its labels, its augmentation, its model."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from benchmarks import as_written
from repro import chapter
from repro.chapter import FEATURE_EXTRACTION, FINE_TUNING

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")
N = 12


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A small set of drawn pictures, cats dark and dogs bright, none of them square."""
    root = tmp_path_factory.mktemp("small-set")
    generator = np.random.default_rng(0)
    for fold in ("train", "validation"):
        for label, name in enumerate(chapter.CLASSES):
            (root / fold / name).mkdir(parents=True)
            for number in range(N // 2):
                low = 128 * label
                pixels = generator.integers(low, low + 120, (170, 210, 3), dtype=np.uint8)
                path = root / fold / name / f"{chapter.PREFIXES[name]}.{number}.png"
                Image.fromarray(pixels).save(path)
    return root


def reference(folder, fold):
    """Every picture of a fold, resized by nearest neighbour and scaled to 0..1, by its mean."""
    found = {}
    for path in sorted((folder / fold).rglob("*.png")):
        resized = Image.open(path).convert("RGB").resize((150, 150), Image.Resampling.NEAREST)
        found[path.parent.name, path.name] = np.asarray(resized, np.float32) / 255
    return found


def one_pass(iterator):
    batches = [iterator[position] for position in range(len(iterator))]
    return [np.concatenate([batch[part] for batch in batches]) for part in (0, 1)]


def test_validation_pictures_are_resized_scaled_and_nothing_else(folder):
    pictures, labels = one_pass(as_written.directory_iterator(folder, "validation", 5))
    assert pictures.shape == (N, 150, 150, 3)
    expected = list(reference(folder, "validation").items())
    for picture, label in zip(pictures, labels, strict=True):
        distances = [np.abs(picture - other).max() for _, other in expected]
        nearest = int(np.argmin(distances))
        assert distances[nearest] < 1e-6
        assert chapter.CLASSES[int(label)] == expected.pop(nearest)[0][0]
    assert not expected


def test_training_pictures_are_new_in_every_epoch_and_keep_their_labels(folder):
    iterator = as_written.directory_iterator(folder, "train", 5, **vars(chapter.AUGMENTATION))
    first, labels = one_pass(iterator)
    second, _ = one_pass(iterator)
    everything = [*first, *second, *reference(folder, "train").values()]
    flat = np.stack([np.asarray(picture).reshape(-1)[::97] for picture in everything])
    assert len(np.unique(flat, axis=0)) == len(everything)
    assert first.min() >= 0 and first.max() <= 1
    np.testing.assert_array_equal(first.mean(axis=(1, 2, 3)) > 0.5, labels.astype(bool))


@pytest.mark.parametrize(
    ("technique", "tensors", "parameters"),
    [
        (
            FEATURE_EXTRACTION,
            chapter.TRAINABLE_TENSORS_FROZEN,
            chapter.CLASSIFIER_PARAMETERS,
        ),
        (
            FINE_TUNING,
            chapter.TRAINABLE_TENSORS_FINE_TUNING,
            chapter.TRAINABLE_PARAMETERS_FINE_TUNING,
        ),
    ],
    ids=["technique-2", "technique-3"],
)
def test_the_model_trains_what_the_chapter_trains_in_float32(technique, tensors, parameters):
    model = as_written.network(None, technique)
    trained = model.trainable_weights
    assert len(trained) == tensors
    assert sum(int(np.prod(weight.shape)) for weight in trained) == parameters
    assert {str(layer.compute_dtype) for layer in model.layers} == {"float32"}
    rate = float(np.asarray(model.optimizer.learning_rate))
    assert rate == pytest.approx(technique.learning_rate)
    assert model.count_params() == chapter.STACKED_PARAMETERS


def test_an_epoch_takes_its_steps_and_validates(folder):
    from repro._keras import keras

    iterator = as_written.directory_iterator(folder, "train", 2)
    model = keras.Sequential([keras.layers.Flatten(), keras.layers.Dense(1, "sigmoid")])
    model.compile(loss="binary_crossentropy")
    written = as_written.AsWritten(model, iterator, iterator)
    before = int(np.asarray(model.optimizer.iterations))
    assert written.epoch(3, 1).wall > 0
    assert int(np.asarray(model.optimizer.iterations)) - before == 3
    assert "val_loss" in model.history.history
