"""Technique 1, fast feature extraction: the base once over every picture, no augmentation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from repro import chapter
from repro.chapter import Technique
from repro.progress import Progress
from repro.recipe import TODAY, Recipe
from repro.record import SeedRun
from repro.training import classifiers
from repro.training.data import Features
from repro.training.run import EvaluatedFold, finish, fit_epoch

_KEEP_EVERY = 10


def train_on_features(
    train: Features,
    folds: Mapping[EvaluatedFold, Features],
    *,
    seeds: Sequence[int],
    technique: Technique = chapter.FAST_FEATURE_EXTRACTION,
    recipe: Recipe = TODAY,
    epochs: int | None = None,
    folder: Path | None = None,
) -> tuple[SeedRun, ...]:
    """Trains the classifier on feature maps, once a seed.

    Args:
        train: the training fold's feature maps.
        folds: the folds to evaluate on, "validation" among them.
        seeds: of initial weights, order and dropout.
        technique: the hyperparameters.
        recipe: the year's RMSprop.
        epochs: overrides the technique's.
        folder: of checkpoints, under which an interrupted run goes on; None keeps none.

    Returns:
        One run a seed, evaluated after the last epoch.
    """
    total = technique.epochs if epochs is None else epochs
    steps = len(train.labels) // technique.batch
    finished = []
    for seed in seeds:
        run = classifiers.start(
            technique,
            recipe,
            seed,
            feature_map=train.values.shape[1:],
            steps=steps,
            folder=folder,
        )
        title = f"{technique.name}, seed {seed}"
        with Progress(title, total, "epochs", done=run.epoch) as progress:
            while run.epoch < total:
                fit_epoch(
                    run,
                    train.values,
                    train.labels,
                    folds["validation"],
                    batch=technique.batch,
                    # An epoch takes half a second here; writing its state would take a tenth more.
                    keep_every=_KEEP_EVERY if run.epoch + 1 < total else 1,
                )
                progress.advance(1, f"validation accuracy {run.history['val_accuracy'][-1]:.3f}")
        finished.append(finish(run, folds))
    return tuple(finished)
