"""Technique 2, feature extraction end to end: about 90 % with a frozen base.

The chapter's steps:

1. Stack a classifier, dense 256 and dense 1, onto the convolutional base.
2. Freeze the base: the classifier's first, large updates must not destroy what it has learned.
3. Compile, and train on augmented pictures: RMSprop at 2e-5, 30 epochs of 100 steps of 20.

:func:`run_stacked` follows the chapter's listing. :func:`run` gives the same classifiers, ten times
as fast: a frozen base is a function, so it need not be part of the model that is trained.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from repro import model
from repro.augmentation import Spec
from repro.chapter import EVALUATED
from repro.experiments import FeatureExtraction, Stacked
from repro.folds import augmented_epoch
from repro.plans import Trial
from repro.record import SeedRun
from repro.techniques import Outcome
from repro.training import train_on_pictures, train_on_shared_passes

#: All seeds see the same augmented pictures, so one pass of the base serves them all. What differs
#: between them is the classifier's initial weights and the order.
AUGMENTATION_SEED = 0


def run_stacked(trial: Trial) -> Outcome:
    """Trains base and classifier as one model, the plain way."""
    return Outcome(tuple(_train_stacked(trial, seed) for seed in trial.seeds))


def _train_stacked(trial: Trial, seed: int) -> SeedRun:
    assert isinstance(trial.plan.training, Stacked)
    base = trial.base()
    network = model.stack_classifier(base, dropout=trial.hyperparameters.dropout, seed=seed)
    if trial.plan.training.frozen:
        model.freeze(base)
    else:  # the mistake that the chapter warns of
        model.unfreeze(base)
    return train_on_pictures(trial, network, seed, augmentation_seed=AUGMENTATION_SEED)


def run(trial: Trial) -> Outcome:
    """Trains the same classifiers on the feature maps of each epoch's augmented pictures."""
    return run_together([trial])[0]


def run_together(trials: Sequence[Trial]) -> tuple[Outcome, ...]:
    """Trains the classifiers of several trials, of all their seeds, on the same passes of the base.

    Each outcome has the same bits as from a :func:`run` of that trial alone.

    Args:
        trials: of one precision; their recipes differ only in the optimiser.

    Raises:
        ValueError: the trials do not see the same feature maps.
    """
    seen = {(_spec(trial), trial.recipe.preprocessing) for trial in trials}
    if len(seen) != 1:
        raise ValueError(f"trials that share a base see one kind of pictures, not {len(seen)}")
    first = trials[0]
    extract, spec = first.extractor(), _spec(first)
    folds = {fold: first.features(fold, extract) for fold in EVALUATED}

    def features_of(epoch: int) -> NDArray[np.float32]:
        return extract(augmented_epoch(first.train, spec, seed=AUGMENTATION_SEED, epoch=epoch))

    return tuple(Outcome(runs) for runs in train_on_shared_passes(trials, features_of, folds))


def _spec(trial: Trial) -> Spec | None:
    assert isinstance(trial.plan.training, FeatureExtraction)
    return Spec.of(trial.recipe) if trial.plan.training.augmented else None
