"""Technique 2, feature extraction end to end, with the frozen base as a function.

A frozen base computes the same feature maps wherever it stands. So an epoch's augmented pictures go
through it in large batches and without gradients, one epoch ahead of the classifiers, and several
seeds' classifiers share the pass. What is trained is the same as in :func:`train_stacked`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
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
    total = technique.epochs if epochs is None else epochs
    spec = Spec.of(recipe) if technique.augmented else None
    runs = [
        classifiers.start(
            technique,
            recipe,
            seed,
            feature_map=next(iter(folds.values())).values.shape[1:],
            steps=len(train.labels) // technique.batch,
            folder=folder,
        )
        for seed in seeds
    ]

    def features_of(epoch: int) -> NDArray[np.float32]:
        return extract_pictures(augmented_epoch(train, spec, seed=augmentation_seed, epoch=epoch))

    _train(runs, train, folds["validation"], features_of, technique, total)
    return tuple(finish(run, folds) for run in runs)


def _train(
    runs: Sequence[Run],
    train: Pictures,
    validation: Features,
    features_of: classifiers.EpochFeatures,
    technique: Technique,
    total: int,
) -> None:
    # Seeds can be an epoch apart after an interruption; those ahead wait for the others.
    first = min(run.epoch for run in runs)
    with (
        ThreadPoolExecutor(1) as ahead,
        Progress(technique.name, total, "epochs", done=first) as progress,
    ):
        waiting: Future[NDArray[np.float32]] | None = None
        for epoch in range(first, total):
            waiting = waiting if waiting is not None else ahead.submit(features_of, epoch)
            features = waiting.result()
            waiting = ahead.submit(features_of, epoch + 1) if epoch + 1 < total else None
            behind = [run for run in runs if run.epoch == epoch]
            for run in behind:
                fit_epoch(run, features, train.labels, validation, batch=technique.batch)
            accuracies = ", ".join(f"{run.history['val_accuracy'][epoch]:.3f}" for run in runs)
            progress.advance(1, f"validation accuracy {accuracies}")
