"""The names, shapes and digests of the base's 26 tensors."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources

import numpy as np
from numpy.typing import NDArray

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


def _read_table() -> dict[str, TensorEntry]:
    text = resources.files(__package__).joinpath("vgg16_notop_tensors.json").read_text("utf-8")
    return {
        name: TensorEntry(tuple(entry["shape"]), entry["sha256"])
        for name, entry in json.loads(text).items()
    }


#: Every tensor of Keras's VGG16 without its top, in the order of the layers.
TABLE: dict[str, TensorEntry] = _read_table()


def tensor_digest(tensor: NDArray[np.float32]) -> str:
    """Returns the SHA-256 of a tensor's values as little-endian float32 in C order."""
    return hashlib.sha256(np.ascontiguousarray(tensor, "<f4").data).hexdigest()


def digest(tensors: Mapping[str, NDArray[np.float32]]) -> str:
    """Returns one SHA-256 for a set of tensors: names, shapes and values, in whatever order.

    Args:
        tensors: float32 tensors by name.
    """
    lines = (
        f"{name} {tuple(tensors[name].shape)} {tensor_digest(tensors[name])}\n"
        for name in sorted(tensors)
    )
    return hashlib.sha256("".join(lines).encode()).hexdigest()
