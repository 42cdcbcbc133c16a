"""Do dense layers still hold where things are? A linear probe for a picture's shift.

The chapter says that feature maps hold where objects are and that densely connected layers do not.
So each picture is shifted at random, and a linear probe has to say by how much: once from the
base's feature maps, once from the hidden layer of a classifier that technique 1 trained on them.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from pydantic import JsonValue

from repro import augmentation
from repro.augmentation import Spec
from repro.chapter import Fold
from repro.plans import Trial
from repro.techniques import Outcome, fast_feature_extraction
from repro.techniques.fine_tuning import trained_weights

#: The shifts are the chapter's: up to a fifth of the height and of the width, either way.
SHIFTS = Spec(rotation_range=0, shear_range=0, zoom_range=0, horizontal_flip=False)
SEED = 0
#: Ridge penalties to choose from, in parts of the features' mean variance times their number.
PENALTIES = 10.0 ** np.arange(-6, 3)

Values = NDArray[np.float64]


def run(trial: Trial) -> Outcome:
    """Trains technique 1's classifiers, and a probe before and behind their hidden layer.

    The observation ``position.r2`` holds the share of the shifts' variance that a probe explains on
    validation pictures: from the "features", and from the "hidden" layer, the mean over seeds.
    """
    classified = trial.technique_1()
    outcome = fast_feature_extraction.run(classified)
    extract = trial.extractor()

    def shifted(fold: Fold) -> tuple[Values, Values]:
        pictures, epoch = trial.materials.folds[fold].values, ("train", "validation").index(fold)
        moved, shifts = shift(pictures, epoch)
        return extract(moved).reshape(len(pictures), -1).astype(np.float64), shifts

    (features, shifts), (unseen, true) = shifted("train"), shifted("validation")
    hidden = []
    for seed in trial.seeds:
        kernel, bias = trained_weights(classified, seed)[:2]
        inside = [np.maximum(values @ kernel + bias, 0) for values in (features, unseen)]
        hidden.append(explained(inside[0], shifts, inside[1], true))
    found: dict[str, JsonValue] = {
        "features": explained(features, shifts, unseen, true),
        "hidden": float(np.mean(hidden)),
    }
    return Outcome(outcome.runs, {"position.r2": found}, outcome.timings)


def shift(pictures: NDArray[np.uint8], epoch: int) -> tuple[NDArray[np.uint8], Values]:
    """Shifts each picture at random, by how many pixels (n, 2); the border is repeated outside.

    Args:
        pictures: uint8 (n, height, width, 3).
        epoch: of the draw.
    """
    n, size = len(pictures), pictures.shape[1:3]
    drawn = augmentation.draw(SHIFTS, seed=SEED, epoch=epoch, pictures=range(n), size=size)
    moved = augmentation.apply(pictures, drawn, interpolation=SHIFTS.interpolation)
    return moved, np.stack([drawn.tx, drawn.ty], axis=1)


def explained(features: Values, targets: Values, unseen: Values, true: Values) -> float:
    """Returns R² of a ridge regression on pictures that it was not fitted to.

    The penalty is the one that does best on every fourth picture after fitting to the others, so
    nothing is chosen by hand.

    Args:
        features: (n, features) to fit to.
        targets: (n, outputs).
        unseen: (m, features) to predict from.
        true: (m, outputs).
    """
    fourth = np.arange(len(features)) % 4 == 0
    tried = _predictions(features[~fourth], targets[~fourth], features[fourth])
    errors = [np.square(predicted - targets[fourth]).mean() for predicted in tried]
    predicted = _predictions(features, targets, unseen)[int(np.argmin(errors))]
    return float(1 - np.square(predicted - true).sum() / np.square(true - true.mean(0)).sum())


def _predictions(features: Values, targets: Values, unseen: Values) -> list[Values]:
    """Returns what a ridge regression with each penalty predicts."""
    mean, centre = features.mean(0), targets.mean(0)
    inputs, outputs = features - mean, targets - centre
    values, vectors = np.linalg.eigh(inputs @ inputs.T)
    between, turned = (unseen - mean) @ inputs.T @ vectors, vectors.T @ outputs
    penalties = PENALTIES * max(values.mean(), np.finfo(float).tiny)
    shrunk = [turned / (values.clip(0) + penalty)[:, None] for penalty in penalties]
    return [between @ weights + centre for weights in shrunk]
