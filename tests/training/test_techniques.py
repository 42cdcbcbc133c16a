"""The techniques do what the chapter describes, however they are computed."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from repro import augmentation, chapter, model, training
from repro.errors import OptionError
from repro.recipe import PUBLISHED, TODAY
from repro.training import classifiers, data, in_graph
from repro.training.run import Run, fit_epoch
from tests.training.conftest import FEATURES, blobs

# The chapter's techniques with a rate at which eighty small pictures teach something.
ONE = replace(chapter.FAST_FEATURE_EXTRACTION, learning_rate=1e-3, epochs=3)
TWO = replace(chapter.FEATURE_EXTRACTION, learning_rate=1e-3, epochs=3)
THREE = replace(chapter.FINE_TUNING, epochs=2)


def _without_times(run):
    plain = run.model_dump()
    del plain["history"]["seconds"]
    return plain


@pytest.fixture
def spied(monkeypatch):
    """Every model that a technique compiles, by its technique's number."""
    seen = []
    real = model.compile

    def compile_and_note(network, technique, recipe, **options):
        seen.append((network, technique, recipe))
        return real(network, technique, recipe, **options)

    monkeypatch.setattr(model, "compile", compile_and_note)
    return seen


@pytest.mark.parametrize("recipe", [PUBLISHED, TODAY], ids=lambda recipe: recipe.name)
def test_the_frozen_base_as_a_function_trains_what_the_stacked_model_trains(
    base, train, folds, extract, featured, spied, recipe
):
    """Same pictures, same order, float32: the classifiers agree to 1e-5 after twelve steps."""
    fast = training.train_frozen(extract, train, featured, seeds=[7], technique=TWO, recipe=recipe)
    plain = training.train_stacked(base, train, folds, seed=7, technique=TWO, recipe=recipe)
    ours, theirs = (network.trainable_weights for network, *_ in spied)
    initial = model.initial_classifier(7, FEATURES)
    for one, other, start in zip(ours, theirs, initial, strict=True):
        one, other = np.asarray(one), np.asarray(other)
        assert np.abs(one - start).max() > 1e-4
        np.testing.assert_allclose(one, other, atol=1e-5)
    np.testing.assert_allclose(fast[0].history.loss, plain.history.loss, atol=1e-5)
    assert fast[0].history.val_accuracy == plain.history.val_accuracy


def test_seeds_that_share_a_pass_are_the_seeds_alone(train, extract, featured):
    options = {"technique": TWO, "epochs": 2}
    together = training.train_frozen(extract, train, featured, seeds=[3, 4], **options)
    (alone,) = training.train_frozen(extract, train, featured, seeds=[4], **options)
    assert _without_times(together[1]) == _without_times(alone)
    assert together[0].history.loss != together[1].history.loss


def test_technique_1_learns_and_repeats(train_features, featured):
    options = {"seeds": [0], "technique": replace(ONE, epochs=10)}
    first = training.train_on_features(train_features, featured, **options)[0]
    again = training.train_on_features(train_features, featured, **options)[0]
    assert _without_times(first) == _without_times(again)
    assert first.evaluations["validation"].accuracy > 0.8
    assert first.evaluations["validation"].accuracy == first.history.val_accuracy[-1]
    assert len(first.history.loss) == 10


def test_technique_1_drops_half_of_the_units_and_technique_2_none(
    train, train_features, featured, extract, spied
):
    training.train_on_features(train_features, featured, seeds=[0], technique=ONE, epochs=1)
    training.train_frozen(extract, train, featured, seeds=[0], technique=TWO, epochs=1)
    rates = [
        [layer.rate for layer in network.layers if type(layer).__name__ == "Dropout"]
        for network, *_ in spied
    ]
    assert rates == [[chapter.FAST_FEATURE_EXTRACTION.dropout], []]


def test_seeds_of_technique_1_are_the_seeds_alone(train_features, featured):
    options = {"technique": ONE, "epochs": 1}
    together = training.train_on_features(train_features, featured, seeds=[3, 4], **options)
    assert [run.seed for run in together] == [3, 4]
    (alone,) = training.train_on_features(train_features, featured, seeds=[4], **options)
    assert _without_times(together[1]) == _without_times(alone)
    assert together[0].history.loss != together[1].history.loss


