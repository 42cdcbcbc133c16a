"""The names, shapes and digests of the base's 26 tensors, and how other files are refused."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import NoReturn

import numpy as np
from numpy.typing import NDArray
from pydantic import TypeAdapter

from repro import settings
from repro.errors import WeightsError

#: Tensors by name, "block1_conv1/kernel" (height, width, input channels, output channels) and
#: "block1_conv1/bias" (output channels,), float32, in the order of the layers.
Tensors = dict[str, NDArray[np.float32]]


@dataclass(frozen=True)
class TensorEntry:
    """What one tensor of the ImageNet weights has to be.

    Args:
        shape: (height, width, input channels, output channels) or (output channels,).
        sha256: hexadecimal digest of its float32 values, little-endian, in C order.
    """

    shape: tuple[int, ...]
    sha256: str


#: Every tensor of Keras's VGG16 without its top, in the order of the layers.
TABLE = TypeAdapter(dict[str, TensorEntry]).validate_json(
    resources.files(__package__).joinpath("vgg16_notop_tensors.json").read_bytes()
)

EXPECTED = "Keras's ImageNet weights of VGG16 without its top, an HDF5 file"
FILE_NAME = "vgg16_weights_tf_dim_ordering_tf_kernels_notop.h5"
_REMEDY = (
    f"Give the path of Keras's {FILE_NAME}, or leave --weights and {settings.WEIGHTS} out: the "
    "project then looks in Keras's cache, and downloads the file where it is not there."
)


def own_copy() -> Path:
    """Returns where the project keeps its own download."""
    return settings.home() / "weights" / FILE_NAME


def refuse(subject: object, found: str, *, expected: str = EXPECTED) -> NoReturn:
    """Raises :class:`WeightsError`."""
    ours = str(subject).startswith(str(own_copy()))
    remedy = "Delete the file and run again: it is downloaded anew." if ours else _REMEDY
    raise WeightsError(subject, found=found, expected=expected, remedy=remedy)


def tensor_digest(tensor: NDArray[np.float32]) -> str:
    """Returns the SHA-256 of a tensor's values as little-endian float32 in C order."""
    return hashlib.sha256(np.ascontiguousarray(tensor, "<f4").data).hexdigest()


def digest(tensors: Mapping[str, NDArray[np.float32]]) -> str:
    """Returns one SHA-256 for a set of tensors: names, shapes and values, in whatever order."""
    lines = (
        f"{name} {tuple(tensors[name].shape)} {tensor_digest(tensors[name])}\n"
        for name in sorted(tensors)
    )
    return hashlib.sha256("".join(lines).encode()).hexdigest()


#: Standard deviation of the biases: small, but not zero, so that a bias that goes to the wrong
#: layer, or to none, shows.
BIAS_SCALE = 0.01


def seeded(seed: int) -> Tensors:
    """Draws the tensors of :data:`TABLE` without any framework's initialiser.

    Kernels are He-normal, so that activations keep their scale through thirteen relu layers;
    biases are small. Each tensor has its own stream, ``default_rng([seed, position])``.
    """
    tensors: Tensors = {}
    for position, (name, entry) in enumerate(TABLE.items()):
        values = np.random.default_rng([seed, position]).standard_normal(entry.shape, np.float32)
        is_kernel = len(entry.shape) > 1
        scale = math.sqrt(2 / math.prod(entry.shape[:-1])) if is_kernel else BIAS_SCALE
        tensors[name] = values * np.float32(scale)
    return tensors
