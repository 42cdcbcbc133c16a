"""Technique 2, feature extraction end to end, with the frozen base as a function.

A frozen base computes the same feature maps wherever it stands. So an epoch's augmented pictures go
through it in large batches and without gradients, one epoch ahead of the classifiers, and the pass
is shared by the classifiers of several seeds, and of several recipes that augment alike. What is
trained is the same as in :func:`train_stacked`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from repro import chapter
from repro.augmentation import Spec
from repro.chapter import Technique
from repro.features import Extractor
from repro.progress import Progress
from repro.recipe import TODAY, Recipe
from repro.record import SeedRun
from repro.training import classifiers
from repro.training.data import Features, Pictures, augmented_epoch
from repro.training.run import EvaluatedFold, Run, finish, fit_epoch


@dataclass(frozen=True)
class Training:
    """Classifiers to train on the shared passes of a base.

    Args:
        seeds: of initial weights and order, one classifier each.
        technique: the hyperparameters.
        recipe: the year's augmentation and RMSprop.
        epochs: overrides the technique's.
        folder: of checkpoints, under which an interrupted run goes on; None keeps none.
    """

    seeds: Sequence[int]
    technique: Technique = chapter.FEATURE_EXTRACTION
    recipe: Recipe = TODAY
    epochs: int | None = None
    folder: Path | None = None

    @property
    def total_epochs(self) -> int:
        """The number of epochs to train."""
        return self.technique.epochs if self.epochs is None else self.epochs

    @property
    def spec(self) -> Spec | None:
        """The augmentation; None leaves the pictures as they are."""
        return Spec.of(self.recipe) if self.technique.augmented else None


def train_frozen(
    extract_pictures: Extractor,
    train: Pictures,
    folds: Mapping[EvaluatedFold, Features],
    *,
    seeds: Sequence[int],
    technique: Technique = chapter.FEATURE_EXTRACTION,
    recipe: Recipe = TODAY,
    epochs: int | None = None,
    augmentation_seed: int = 0,
    folder: Path | None = None,
) -> tuple[SeedRun, ...]:
    """Trains classifiers on augmented pictures, the base frozen.

    Args:
        extract_pictures: the frozen base, see :func:`repro.features.extractor`.
        train: the training fold's pictures, not augmented.
        folds: feature maps of the folds to evaluate on, "validation" among them.
        seeds: of initial weights and order; all share the augmented pictures.
        technique: the hyperparameters.
        recipe: the year's augmentation and RMSprop.
        epochs: overrides the technique's.
        augmentation_seed: of the augmented pictures.
        folder: of checkpoints, under which an interrupted run goes on; None keeps none.

    Returns:
        One run a seed, evaluated after the last epoch.
    """
    training = Training(seeds, technique, recipe, epochs, folder)
    (runs,) = train_frozen_together(
        extract_pictures, train, folds, [training], augmentation_seed=augmentation_seed
    )
    return runs


def train_frozen_together(
    extract_pictures: Extractor,
    train: Pictures,
    folds: Mapping[EvaluatedFold, Features],
    trainings: Sequence[Training],
    *,
    augmentation_seed: int = 0,
) -> tuple[tuple[SeedRun, ...], ...]:
    """Trains classifiers under several recipes on the same passes of the frozen base.

    The bits are those of a :func:`train_frozen` for each training: what a classifier sees depends
    on nothing that the others do.

    Args:
        extract_pictures: the frozen base, with the preprocessing of the trainings' recipes.
        train: the training fold's pictures, not augmented.
        folds: feature maps of the folds to evaluate on, "validation" among them.
        trainings: what to train. They may differ in whatever leaves the pictures and the base
            alone: RMSprop, hyperparameters, seeds, epochs.
        augmentation_seed: of the augmented pictures.

    Returns:
        Each training's runs, one a seed, evaluated after its last epoch.

    Raises:
        ValueError: the trainings do not see the same feature maps.
    """
    seen = {(training.spec, training.recipe.preprocessing) for training in trainings}
    if len(seen) != 1:
        raise ValueError(f"trainings that share a base see one kind of pictures, not {len(seen)}")
    ((spec, _),) = seen
    feature_map = folds["validation"].values.shape[1:]
    started = [
        tuple(_start(training, seed, feature_map, len(train.labels)) for seed in training.seeds)
        for training in trainings
    ]

    def features_of(epoch: int) -> NDArray[np.float32]:
        return extract_pictures(augmented_epoch(train, spec, seed=augmentation_seed, epoch=epoch))

    shared = [
        (run, training) for runs, training in zip(started, trainings, strict=True) for run in runs
    ]
    _train(shared, train, folds["validation"], features_of)
    return tuple(tuple(finish(run, folds) for run in runs) for runs in started)


def _start(training: Training, seed: int, feature_map: tuple[int, ...], n: int) -> Run:
    return classifiers.start(
        training.technique,
        training.recipe,
        seed,
        feature_map=feature_map,
        steps=n // training.technique.batch,
        folder=training.folder,
    )


def _train(
    shared: Sequence[tuple[Run, Training]],
    train: Pictures,
    validation: Features,
    features_of: classifiers.EpochFeatures,
) -> None:
    # Runs can be an epoch apart after an interruption, and some have fewer epochs than others:
    # an epoch is computed when a run needs it.
    needed = _needed(shared)
    total = max(training.total_epochs for _, training in shared)
    title = shared[0][1].technique.name
    with (
        ThreadPoolExecutor(1) as ahead,
        Progress(title, total, "epochs", done=total - len(needed)) as progress,
    ):
        waiting: Future[NDArray[np.float32]] | None = None
        for epoch, following in zip_longest(needed, needed[1:]):
            waiting = waiting if waiting is not None else ahead.submit(features_of, epoch)
            features = waiting.result()
            waiting = ahead.submit(features_of, following) if following is not None else None
            for run, training in shared:
                if run.epoch == epoch < training.total_epochs:
                    batch = training.technique.batch
                    fit_epoch(run, features, train.labels, validation, batch=batch)
            progress.advance(1, _accuracies(run for run, _ in shared))


def _needed(shared: Iterable[tuple[Run, Training]]) -> list[int]:
    spans = (range(run.epoch, training.total_epochs) for run, training in shared)
    return sorted({epoch for span in spans for epoch in span})


def _accuracies(runs: Iterable[Run]) -> str:
    accuracies = [f"{run.history['val_accuracy'][-1]:.3f}" for run in runs]
    if len(accuracies) <= 5:
        return f"validation accuracy {', '.join(accuracies)}"
    return f"validation accuracy {min(accuracies)} to {max(accuracies)} of {len(accuracies)} runs"
