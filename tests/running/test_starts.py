"""What an experiment starts from, and what it leaves out."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from repro import _keras, chapter, checkpoint, environment, model, training, weights
from repro.checkpoint import Checkpoint
from repro.dataset.doubtful import DOUBTFUL
from repro.errors import DownloadError, OptionError
from repro.experiments import EXPERIMENTS
from repro.recipe import TODAY
from repro.record import History, SeedRun
from repro.running import Materials, Plan, run, techniques
from repro.running.materials import without
from repro.training import Pictures

SIZE = 32


def seed_run(seed: int) -> SeedRun:
    history = History(**dict.fromkeys(History.model_fields, (0.5,)))
    return SeedRun(seed=seed, history=history, evaluations={})


@pytest.fixture
def materials():
    """Six pictures a fold; their pixels say which they are, and some are doubtful ones."""
    doubtful = {fold: [] for fold in chapter.FOLDS}
    for name in DOUBTFUL:
        number = int(name.split(".")[1])
        fold = next(one for one in chapter.FOLDS if number in chapter.SPLIT["r"][one])
        doubtful[fold].append(name)
    names, folds = {}, {}
    for n, fold in enumerate(chapter.FOLDS):
        names[fold] = (*doubtful[fold][:2], "cat.11.jpg", "cat.12.jpg", "dog.11.jpg", "dog.12.jpg")
        values = np.arange(6, dtype=np.uint8)[:, None, None, None] + 10 * n
        pixels = np.broadcast_to(values, (6, SIZE, SIZE, 3)).copy()
        labels = np.array([name.startswith("dog") for name in names[fold]], np.uint8)
        folds[fold] = Pictures(pixels, labels)
    return Materials(
        folds=folds,
        names=names,
        tensors={},
        demonstration=False,
        digests={"weights": "w", **{f"pixels-{fold}": fold for fold in chapter.FOLDS}},
        verification={},
        split=None,
        originals=None,
    )


def test_doubtful_pictures_are_the_small_sets_and_say_what_they_show():
    numbers = range(1, 2001)
    for name, shown in DOUBTFUL.items():
        prefix, number, suffix = name.split(".")
        assert prefix in chapter.PREFIXES.values() and int(number) in numbers and suffix == "jpg"
        assert len(shown) > 5
    assert chapter.AMBIGUOUS_PICTURE in DOUBTFUL


def test_without_takes_a_pictures_pixels_label_and_name_away_together(materials):
    left = without(materials, DOUBTFUL)
    for n, fold in enumerate(chapter.FOLDS):
        assert left.names[fold] == materials.names[fold][2:]
        assert left.folds[fold].values[:, 0, 0, 0].tolist() == [10 * n + i for i in range(2, 6)]
        assert left.folds[fold].labels.tolist() == [0, 0, 1, 1]
        assert left.digests[f"pixels-{fold}"] != materials.digests[f"pixels-{fold}"]
    assert without(materials, ()).names == materials.names


@pytest.mark.parametrize("clean", [True, False])
def test_a_clean_run_sees_no_doubtful_picture(materials, monkeypatch, clean):
    seen = {}

    def train(train, folds, **_):
        seen.update({"train": len(train.labels), "test": len(folds["test"].labels)})
        return seed_run(0)

    monkeypatch.setattr(training, "train_from_scratch", train)
    monkeypatch.setattr(_keras, "make_deterministic", lambda: None)
    made = run(Plan(chapter.FROM_SCRATCH, clean=clean), materials)
    assert seen == dict.fromkeys(seen, 4 if clean else 6)
    assert set(DOUBTFUL).isdisjoint(made.names["test"]) == clean


def test_the_python_edition_starts_from_the_unfrozen_base_and_its_classifier(
    materials, monkeypatch
):
    plan = Plan.of(EXPERIMENTS["python-edition"], recipe=TODAY, seeds=(3,), epochs=1)
    generator = np.random.default_rng(0)
    shapes = [weight.shape for weight in model.conv_base(input_shape=(SIZE, SIZE, 3)).weights]
    shapes += [(512, 256), (256,), (256, 1), (1,)]
    arrays = {
        f"weight-{n}": generator.normal(size=shape).astype(np.float32)
        for n, shape in enumerate(shapes)
    } | {"optimizer-0": np.int64(1)}
    before = Plan.of(EXPERIMENTS["unfrozen"], recipe=TODAY, seeds=(3,))
    folder = before.folder(materials.digests, environment.software()) / "seed-3"
    checkpoint.save(folder, Checkpoint(30, arrays, {"history": {}}))
    monkeypatch.setattr(
        model, "conv_base", lambda **_: _keras.keras.applications.VGG16(
            weights=None, include_top=False, input_shape=(SIZE, SIZE, 3)
        )
    )  # fmt: skip
    seen = {}

    def fine_tune(base, *_, classifier, technique, seed, **__):
        seen.update(base=base.get_weights(), classifier=classifier, technique=technique)
        return seed_run(seed)

    monkeypatch.setattr(techniques, "_relative_changes", lambda *_: {})
    monkeypatch.setattr(training, "fine_tune", fine_tune)
    monkeypatch.setattr(_keras, "make_deterministic", lambda: None)
    run(plan, materials)
    for found, wanted in zip(
        [*seen["base"], *seen["classifier"]], list(arrays.values())[:-1], strict=True
    ):
        np.testing.assert_array_equal(found, wanted)
    assert seen["technique"].unfreeze_from == chapter.UNFREEZE_FROM_PYTHON_EDITION


def test_another_base_brings_its_own_weights_or_says_how_to_get_them(materials, monkeypatch):
    plan = Plan.of(EXPERIMENTS["base-mobilenet"], seeds=(0,), epochs=1)

    def offline(**_):
        raise Exception("URL fetch failure")  # what Keras raises

    monkeypatch.setattr(_keras.keras.applications, "MobileNet", offline)
    with pytest.raises(DownloadError, match=r"MobileNet.*URL fetch failure.*KERAS_HOME"):
        run(plan, materials)
    with pytest.raises(OptionError, match="demonstration"):
        run(plan, replace(materials, demonstration=True))


def test_another_bases_weights_are_the_ones_it_computes_with(monkeypatch):
    builder = _keras.keras.applications.MobileNet
    made = builder(weights=None, include_top=False, input_shape=(SIZE, SIZE, 3))
    monkeypatch.setattr(_keras.keras.applications, "MobileNet", lambda **_: made)
    tensors = weights.of_keras("MobileNet")
    assert len(tensors) == len(made.get_weights())
    again = builder(weights=None, include_top=False, input_shape=(SIZE, SIZE, 3))
    again.set_weights(list(tensors.values()))
    pictures = np.random.default_rng(0).random((1, SIZE, SIZE, 3), np.float32)
    # Called and not predicted with: no graph has to be traced for one picture.
    values = [_keras.as_array(one(pictures, training=False)) for one in (again, made)]
    np.testing.assert_array_equal(*values)
