"""Classifiers on feature maps: what techniques 1 and 2 train."""

from __future__ import annotations

from repro import model
from repro.engines.keras import Applied
from repro.plans import Trial
from repro.training.epochs import Run, begin

#: Feature maps a call when predicting; predicting has no influence on training.
_PREDICT_BATCH = 500


def start(trial: Trial, seed: int, feature_map: tuple[int, ...]) -> Run:
    """Builds a seed's classifier of feature maps, (height, width, channels), and compiles it.

    It goes on where its last checkpoint left it. The seed is that of the initial weights, too.
    """
    hyperparameters = trial.hyperparameters
    network = model.classifier(dropout=hyperparameters.dropout, seed=seed, feature_map=feature_map)
    steps = len(trial.train.labels) // hyperparameters.batch
    model.compile(network, hyperparameters, trial.recipe, steps=steps)
    predict = Applied(network, _PREDICT_BATCH, filled=False)
    return begin(seed, network, predict, trial.seed_folder(seed))
