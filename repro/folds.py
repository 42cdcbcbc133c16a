"""What models are trained on, and in which order."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from repro import augmentation
from repro.augmentation import Spec

# Keeps the order's random stream apart from those of the weights and the augmentation.
_ORDER = 0x02DE2


@dataclass(frozen=True)
class Pictures:
    """A fold's pictures.

    Args:
        values: uint8 (n, height, width, 3).
        labels: uint8 (n,), cats 0 and dogs 1.
    """

    values: NDArray[np.uint8]
    labels: NDArray[np.uint8]


@dataclass(frozen=True)
class Features:
    """A fold's feature maps.

    Args:
        values: float32 (n, height, width, channels).
        labels: uint8 (n,), cats 0 and dogs 1.
    """

    values: NDArray[np.float32]
    labels: NDArray[np.uint8]


def order(seed: int, epoch: int, n: int, *, passes: int = 1) -> NDArray[np.intp]:
    """Returns the order in which an epoch of a run takes n pictures, each once per pass.

    That is a permutation of each pass's pictures, pass by pass, (passes · n,). The second pass's
    pictures are n, n + 1, … and so on.
    """
    generator = np.random.default_rng([seed, epoch, n, _ORDER])
    return np.concatenate([generator.permutation(n) + turn * n for turn in range(passes)])


def augmented_epoch(
    pictures: Pictures, spec: Spec | None, *, seed: int, epoch: int
) -> NDArray[np.uint8]:
    """Returns every picture of a fold as it looks in one epoch, uint8 (n, height, width, 3).

    Without a ``spec`` they stay as they are.
    """
    if spec is None:
        return pictures.values
    indices = np.arange(len(pictures.labels))
    return augmentation.augment(pictures.values, indices, spec, seed=seed, epoch=epoch)
