"""Quantities that involve no framework: they must have the same bits in every environment."""

from __future__ import annotations

import hashlib
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from repro import augmentation, folds
from repro import pictures as decoding
from repro.probe import _inputs
from repro.probe._schema import Bits, Floats
from repro.recipe import PUBLISHED, TODAY

SEED, EPOCH = 2017, 12
#: Values of a large array that a probe keeps.
KEPT = 512


def bits(array: NDArray[Any]) -> Bits:
    """Digests an array of integers or floats."""
    return Bits(shape=array.shape, sha256=_sha256(array))


def floats(array: NDArray[Any]) -> Floats:
    """Digests float32 values and keeps :data:`KEPT` to twice as many of them, evenly picked."""
    plain = np.ascontiguousarray(array, "<f4")
    # Odd, so that it passes through all channels and not only through multiples of a power of 2.
    every = plain.size // KEPT | 1
    values = tuple(float(value) for value in plain.reshape(-1)[::every])
    return Floats(shape=plain.shape, sha256=_sha256(plain), every=every, values=values)


def _sha256(array: NDArray[Any]) -> str:
    plain = np.ascontiguousarray(array, array.dtype.newbyteorder("<"))
    return hashlib.sha256(plain.tobytes()).hexdigest()


def measure() -> dict[str, Bits]:
    """Returns digests of inputs, decoding, resizing, augmentation and order."""
    drawn = _inputs.pictures()
    found = {"pictures": bits(drawn), **_decoded()}
    fold = folds.Pictures(drawn, np.arange(len(drawn), dtype=np.uint8) % 2)
    for recipe in (PUBLISHED, TODAY):
        spec = augmentation.Spec.of(recipe)
        epoch = folds.augmented_epoch(fold, spec, seed=SEED, epoch=EPOCH)
        found[f"augmentation.{recipe.name}"] = bits(epoch)
    orders = [folds.order(SEED, epoch, 2000) for epoch in range(3)]
    return {**found, "order": bits(np.stack(orders).astype(np.int64))}


def _decoded() -> dict[str, Bits]:
    with tempfile.TemporaryDirectory() as temporary:
        path = Path(temporary) / _inputs.JPEG_NAME
        path.write_bytes(_inputs.jpeg())

        def load(**options: Any) -> Bits:
            cache = Path(temporary) / "cache"
            return bits(np.array(decoding.load([path], cache=cache, **options)))

        return {
            "decoding": load(size=_inputs.JPEG_SIZE),
            "resizing.nearest": load(interpolation="nearest"),
            "resizing.bilinear": load(interpolation="bilinear"),
        }
