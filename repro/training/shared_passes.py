"""Classifiers on feature maps, which can share every pass of a frozen base over an epoch.

The pass goes through in large batches and without gradients, one epoch ahead of the classifiers. It
serves those of several seeds, and of several recipes that augment alike.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from repro import model
from repro.chapter import Fold
from repro.engines.keras import Applied
from repro.folds import Features
from repro.plans import Trial
from repro.progress import Progress
from repro.record import SeedRun
from repro.training.epochs import Run, begin, finish, fit_epoch, one_ahead

#: Feature maps a call when predicting; predicting has no influence on training.
_PREDICT_BATCH = 500


def begin_classifier(trial: Trial, seed: int, feature_map: tuple[int, ...]) -> Run:
    """Builds a seed's classifier of feature maps, (height, width, channels), and compiles it.

    It goes on where its last checkpoint left it. The seed is that of the initial weights, too.
    """
    hyperparameters = trial.hyperparameters
    network = model.classifier(dropout=hyperparameters.dropout, seed=seed, feature_map=feature_map)
    steps = len(trial.train.labels) // hyperparameters.batch
    model.compile(network, hyperparameters, trial.recipe, steps=steps)
    predict = Applied(network, _PREDICT_BATCH, filled=False)
    return begin(seed, network, predict, trial.seed_folder(seed))


def train_on_shared_passes(
    trials: Sequence[Trial],
    features_of: Callable[[int], NDArray[np.float32]],
    folds: Mapping[Fold, Features],
) -> tuple[tuple[SeedRun, ...], ...]:
    """Trains each trial's classifiers, one per seed, from their last checkpoints on.

    Each classifier has the same bits as if trained alone: nothing it sees depends on the others.

    Args:
        trials: they may differ in whatever leaves the pictures and the base alone: RMSprop,
            hyperparameters, seeds, epochs.
        features_of: number of an epoch → the training fold's feature maps in it, (n, height, width,
            channels).
        folds: feature maps of the folds to evaluate on, "validation" among them.
    """
    feature_map = folds["validation"].values.shape[1:]
    started = [
        [begin_classifier(trial, seed, feature_map) for seed in trial.seeds] for trial in trials
    ]
    sharing = [(run, trial) for runs, trial in zip(started, trials, strict=True) for run in runs]
    # Runs can be an epoch apart after an interruption, and some have fewer epochs than others:
    # an epoch is computed when a run needs it.
    needed = sorted({e for run, trial in sharing for e in range(run.epoch, trial.epochs)})
    total = max(trial.epochs for trial in trials)
    title, labels = trials[0].hyperparameters.name, trials[0].train.labels
    with Progress(title, total, "epochs", done=total - len(needed)) as progress:
        for epoch, values in zip(needed, one_ahead(features_of, needed), strict=True):
            for run, trial in sharing:
                if run.epoch == epoch < trial.epochs:
                    batch = trial.hyperparameters.batch
                    fit_epoch(run, values, labels, folds["validation"], batch=batch)
            progress.advance(1, _accuracies([run for run, _ in sharing]))
    return tuple(tuple(finish(run, folds) for run in runs) for runs in started)


def _accuracies(runs: Sequence[Run]) -> str:
    accuracies = [f"{run.history['val_accuracy'][-1]:.3f}" for run in runs]
    if len(accuracies) <= 5:
        return f"validation accuracy {', '.join(accuracies)}"
    return f"validation accuracy {min(accuracies)} to {max(accuracies)} of {len(accuracies)} runs"
