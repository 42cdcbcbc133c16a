"""Training a whole network on augmented pictures, the next epoch's drawn while one trains."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from repro import model
from repro.augmentation import Spec
from repro.chapter import FOLD_SIZES, Technique
from repro.features import applied
from repro.progress import Progress
from repro.recipe import Recipe
from repro.record import SeedRun
from repro.training.data import Pictures, augmented_epoch
from repro.training.run import (
    EvaluatedFold,
    Run,
    finish,
    fit_epoch,
    restore,
    seed_folder,
)


def train_network(
    network: Any,
    train: Pictures,
    folds: Mapping[EvaluatedFold, Pictures],
    *,
    seed: int,
    technique: Technique,
    recipe: Recipe,
    epochs: int | None = None,
    augmentation_seed: int = 0,
    first_epoch: int = 0,
    folder: Path | None = None,
) -> SeedRun:
    """Trains what is trainable of a network.

    Args:
        network: float pictures (n, height, width, 3) → probabilities of "dog" (n, 1).
        train: the training fold's pictures, not augmented.
        folds: the folds to evaluate on, "validation" among them.
        seed: of the order and the dropout.
        technique: the hyperparameters.
        recipe: the year's augmentation and RMSprop.
        epochs: overrides the technique's.
        augmentation_seed: of the augmented pictures.
        first_epoch: number of the first epoch's augmentation.
        folder: of checkpoints, under which an interrupted run goes on; None keeps none.

    Returns:
        The run, evaluated after the last epoch.
    """
    total = technique.epochs if epochs is None else epochs
    pixels = model.from_pixels(network, recipe.preprocessing)
    model.compile(pixels, technique, recipe)
    run = Run(seed, pixels, applied(pixels), seed_folder(folder, seed))
    restore(run)
    spec = Spec.of(recipe) if technique.augmented else None
    count = pictures_an_epoch(technique, len(train.labels))
    passes = -(-count // len(train.labels))

    def pictures_of(epoch: int) -> NDArray[np.uint8]:
        # A second pass within an epoch sees other versions of the pictures, as the generator does.
        numbers = range((first_epoch + epoch) * passes, (first_epoch + epoch + 1) * passes)
        drawn = [augmented_epoch(train, spec, seed=augmentation_seed, epoch=n) for n in numbers]
        return drawn[0] if passes == 1 else np.concatenate(drawn)

    labels = np.tile(train.labels, passes)
    _epochs(run, Pictures(train.values, labels), folds, pictures_of, technique, (count, total))
    return finish(run, folds)


def pictures_an_epoch(technique: Technique, n: int) -> int:
    """Returns steps × batch, in proportion where the training fold is not the chapter's 2,000.

    Technique 0 takes 3,200 pictures an epoch: one pass and three fifths of the next.
    """
    return round(technique.steps * technique.batch * n / FOLD_SIZES["train"])


def _epochs(
    run: Run,
    train: Pictures,
    folds: Mapping[EvaluatedFold, Pictures],
    pictures_of: Callable[[int], NDArray[np.uint8]],
    technique: Technique,
    extent: tuple[int, int],
) -> None:
    count, total = extent
    with (
        ThreadPoolExecutor(1) as ahead,
        Progress(technique.name, total, "epochs", done=run.epoch) as progress,
    ):
        waiting: Future[NDArray[np.uint8]] | None = None
        while run.epoch < total:
            waiting = waiting if waiting is not None else ahead.submit(pictures_of, run.epoch)
            pictures = waiting.result()
            following = run.epoch + 1
            waiting = ahead.submit(pictures_of, following) if following < total else None
            fit_epoch(
                run,
                pictures,
                train.labels,
                folds["validation"],
                batch=technique.batch,
                pictures=(count, len(train.values)),
            )
            progress.advance(1, f"validation accuracy {run.history['val_accuracy'][-1]:.3f}")
