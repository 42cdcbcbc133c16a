"""Technique 2: the fast way trains what the chapter's listing trains."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from repro import augmentation, checkpoint, model
from repro.engines.keras import _Applied
from repro.experiments import FeatureExtraction, Stacked
from repro.recipe import PUBLISHED, RECIPES, TODAY
from repro.techniques import feature_extraction
from repro.techniques.feature_extraction import run, run_stacked, run_together
from repro.training import on_pictures
from tests.small import FEATURES, plain, trial

#: Differs from today's in the optimiser alone.
OTHER = RECIPES["today-rmsprop-2017"]


@pytest.mark.parametrize("recipe", [PUBLISHED, TODAY], ids=lambda recipe: recipe.name)
def test_the_frozen_base_as_a_function_trains_what_the_stacked_model_trains(compiled, recipe):
    """Same pictures, same order, float32: the classifiers agree to 1e-5 after twelve steps."""
    options = {"seeds": (7,), "epochs": 3, "rate": 1e-3, "recipe": recipe}
    (fast,) = run(trial(FeatureExtraction(), **options)).runs
    (stacked,) = run_stacked(trial(Stacked(), **options)).runs
    ours, theirs = (network.trainable_weights for network in compiled)
    initial = model.initial_classifier(7, FEATURES)
    for one, other, start in zip(ours, theirs, initial, strict=True):
        one, other = np.asarray(one), np.asarray(other)
        assert np.abs(one - start).max() > 1e-4
        np.testing.assert_allclose(one, other, atol=1e-5)
    np.testing.assert_allclose(fast.history.loss, stacked.history.loss, atol=1e-5)
    assert fast.history.val_accuracy == stacked.history.val_accuracy


def test_seeds_that_share_a_pass_are_the_seeds_alone(monkeypatch, tmp_path):
    monkeypatch.setenv("REPRO_HOME", str(tmp_path / "together"))
    together = plain(run(trial(FeatureExtraction(), seeds=(3, 4), rate=1e-3)).runs)
    monkeypatch.setenv("REPRO_HOME", str(tmp_path / "alone"))
    assert plain(run(trial(FeatureExtraction(), seeds=(4,), rate=1e-3)).runs) == together[1:]
    assert together[0]["history"]["loss"] != together[1]["history"]["loss"]


@pytest.mark.parametrize("frozen", [True, False])
def test_a_frozen_base_keeps_every_bit_and_an_unfrozen_one_none(bases, frozen):
    run_stacked(trial(Stacked(frozen=frozen), epochs=1, rate=1e-3))
    (after, _), before = bases[0], feature_extraction.model.conv_base()
    for one, other in zip(after.get_weights(), before.get_weights(), strict=True):
        assert np.array_equal(one, other) == frozen


def test_augmentation_is_left_out_where_the_experiment_says_so(monkeypatch):
    seen = []
    real = augmentation.augment
    monkeypatch.setattr(
        augmentation, "augment", lambda *a, **o: seen.append(o["epoch"]) or real(*a, **o)
    )
    run(trial(FeatureExtraction(augmented=False)))
    assert seen == []
    run(trial(FeatureExtraction()))
    assert seen == [0, 1]


@pytest.mark.parametrize(
    ("technique", "training"), [(run, FeatureExtraction()), (run_stacked, Stacked())]
)
def test_validation_and_test_pictures_are_never_augmented(monkeypatch, technique, training):
    """Every augmented array is the training fold's, and predictions see whole folds as they are."""
    augmented, predicted = [], []
    real, apply = augmentation.augment, _Applied.__call__

    def spy(pictures, *arguments, **options):
        augmented.append(pictures)
        return real(pictures, *arguments, **options)

    def spy_apply(self, pictures):
        predicted.append(pictures)
        return apply(self, pictures)

    monkeypatch.setattr(augmentation, "augment", spy)
    monkeypatch.setattr(_Applied, "__call__", spy_apply)
    one = trial(training, epochs=2)
    technique(one)
    assert len(augmented) == 2 and all(pictures is one.train.values for pictures in augmented)
    whole = [fold.values for fold in one.evaluated.values()]
    seen = [values for values in predicted if len(values) == len(whole[0])]
    assert len(seen) >= 2
    assert all(any(np.array_equal(values, fold) for fold in whole) for values in seen)


# ------------------------------------------------------------------------------------ shared passes


def _pair(**options):
    return [
        trial(FeatureExtraction(), epochs=3, rate=1e-3, **options),
        trial(FeatureExtraction(), epochs=2, rate=1e-3, recipe=OTHER, **options),
    ]


def _final(one):
    kept = checkpoint.latest(one.seed_folder(0))
    return kept.epoch, {name: value.tobytes() for name, value in kept.arrays.items()}


@pytest.fixture
def passes(monkeypatch):
    """The epochs that are augmented, in order: one a pass of the base."""
    seen = []
    real = augmentation.augment
    monkeypatch.setattr(
        augmentation, "augment", lambda *a, **o: seen.append(o["epoch"]) or real(*a, **o)
    )
    return seen


@pytest.fixture
def separate(monkeypatch, tmp_path):
    """The pair one by one: their runs and their last checkpoints."""
    monkeypatch.setenv("REPRO_HOME", str(tmp_path / "separate"))
    alone = [(plain(run(one).runs), _final(one)) for one in _pair()]
    monkeypatch.setenv("REPRO_HOME", str(tmp_path / "together"))
    return alone


def test_together_is_each_alone_bit_for_bit(separate, passes):
    trials = _pair()
    outcomes = run_together(trials)
    assert [(plain(o.runs), _final(t)) for o, t in zip(outcomes, trials, strict=True)] == separate
    assert passes == [0, 1, 2], "one pass an epoch, whoever wants it"
    one, other = (runs[0]["history"]["loss"] for runs, _ in separate)
    assert len(one) == 3 and len(other) == 2
    assert one[:2] != other, "the recipes differ, or this shows nothing"


@pytest.mark.slow
def test_killed_between_the_recipes_and_resumed(separate, passes, monkeypatch):
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
        run_together(_pair())
    passes.clear()
    trials = _pair()
    outcomes = run_together(trials)
    assert [(plain(o.runs), _final(t)) for o, t in zip(outcomes, trials, strict=True)] == separate
    assert len(passes) == 2 and len(calls) == 5


@pytest.mark.parametrize(
    "other",
    [
        trial(FeatureExtraction(), recipe=PUBLISHED),
        trial(FeatureExtraction(), recipe=RECIPES["today-imagenet-preprocessing"]),
        trial(FeatureExtraction(augmented=False)),
    ],
    ids=["published", "imagenet preprocessing", "not augmented"],
)
def test_trials_that_see_other_pictures_are_refused(other):
    with pytest.raises(ValueError, match="one kind of pictures"):
        run_together([trial(FeatureExtraction()), other])


def test_from_scratch_and_fine_tuning_take_steps_times_batch_pictures():
    """100 steps of 32 are a pass of 2,000 and three fifths of another; 100 of 20 are one pass."""
    from repro import chapter

    counts = [on_pictures.pictures_an_epoch(one, 2000) for one in chapter.TECHNIQUES]
    assert counts == [3200, 2000, 2000, 2000]
    half = replace(chapter.FINE_TUNING, steps=50)
    assert on_pictures.pictures_an_epoch(half, 2000) == 1000
