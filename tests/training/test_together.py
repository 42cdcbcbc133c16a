"""Recipes that augment alike share the base's passes, and nothing else."""

from __future__ import annotations

from dataclasses import replace

import pytest

from repro import chapter, checkpoint
from repro.recipe import PUBLISHED, RECIPES, TODAY
from repro.training.frozen import Training, train_frozen, train_frozen_together

TWO = replace(chapter.FEATURE_EXTRACTION, learning_rate=1e-3, epochs=3)
#: Differs from today's in the optimiser alone.
OTHER = RECIPES["today-rmsprop-2017"]


def _plain(runs):
    plain = [run.model_dump() for run in runs]
    for run in plain:
        del run["history"]["seconds"]
    return plain


def _tensors(folder, seed):
    kept = checkpoint.latest(folder / f"seed-{seed}")
    return kept.epoch, {name: value.tobytes() for name, value in kept.arrays.items()}


def _trainings(folder):
    return [
        Training((0,), TWO, TODAY, None, folder / "today"),
        Training((0,), TWO, OTHER, 2, folder / "other"),
    ]


def _counted(extract, passes):
    def counting(pictures):
        passes.append(len(pictures))
        return extract(pictures)

    return counting


def _alone(extract, train, featured, training):
    return train_frozen(
        extract,
        train,
        featured,
        seeds=training.seeds,
        technique=training.technique,
        recipe=training.recipe,
        epochs=training.epochs,
        folder=training.folder,
    )


@pytest.fixture(scope="module")
def separate(extract, train, featured, tmp_path_factory):
    """The trainings one by one: their runs and their last checkpoints."""
    folder = tmp_path_factory.mktemp("separate")
    runs = [_plain(_alone(extract, train, featured, one)) for one in _trainings(folder)]
    return runs, [[_tensors(one.folder, s) for s in one.seeds] for one in _trainings(folder)]


def _outcome(extract, train, featured, folder):
    trainings = _trainings(folder)
    runs = train_frozen_together(extract, train, featured, trainings)
    kept = [[_tensors(one.folder, s) for s in one.seeds] for one in trainings]
    return [*map(_plain, runs)], kept


def test_together_is_each_alone_bit_for_bit(extract, train, featured, separate, tmp_path):
    passes = []
    together = _outcome(_counted(extract, passes), train, featured, tmp_path)
    assert together == separate
    assert passes == [len(train.labels)] * 3, "one pass an epoch, whoever wants it"
    one, other = (runs[0]["history"]["loss"] for runs in separate[0])
    assert len(one) == 3 and len(other) == 2
    assert one[:2] != other, "the recipes differ, or this shows nothing"


@pytest.mark.slow
def test_killed_between_the_recipes_and_resumed(
    extract, train, featured, separate, tmp_path, monkeypatch
):
    """One recipe is an epoch ahead of the other; nobody trains an epoch twice."""

    class KilledError(BaseException):
        pass

    real, calls = checkpoint.save, []

    def save(folder, kept):
        real(folder, kept)
        calls.append(folder)
        if len(calls) == 3:
            raise KilledError

    monkeypatch.setattr(checkpoint, "save", save)
    with pytest.raises(KilledError):
        _outcome(extract, train, featured, tmp_path)
    passes = []
    assert _outcome(_counted(extract, passes), train, featured, tmp_path) == separate
    assert len(passes) == 2 and len(calls) == 5


@pytest.mark.parametrize("recipe", [PUBLISHED, RECIPES["today-imagenet-preprocessing"]])
def test_recipes_that_see_other_pictures_are_refused(extract, train, featured, recipe):
    trainings = [Training((0,), TWO), Training((0,), TWO, recipe)]
    with pytest.raises(ValueError, match="one kind of pictures"):
        train_frozen_together(extract, train, featured, trainings)


def test_pictures_that_are_not_augmented_are_another_kind(extract, train, featured):
    trainings = [Training((0,), TWO), Training((0,), replace(TWO, augmented=False))]
    with pytest.raises(ValueError, match="one kind of pictures"):
        train_frozen_together(extract, train, featured, trainings)
