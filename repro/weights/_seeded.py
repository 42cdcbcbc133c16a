"""Random weights of the base's shapes, the same with every framework."""

from __future__ import annotations

import math

import numpy as np

from repro.weights._table import TABLE, Tensors

#: Standard deviation of the biases: small, but not zero, so that a bias that goes to the wrong
#: layer, or to none, shows.
BIAS_SCALE = 0.01


def seeded(seed: int) -> Tensors:
    """Draws weights for the base without any framework's initialiser.

    Kernels are He-normal, so that activations keep their scale through thirteen relu layers;
    biases are small. Each tensor has its own stream, ``default_rng([seed, position])``.

    Args:
        seed: not negative.

    Returns:
        float32 tensors with the names, shapes and order of :data:`TABLE`.
    """
    tensors: Tensors = {}
    for position, (name, entry) in enumerate(TABLE.items()):
        values = np.random.default_rng([seed, position]).standard_normal(entry.shape, np.float32)
        is_kernel = len(entry.shape) > 1
        scale = math.sqrt(2 / math.prod(entry.shape[:-1])) if is_kernel else BIAS_SCALE
        tensors[name] = values * np.float32(scale)
    return tensors
