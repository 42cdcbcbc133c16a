"""Technique 2: the fast way trains what the chapter's listing trains."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from repro import checkpoint, model
from repro.engines.keras import Applied
from repro.experiments import FeatureExtraction, Stacked
from repro.recipe import PUBLISHED, RECIPES, TODAY
from repro.techniques import feature_extraction
from repro.techniques.feature_extraction import run, run_stacked, run_together
from repro.training import on_pictures
from tests.small import FEATURES, plain, trial

#: Differs from today's in the optimiser alone.
OTHER = RECIPES["today-rmsprop-2017"]


@pytest.mark.parametrize(
    "recipe",
    [PUBLISHED, pytest.param(TODAY, marks=pytest.mark.slow)],
    ids=lambda recipe: recipe.name,
)
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


@pytest.mark.parametrize("frozen", [True, False])
def test_a_frozen_base_keeps_every_bit_and_an_unfrozen_one_none(bases, frozen):
    run_stacked(trial(Stacked(frozen=frozen), epochs=1, rate=1e-3))
    (after, _), before = bases[0], feature_extraction.model.conv_base()
    for one, other in zip(after.get_weights(), before.get_weights(), strict=True):
        assert np.array_equal(one, other) == frozen


def test_augmentation_is_left_out_where_the_experiment_says_so(augmented, counted):
    run(trial(FeatureExtraction(augmented=False)))
    assert augmented == []
    run(trial(FeatureExtraction()))
    assert [epoch for *_, epoch in augmented] == [0, 1]


@pytest.mark.parametrize(
    ("technique", "training"), [(run, FeatureExtraction()), (run_stacked, Stacked())]
)
def test_validation_and_test_pictures_are_never_augmented(
    monkeypatch, augmented, technique, training
):
    """Every augmented array is the training fold's, and predictions see whole folds as they are."""
    predicted, apply = [], Applied.__call__

    def spy(self, pictures):
        predicted.append(pictures)
        return apply(self, pictures)

    monkeypatch.setattr(Applied, "__call__", spy)
    one = trial(training, epochs=1)
    technique(one)
    assert [pictures is one.train.values for pictures, *_ in augmented] == [True]
    whole = [one.materials.folds[fold].values for fold in ("validation", "test")]
    shown = [values for values in predicted if values.dtype == np.uint8]
    seen = [values for values in shown if len(values) == len(whole[0])]
    assert all(any(np.array_equal(values, fold) for fold in whole) for values in seen)
    assert all(any(np.array_equal(values, fold) for values in seen) for fold in whole)


# ------------------------------------------------------------------------------------ shared passes


def _today(*seeds):
    return trial(FeatureExtraction(), seeds=seeds, epochs=2, rate=1e-3)


def _shorter():
    return trial(FeatureExtraction(), epochs=1, rate=1e-3, recipe=OTHER)


def _made(trials, outcomes):
    """Each seed's run and its last checkpoint."""
    for one, outcome in zip(trials, outcomes, strict=True):
        for made in outcome.runs:
            kept = checkpoint.latest(one.seed_folder(made.seed))
            arrays = {name: value.tobytes() for name, value in kept.arrays.items()}
            yield (*plain([made]), kept.epoch, arrays)


@pytest.fixture
def separate(monkeypatch, tmp_path):
    """Two seeds of one recipe and one of another, shorter, one by one."""
    monkeypatch.setenv("REPRO_HOME", str(tmp_path / "separate"))
    alone = [_today(0), _today(3), _shorter()]
    made = list(_made(alone, map(run, alone)))
    monkeypatch.setenv("REPRO_HOME", str(tmp_path / "together"))
    return made


def test_together_is_each_alone_bit_for_bit(separate, augmented):
    augmented.clear()
    trials = [_today(0, 3), _shorter()]
    assert list(_made(trials, run_together(trials))) == separate
    passes = [epoch for *_, epoch in augmented]
    assert passes == [0, 1], "one pass an epoch, whoever wants it"
    zero, three, shorter = (one["history"]["loss"] for one, *_ in separate)
    assert zero != three, "the seeds differ, or this shows nothing"
    assert zero[:1] != shorter and len(shorter) == 1, "and the recipes"


@pytest.mark.slow
def test_killed_between_the_recipes_and_resumed(separate, augmented, monkeypatch):
    """One recipe is an epoch ahead of the other; nobody trains an epoch twice."""

    class KilledError(BaseException):
        pass

    real, calls = checkpoint.save, []

    def save(folder, kept):
        real(folder, kept)
        calls.append(folder)
        if len(calls) == 2:
            raise KilledError

    monkeypatch.setattr(checkpoint, "save", save)
    with pytest.raises(KilledError):
        run_together([_today(0, 3), _shorter()])
    augmented.clear()
    trials = [_today(0, 3), _shorter()]
    assert list(_made(trials, run_together(trials))) == separate
    assert len(augmented) == 2 and len(calls) == 5


@pytest.mark.parametrize(
    ("recipe", "augmented"),
    [("published", True), ("today-imagenet-preprocessing", True), ("today", False)],
)
def test_trials_that_see_other_pictures_are_refused(recipe, augmented):
    other = trial(FeatureExtraction(augmented=augmented), recipe=RECIPES[recipe])
    with pytest.raises(ValueError, match="one kind of pictures"):
        run_together([trial(FeatureExtraction()), other])


def test_from_scratch_and_fine_tuning_take_steps_times_batch_pictures():
    """100 steps of 32 are a pass of 2,000 and three fifths of another; 100 of 20 are one pass."""
    from repro import chapter

    counts = [on_pictures.pictures_an_epoch(one, 2000) for one in chapter.TECHNIQUES]
    assert counts == [3200, 2000, 2000, 2000]
    half = replace(chapter.FINE_TUNING, steps=50)
    assert on_pictures.pictures_an_epoch(half, 2000) == 1000
