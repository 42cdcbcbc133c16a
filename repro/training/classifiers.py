"""Classifiers on feature maps: what techniques 1 and 2 train."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from repro import model
from repro.plans import Trial
from repro.training.epochs import Predict, Run, begin

#: Feature maps a call when predicting; predicting has no influence on training.
_PREDICT_BATCH = 500


def start(trial: Trial, seed: int, feature_map: tuple[int, ...]) -> Run:
    """Builds a seed's classifier, compiles it, and puts it where its last checkpoint left it.

    Args:
        trial: gives the hyperparameters and the recipe.
        seed: of the initial weights, the order and the dropout.
        feature_map: shape of one feature map, (height, width, channels).
    """
    hyperparameters = trial.hyperparameters
    network = model.classifier(dropout=hyperparameters.dropout, seed=seed, feature_map=feature_map)
    steps = len(trial.train.labels) // hyperparameters.batch
    model.compile(network, hyperparameters, trial.recipe, steps=steps)
    return begin(seed, network, predicting(network), trial.seed_folder(seed))


def predicting(network: Any) -> Predict:
    """Returns the network as a function of feature maps, in batches of one size."""

    def predict(values: NDArray[Any]) -> NDArray[np.float32]:
        parts = [
            np.asarray(network.predict_on_batch(np.asarray(values[start : start + _PREDICT_BATCH])))
            for start in range(0, len(values), _PREDICT_BATCH)
        ]
        return np.concatenate(parts)

    return predict
