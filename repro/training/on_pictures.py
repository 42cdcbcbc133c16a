"""Training a whole network on pictures, mostly augmented; the next epoch's are drawn meanwhile."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from repro import model
from repro.augmentation import Spec
from repro.chapter import FOLD_SIZES, Technique
from repro.engines.keras import Applied
from repro.folds import augmented_epoch
from repro.plans import Trial
from repro.progress import Progress
from repro.record import SeedRun
from repro.training.epochs import begin, finish, fit_epoch, one_ahead


def train_on_pictures(
    trial: Trial,
    network: Any,
    seed: int,
    *,
    augmentation_seed: int,
    first_epoch: int = 0,
    augmented: bool = True,
) -> SeedRun:
    """Compiles a network and trains what is trainable of it, from its last checkpoint on.

    Args:
        network: float pictures (n, height, width, 3) → probabilities of "dog" (n, 1).
        seed: of the order and the dropout.
        augmentation_seed: of the augmented pictures, unless ``augmented`` is false.
        first_epoch: number of the first epoch's augmentation.
    """
    technique, train = trial.hyperparameters, trial.train
    pixels = model.from_pixels(network, trial.recipe.preprocessing)
    # Whatever is frozen has been frozen by now: a change after compiling would be ignored.
    model.compile(pixels, technique, trial.recipe)
    run = begin(seed, pixels, Applied(pixels), trial.seed_folder(seed))
    spec = Spec.of(trial.recipe) if augmented else None
    count = pictures_an_epoch(technique, len(train.labels))
    passes = -(-count // len(train.labels))

    def pictures_of(epoch: int) -> NDArray[np.uint8]:
        # A second pass within an epoch sees other versions of the pictures, as the generator does.
        numbers = range((first_epoch + epoch) * passes, (first_epoch + epoch + 1) * passes)
        drawn = [augmented_epoch(train, spec, seed=augmentation_seed, epoch=n) for n in numbers]
        return drawn[0] if passes == 1 else np.concatenate(drawn)

    labels = np.tile(train.labels, passes)
    extent = (count, len(train.labels))
    with Progress(technique.name, trial.epochs, "epochs", done=run.epoch) as progress:
        for pictures in one_ahead(pictures_of, range(run.epoch, trial.epochs)):
            validation = trial.evaluated["validation"]
            fit_epoch(run, pictures, labels, validation, batch=technique.batch, pictures=extent)
            progress.advance(1, f"validation accuracy {run.history['val_accuracy'][-1]:.3f}")
    return finish(run, trial.evaluated)


def pictures_an_epoch(technique: Technique, n: int) -> int:
    """Returns steps × batch, scaled if the training fold does not have the chapter's 2,000.

    Technique 0 takes 3,200 pictures an epoch: one pass and three fifths of the next.
    """
    return round(technique.steps * technique.batch * n / FOLD_SIZES["train"])
