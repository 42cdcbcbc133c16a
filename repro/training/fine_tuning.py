"""Technique 3, fine-tuning, and the other runs with the base in the training graph."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from repro import chapter, convnet, model
from repro.chapter import Technique
from repro.errors import OptionError
from repro.recipe import TODAY, Recipe
from repro.record import SeedRun
from repro.training.data import Pictures
from repro.training.in_graph import train_network
from repro.training.run import EvaluatedFold

if TYPE_CHECKING:
    from repro._keras import Precision

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
    if frozen:
        model.freeze(base)
    else:
        model.unfreeze(base)
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


def train_from_scratch(
    train: Pictures,
    folds: Mapping[EvaluatedFold, Pictures],
    *,
    seed: int,
    technique: Technique = chapter.FROM_SCRATCH,
    recipe: Recipe = TODAY,
    precision: Precision = "float32",
    epochs: int | None = None,
    folder: Path | None = None,
) -> SeedRun:
    """Trains the book's small convnet from its random initial weights.

    Args:
        train: the training fold's pictures, not augmented.
        folds: the folds to evaluate on, "validation" among them.
        seed: of initial weights, order, dropout and augmentation.
        technique: the hyperparameters.
        recipe: the year's augmentation and RMSprop.
        precision: of the computation.
        epochs: overrides the technique's.
        folder: of checkpoints, under which an interrupted run goes on; None keeps none.

    Returns:
        The run, evaluated after the last epoch.
    """
    height, width, channels = train.values.shape[1:]
    network = convnet.small_convnet(
        input_shape=(height, width, channels), seed=seed, precision=precision
    )
    return train_network(
        network,
        train,
        folds,
        seed=seed,
        augmentation_seed=seed,
        technique=technique,
        recipe=recipe,
        epochs=epochs,
        folder=folder,
    )


def _train(
    base: Any, *arguments: Any, classifier: ClassifierTensors | None, seed: int, **options: Any
) -> SeedRun:
    stack = model.stack_classifier(base, dropout=options["technique"].dropout, seed=seed)
    if classifier is not None:
        stack.get_layer("dense").set_weights(list(classifier[:2]))
        stack.get_layer("dense_1").set_weights(list(classifier[2:]))
    return train_network(stack, *arguments, seed=seed, **options)