def test_what_is_trained_on_is_what_is_evaluated(train_features, featured):
    """At a rate of 0 nothing moves, so both are figures of the same model on the same pictures."""
    technique = replace(ONE, learning_rate=0.0, dropout=0.0)
    folds = {**featured, "train": train_features}
    options = {"technique": technique, "epochs": 1}
    (run,) = training.train_on_features(train_features, folds, seeds=[2], **options)
    assert run.history.loss[0] == pytest.approx(run.evaluations["train"].loss, rel=1e-4)
    assert run.history.accuracy[0] == pytest.approx(run.evaluations["train"].accuracy, abs=1e-6)


def test_the_last_epoch_is_what_is_evaluated(train_features, featured):
    """Not the best one: the history's last value and the evaluation are the same number."""
    technique = replace(ONE, learning_rate=1e-2, epochs=6)
    run = training.train_on_features(train_features, featured, seeds=[1], technique=technique)[0]
    assert run.evaluations["validation"].loss == run.history.val_loss[-1]
    assert len({*run.history.val_loss}) > 1


def test_fine_tuning_goes_on_from_the_classifier(base, train, folds, spied):
    classifier = [t + 0.01 for t in model.initial_classifier(5, FEATURES)]
    zero_rate = replace(THREE, learning_rate=0.0)
    run = training.fine_tune(
        base, train, folds, classifier=classifier, seed=0, technique=zero_rate, epochs=1
    )
    for tensor, given in zip(spied[0][0].get_weights()[-4:], classifier, strict=True):
        np.testing.assert_allclose(tensor, given, atol=1e-7)
    assert len(run.history.loss) == 1


def test_fine_tuning_trains_from_block_3_on_and_the_classifier(base, train, folds, spied):
    before = {layer.name: layer.get_weights() for layer in base.layers}
    classifier = [t + 0.01 for t in model.initial_classifier(5, FEATURES)]
    technique = replace(THREE, learning_rate=1e-4)
    training.fine_tune(
        base, train, folds, classifier=classifier, seed=0, technique=technique, epochs=1
    )
    network = spied[0][0]
    assert model.trainable_tensors(network) == 2 * 2 + 4
    for layer in base.layers:
        for value, given in zip(layer.get_weights(), before[layer.name], strict=True):
            assert np.array_equal(value, given) == layer.name.startswith("block1"), layer.name
    for tensor, given in zip(network.get_weights()[-4:], classifier, strict=True):
        assert not np.array_equal(tensor, given)


@pytest.mark.parametrize("classifier", [None, model.initial_classifier(9, FEATURES)])
def test_an_untrained_classifier_is_refused(base, train, folds, classifier):
    options = {"classifier": classifier, "seed": 9, "technique": THREE, "epochs": 1}
    with pytest.raises(OptionError, match="untrained"):
        training.fine_tune(base, train, folds, **options)
    run = training.fine_tune(base, train, folds, untrained=True, **options)
    assert len(run.history.loss) == 1


def test_an_unfrozen_base_moves_and_a_frozen_one_does_not(base, train, folds):
    first = base.get_layer("block1_conv1").get_weights()[0]
    technique = replace(TWO, epochs=1)
    training.train_stacked(base, train, folds, seed=0, technique=technique)
    np.testing.assert_array_equal(base.get_layer("block1_conv1").get_weights()[0], first)
    training.train_stacked(base, train, folds, seed=0, technique=technique, frozen=False)
    assert not np.array_equal(base.get_layer("block1_conv1").get_weights()[0], first)


def test_validation_and_test_pictures_are_never_augmented(
    base, train, folds, extract, featured, monkeypatch
):
    """Every augmented array is the training fold's, and predictions see whole folds as they are."""
    augmented, predicted = [], []
    real = augmentation.augment

    def spy(pictures, *arguments, **options):
        augmented.append(pictures)
        return real(pictures, *arguments, **options)

    monkeypatch.setattr(augmentation, "augment", spy)
    applied = in_graph.applied

    def spy_applied(network):
        predict = applied(network)

        def seen(values):
            predicted.append(values)
            return predict(values)

        return seen

    monkeypatch.setattr(in_graph, "applied", spy_applied)
    training.train_frozen(extract, train, featured, seeds=[0], technique=TWO, epochs=2)
    training.train_stacked(base, train, folds, seed=0, technique=TWO, epochs=2)
    assert len(augmented) == 4
    assert all(pictures is train.values for pictures in augmented)
    assert predicted
    whole = [fold.values for fold in folds.values()]
    assert all(any(values is fold for fold in whole) for values in predicted)


