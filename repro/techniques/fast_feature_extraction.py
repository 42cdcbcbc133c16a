"""Technique 1, fast feature extraction: about 90 % in a minute.

The chapter's steps:

1. Run the convolutional base once over every picture, and keep its feature maps.
2. Train a small classifier on them: dense 256, dropout, dense 1.

The base, by far the most expensive part, runs only once for every picture. So this is fast; for the
same reason no picture can be augmented.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from pydantic import JsonValue

from repro import chapter, features
from repro.folds import Features
from repro.plans import Trial
from repro.progress import Progress
from repro.record import SeedRun
from repro.techniques import Outcome
from repro.training.epochs import finish, fit_epoch
from repro.training.shared_passes import begin_classifier

#: An epoch takes half a second; writing its state each time would take a tenth more.
_KEEP_EVERY = 10


def run(trial: Trial) -> Outcome:
    """Extracts the feature maps and trains one classifier per seed."""
    extract = trial.extractor()
    folds = {fold: trial.features(fold, extract) for fold in chapter.EVALUATED}
    train = trial.features("train", extract)
    runs = tuple(train_classifier(trial, seed, train, folds) for seed in trial.seeds)
    return Outcome(runs, timings=_extraction_time(trial))


def train_classifier(
    trial: Trial, seed: int, train: Features, folds: Mapping[chapter.Fold, Features]
) -> SeedRun:
    """Trains one seed's classifier on kept feature maps, from its last checkpoint on.

    Args:
        trial: gives the hyperparameters, the recipe and the number of epochs.
        seed: of initial weights, order and dropout.
        train: the training fold's feature maps.
        folds: those of the folds to evaluate on, "validation" among them.
    """
    classifier = begin_classifier(trial, seed, train.values.shape[1:])
    title = f"{trial.hyperparameters.name}, seed {seed}"
    with Progress(title, trial.epochs, "epochs", done=classifier.epoch) as progress:
        while classifier.epoch < trial.epochs:
            fit_epoch(
                classifier,
                train.values,
                train.labels,
                folds["validation"],
                batch=trial.hyperparameters.batch,
                keep_every=_KEEP_EVERY if classifier.epoch + 1 < trial.epochs else 1,
            )
            progress.advance(1, f"validation accuracy {classifier.history['val_accuracy'][-1]:.3f}")
    return finish(classifier, folds)


def _extraction_time(trial: Trial) -> dict[str, float]:
    """Returns how long the pass took, even if its maps are from an earlier run and only reused."""
    taken = [features.seconds_taken(trial.feature_key(fold)) for fold in chapter.FOLDS]
    return {"features_seconds": sum(s for s in taken if s)} if all(taken) else {}


def probe_layers(trial: Trial) -> Outcome:
    """Runs the technique on the feature maps behind each of several layers.

    How well a classifier does on an early block's maps says how far that block has come towards
    cats and dogs. The outcome has the last layer's runs. Its observations hold each layer's
    validation accuracy, the mean over seeds after the last epoch, and all runs' epochs.
    """
    found = {layer: run(one).runs for layer, one in trial.layers().items()}
    accuracies: dict[str, JsonValue] = {
        layer: float(np.mean([one.history.val_accuracy[-1] for one in runs]))
        for layer, runs in found.items()
    }
    histories: dict[str, JsonValue] = {
        layer: [one.history.model_dump(mode="json") for one in runs]
        for layer, runs in found.items()
    }
    last = list(found.values())[-1]
    return Outcome(last, {"layers.accuracy": accuracies, "layers.histories": histories})
