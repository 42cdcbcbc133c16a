"""Technique 3, fine-tuning, and any other training with the base in the training graph."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from repro import chapter, model
from repro.augmentation import Spec
from repro.chapter import Technique
from repro.errors import OptionError
from repro.features import applied
from repro.progress import Progress
from repro.recipe import TODAY, Recipe
from repro.record import SeedRun
from repro.training.data import Pictures, augmented_epoch
from repro.training.run import EvaluatedFold, Run, finish, fit_epoch, restore, seed_folder

#: Kernel and bias of the hidden layer, kernel and bias of the output: what a classifier learned.
ClassifierTensors = Sequence[NDArray[np.float32]]


def fine_tune(
    base: Any,
    train: Pictures,
    folds: Mapping[EvaluatedFold, Pictures],
    *,
    classifier: ClassifierTensors | None,
    seed: int,
    technique: Technique = chapter.FINE_TUNING,
    recipe: Recipe = TODAY,
    epochs: int | None = None,
    first_epoch: int = chapter.FEATURE_EXTRACTION.epochs,
    untrained: bool = False,
    folder: Path | None = None,
) -> SeedRun:
    """Trains the base's later layers together with a classifier that was trained before.

    Args:
        base: what :func:`repro.model.conv_base` returned, with its tensors. Its layers are changed.
        train: the training fold's pictures, not augmented.
        folds: the folds to evaluate on, "validation" among them.
        classifier: a trained classifier's tensors; None starts from the seed's initial ones.
        seed: of the order and the augmentation.
        technique: the hyperparameters; ``unfreeze_from`` names the first layer to train.
        recipe: the year's augmentation and RMSprop.
        epochs: overrides the technique's.
        first_epoch: number of the first epoch's augmentation. It goes on where technique 2 ended,
            so that no picture is seen a second time.
        untrained: allows a classifier that was never trained (an experiment).
        folder: of checkpoints, under which an interrupted run goes on; None keeps none.

    Returns:
        The run, evaluated after the last epoch.

    Raises:
        OptionError: the classifier is untrained and ``untrained`` is not set.
    """
    if not untrained:
        _refuse_untrained(classifier, seed, int(np.prod(base.output.shape[1:])))
    model.unfreeze_from(base, technique.unfreeze_from or base.layers[0].name)
    return _train(
        base,
        train,
        folds,
        classifier=classifier,
        seed=seed,
        augmentation_seed=seed,
        technique=technique,
        recipe=recipe,
        epochs=epochs,
        first_epoch=first_epoch,
        folder=folder,
    )


def train_stacked(
    base: Any,
    train: Pictures,
    folds: Mapping[EvaluatedFold, Pictures],
    *,
    seed: int,
    technique: Technique = chapter.FEATURE_EXTRACTION,
    recipe: Recipe = TODAY,
    epochs: int | None = None,
    augmentation_seed: int = 0,
    frozen: bool = True,
    folder: Path | None = None,
) -> SeedRun:
    """Trains technique 2 the plain way: base and classifier in one model, the base frozen.

    Args:
        base: what :func:`repro.model.conv_base` returned, with its tensors.
        train: the training fold's pictures, not augmented.
        folds: the folds to evaluate on, "validation" among them.
        seed: of the classifier's initial weights and the order.
        technique: the hyperparameters.
        recipe: the year's augmentation and RMSprop.
        epochs: overrides the technique's.
        augmentation_seed: of the augmented pictures.
        frozen: False leaves the base trainable, the mistake that the chapter warns of.
        folder: of checkpoints, under which an interrupted run goes on; None keeps none.

    Returns:
        The run, evaluated after the last epoch.
    """
    base.trainable = not frozen
    return _train(
        base,
        train,
        folds,
        classifier=None,
        seed=seed,
        augmentation_seed=augmentation_seed,
        technique=technique,
        recipe=recipe,
        epochs=epochs,
        first_epoch=0,
        folder=folder,
    )


def _refuse_untrained(classifier: ClassifierTensors | None, seed: int, features: int) -> None:
    found = None
    if classifier is None:
        found = "no trained classifier"
    elif not np.any(classifier[1]) and not np.any(classifier[3]):
        found = "a classifier whose biases are all zero, as before its first step"
    if found is None:
        return
    raise OptionError(
        "fine-tuning",
        found=found,
        expected=f"the trained weights of a classifier on {features} features",
        remedy="Large errors from an untrained classifier would destroy what the base has learned: "
        "train technique 2 first, or say --untrained to see that happen.",
    )


def _train(
    base: Any,
    train: Pictures,
    folds: Mapping[EvaluatedFold, Pictures],
    *,
    classifier: ClassifierTensors | None,
    seed: int,
    augmentation_seed: int,
    technique: Technique,
    recipe: Recipe,
    epochs: int | None,
    first_epoch: int,
    folder: Path | None,
) -> SeedRun:
    total = technique.epochs if epochs is None else epochs
    stack = model.stack_classifier(base, dropout=technique.dropout, seed=seed)
    if classifier is not None:
        stack.get_layer("dense").set_weights(list(classifier[:2]))
        stack.get_layer("dense_1").set_weights(list(classifier[2:]))
    network = model.from_pixels(stack, recipe.preprocessing)
    model.compile(network, technique, recipe)
    run = Run(seed, network, applied(network), seed_folder(folder, seed))
    restore(run)
    spec = Spec.of(recipe) if technique.augmented else None

    def pictures_of(epoch: int) -> NDArray[np.uint8]:
        return augmented_epoch(train, spec, seed=augmentation_seed, epoch=first_epoch + epoch)

    _epochs(run, train, folds["validation"], pictures_of, technique, total)
    return finish(run, folds)


def _epochs(
    run: Run,
    train: Pictures,
    validation: Pictures,
    pictures_of: Any,
    technique: Technique,
    total: int,
) -> None:
    # The next epoch's pictures are drawn while this one trains.
    with (
        ThreadPoolExecutor(1) as ahead,
        Progress(technique.name, total, "epochs", done=run.epoch) as progress,
    ):
        waiting: Future[NDArray[np.uint8]] = ahead.submit(pictures_of, run.epoch)
        while run.epoch < total:
            pictures = waiting.result()
            if run.epoch + 1 < total:
                waiting = ahead.submit(pictures_of, run.epoch + 1)
            fit_epoch(run, pictures, train.labels, validation, batch=technique.batch)
            progress.advance(1, f"validation accuracy {run.history['val_accuracy'][-1]:.3f}")
