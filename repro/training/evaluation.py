"""A model's probabilities against the labels, in NumPy: the same sums on every backend."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from repro.record import Evaluation

#: Keras clips probabilities to [1e-7, 1 - 1e-7], in float32, before it takes logarithms.
CLIP = np.float32(1e-7)
THRESHOLD = 0.5


def evaluate(probabilities: NDArray[np.float32], labels: NDArray[np.uint8]) -> Evaluation:
    """Counts what a model gets right and takes its mean binary cross-entropy.

    A probability above 0.5 means "dog", as Keras's binary accuracy has it.

    Args:
        probabilities: of "dog", (n,) or (n, 1).
        labels: (n,), cats 0 and dogs 1.
    """
    flat = np.asarray(probabilities, np.float64).reshape(-1)
    truth = np.asarray(labels).astype(bool)
    if flat.shape != truth.shape:
        raise ValueError(f"{flat.shape} probabilities for {truth.shape} labels")
    said_dog = flat > THRESHOLD
    clipped = np.clip(flat, float(CLIP), float(np.float32(1) - CLIP))
    losses = -np.where(truth, np.log(clipped), np.log1p(-clipped))
    cats, dogs = np.bincount(2 * truth + said_dog, minlength=4).reshape(2, 2).tolist()
    correct = cats[0] + dogs[1]
    return Evaluation(
        n=len(truth),
        correct=correct,
        accuracy=correct / len(truth),
        loss=float(losses.mean()),
        confusion=((cats[0], cats[1]), (dogs[0], dogs[1])),
        probabilities=tuple(round(float(p), 7) for p in flat),
    )
