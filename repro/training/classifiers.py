"""Classifiers on feature maps: what techniques 1 and 2 train."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from repro import model
from repro.chapter import Technique
from repro.recipe import Recipe
from repro.training.run import Predict, Run, restore, seed_folder

#: Feature maps a call when predicting; predicting has no influence on training.
_PREDICT_BATCH = 500

#: Number of an epoch → the training fold in that epoch, (n, height, width, channels).
EpochFeatures = Callable[[int], NDArray[np.float32]]


def start(
    technique: Technique,
    recipe: Recipe,
    seed: int,
    *,
    feature_map: tuple[int, ...],
    steps: int,
    folder: Path | None,
) -> Run:
    """Builds a compiled classifier and puts it where its checkpoint, if there is one, left it."""
    network = model.classifier(dropout=technique.dropout, seed=seed, feature_map=feature_map)
    model.compile(network, technique, recipe, steps=steps)
    run = Run(seed, network, predicting(network), seed_folder(folder, seed))
    restore(run)
    return run


def predicting(network: Any) -> Predict:
    """Returns the network as a function of feature maps, in batches of one size."""

    def predict(values: NDArray[Any]) -> NDArray[np.float32]:
        parts = [
            np.asarray(network.predict_on_batch(np.asarray(values[start : start + _PREDICT_BATCH])))
            for start in range(0, len(values), _PREDICT_BATCH)
        ]
        return np.concatenate(parts)

    return predict
