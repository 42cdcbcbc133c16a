"""The layouts of weights in HDF5 files. Runs in a process of its own, see ``_apart``."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from repro.errors import WeightsError
from repro.weights._table import Tensors, refuse

#: A layer's group holds a kernel and a bias, at most two groups down (``layer/layer/kernel:0``).
_DEEPEST = 3
_MOST_LINKS = 16


def read(path: Path, shapes: Mapping[str, tuple[int, ...]]) -> Tensors:
    """Reads tensors of these shapes. The file may be hostile, but the HDF5 library is trusted.

    Raises:
        WeightsError: the file is damaged, another model's, or lacks such a tensor.
    """
    try:
        with h5py.File(path, "r", locking=False) as file:
            root = _layers_root(path, file, shapes)
            return {name: _read_tensor(path, root, name, shapes[name]) for name in shapes}
    except WeightsError:
        raise
    except Exception as error:  # of h5py's, whatever comes to it on damaged files
        if "truncated" in str(error):
            refuse(path, f"a truncated file of {path.stat().st_size:,} bytes")
        refuse(path, f"a damaged HDF5 file ({type(error).__name__}: {error!s:.200})")


def _layers_root(path: Path, file: Any, names: Iterable[str]) -> Any:
    """Returns the group that holds the layers' groups, or refuses another model's file."""
    root = file
    if "model_weights" in root:  # Model.save("….h5"): the whole model
        root = _member(path, root, "model_weights", h5py.Group)
    if "layers" in root or "_layer_checkpoint_dependencies" in root:
        refuse(path, "a Keras 3 checkpoint (.weights.h5), whose layers have no names")
    if "block3_conv4" in root:
        refuse(path, "the weights of VGG19 (block3_conv4 is there)")
    if "fc1" in root or "predictions" in root:
        refuse(path, "the weights of VGG16 with its top (dense layers are there)")
    missing = sorted({name.split("/")[0] for name in names} - set(root))
    if missing:
        refuse(path, f"an HDF5 file of another model (no {', '.join(missing)})")
    return root


def _member(path: Path, group: Any, name: str, *kinds: type) -> Any:
    """Returns a member that lies in this file: links to elsewhere are not followed."""
    if not isinstance(group.get(name, getlink=True), h5py.HardLink):
        refuse(f"{path}, {name}", "a link to elsewhere", expected="the tensor itself")
    member = group[name]
    if not isinstance(member, kinds):
        expected = " or ".join(kind.__name__.lower() for kind in kinds)
        refuse(f"{path}, {name}", f"a {type(member).__name__.lower()}", expected=f"a {expected}")
    return member


def _datasets(path: Path, group: Any, depth: int = 1) -> Iterator[Any]:
    if len(group) > _MOST_LINKS:
        refuse(f"{path}, {group.name}", f"{len(group)} entries", expected="a kernel and a bias")
    for name in group:
        member = _member(path, group, name, h5py.Group, h5py.Dataset)
        if isinstance(member, h5py.Dataset):
            yield member
        elif depth < _DEEPEST:
            yield from _datasets(path, member, depth + 1)


def _read_tensor(path: Path, root: Any, name: str, wanted: tuple[int, ...]) -> NDArray[np.float32]:
    """Reads one tensor. Rank tells a layer's kernel from its bias, since names vary by year."""
    layer, role = name.split("/")
    datasets = list(_datasets(path, _member(path, root, layer, h5py.Group)))
    of_role = [item for item in datasets if (item.ndim == 1) == (role == "bias")]
    if len(of_role) != 1:
        shapes = ", ".join(str(item.shape) for item in datasets) or "nothing"
        refuse(f"{path}, {name}", shapes, expected=f"one tensor of shape {wanted}")
    dataset = of_role[0]
    if dataset.shape != wanted:
        refuse(f"{path}, {name}", f"shape {dataset.shape}", expected=f"shape {wanted}")
    if dataset.dtype.kind != "f" or dataset.dtype.itemsize != 4:
        refuse(f"{path}, {name}", f"{dataset.dtype} values", expected="float32 values")
    if dataset.is_virtual or dataset.external:
        refuse(f"{path}, {name}", "values kept in another file", expected="the values themselves")
    # A resizable dataset's chunk may exceed its shape; HDF5 would make room for all of it.
    if dataset.chunks and math.prod(dataset.chunks) > 2 * math.prod(wanted):
        refuse(f"{path}, {name}", f"chunks of {dataset.chunks}", expected=f"shape {wanted}")
    return np.ascontiguousarray(dataset[()], "<f4")
