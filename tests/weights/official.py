"""Files in the layout of Keras's own, of a small model, to be changed by tests."""

from __future__ import annotations

import io
from functools import cache
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from repro import chapter

#: A small model with VGG16's layer names, so that a test's file takes a moment and not 59 MB.
SMALL = {
    f"{row.name}/{role}": (3, 3, 2, 4) if role == "kernel" else (4,)
    for row in chapter.BASE_LAYERS
    if "conv" in row.name
    for role in ("kernel", "bias")
}
LAYERS = [row.name for row in chapter.BASE_LAYERS]


def write_official(path: Any, tensors, names="{layer}_{letter}_1:0", *, group: str = "/") -> Any:
    """Writes the layout of Keras's own file: a group a layer, names listed in attributes."""
    with h5py.File(path, "w") as file:
        root = file.require_group(group)
        root.attrs["layer_names"] = [name.encode() for name in LAYERS]
        for layer in LAYERS:
            member = root.create_group(layer)
            listed = []
            for role, letter in (("kernel", "W"), ("bias", "b")):
                if f"{layer}/{role}" in tensors:
                    name = names.format(layer=layer, letter=letter, role=role)
                    member.create_dataset(name, data=tensors[f"{layer}/{role}"])
                    listed.append(name.encode())
            member.attrs["weight_names"] = listed
    return path


def edit(path: Path):
    return h5py.File(path, "r+")


KERNEL = "block3_conv2/block3_conv2_W_1:0"


@cache
def official_bytes() -> bytes:
    stream = io.BytesIO()
    write_official(stream, {name: np.ones(shape, np.float32) for name, shape in SMALL.items()})
    return stream.getvalue()