def test_an_epoch_sees_every_picture_once_and_no_two_orders_agree():
    orders = [data.order(seed, epoch, 200) for seed in (0, 1) for epoch in (0, 1, 2)]
    for chosen in orders:
        np.testing.assert_array_equal(np.sort(chosen), np.arange(200))
    assert len({chosen.tobytes() for chosen in orders}) == 6
    np.testing.assert_array_equal(data.order(1, 2, 200), orders[-1])


def test_pictures_keep_their_labels_when_shuffled(train_features):
    """Each step's batch: the chapter's twenty, features and labels of the same pictures."""
    batches = []

    class Spy:
        layers = ()
        trainable_weights = ()

        def fit(self, values, labels, **options):
            batches.append((values, labels, options))
            return type("H", (), {"history": {"accuracy": [0.5], "loss": [1.0]}})

    run = Run(0, Spy(), lambda values: np.full((len(values), 1), 0.5, np.float32))
    fit_epoch(run, train_features.values, train_features.labels, train_features, batch=20)
    values, labels, options = batches[0]
    assert options["batch_size"] == 20 and options["shuffle"] is False and options["epochs"] == 1
    by_value = {
        feature.tobytes(): label
        for feature, label in zip(train_features.values, train_features.labels, strict=True)
    }
    assert [by_value[feature.tobytes()] for feature in values] == labels.tolist()
    assert np.abs(np.diff(labels)).sum() > 2


def test_fine_tuning_sees_other_augmentations_than_technique_2(base, train, folds, monkeypatch):
    epochs = []
    real = augmentation.augment

    def spy(pictures, indices, spec, *, seed, epoch, **options):
        epochs.append(epoch)
        return real(pictures, indices, spec, seed=seed, epoch=epoch, **options)

    monkeypatch.setattr(augmentation, "augment", spy)
    classifier = [t + 0.01 for t in model.initial_classifier(5, FEATURES)]
    training.fine_tune(base, train, folds, classifier=classifier, seed=0, technique=THREE)
    assert epochs == [30, 31]


def test_predicting_in_parts_is_predicting():
    network = model.classifier(seed=1, feature_map=(1, 1, 8))
    values = np.random.default_rng(0).normal(size=(1203, 1, 1, 8)).astype(np.float32)
    whole = np.asarray(network.predict_on_batch(values))
    np.testing.assert_allclose(classifiers.predicting(network)(values), whole, atol=1e-6)


def test_from_scratch_takes_steps_times_batch_pictures(train, folds, monkeypatch):
    """100 steps of 32 are a pass of 2,000 and three fifths of another, in other versions."""
    technique = replace(chapter.FROM_SCRATCH, epochs=2)
    assert in_graph.pictures_an_epoch(technique, 2000) == 3200
    fitted, epochs = [], []
    real = augmentation.augment

    def spy(*arguments, epoch, **options):
        epochs.append(epoch)
        return real(*arguments, epoch=epoch, **options)

    monkeypatch.setattr(augmentation, "augment", spy)
    monkeypatch.setattr(
        in_graph, "fit_epoch", lambda run, *a, **o: (fitted.append((a, o)), _advance(run))
    )
    monkeypatch.setattr(in_graph, "finish", lambda run, folds: None)
    training.train_from_scratch(
        blobs(80, 1, size=150), {"validation": None}, seed=0, technique=technique
    )
    assert epochs == [0, 1, 2, 3]
    (values, labels, _), options = fitted[0]
    assert len(values) == len(labels) == 160 and options["pictures"] == (128, 80)
    assert not np.array_equal(values[:80], values[80:])
    np.testing.assert_array_equal(labels[:80], labels[80:])


def _advance(run):
    for values in run.history.values():
        values.append(0.5)


def test_passes_of_an_order_are_permutations_of_their_own_pictures():
    chosen = data.order(3, 1, 50, passes=3)
    for turn in range(3):
        part = np.sort(chosen[turn * 50 : (turn + 1) * 50])
        np.testing.assert_array_equal(part, np.arange(turn * 50, (turn + 1) * 50))
    np.testing.assert_array_equal(chosen[:50], data.order(3, 1, 50))
