"""Reads the weights' HDF5 file, whoever made it, and verifies every tensor."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NoReturn

import h5py
import numpy as np
from numpy.typing import NDArray

from repro.errors import WeightsError
from repro.weights._table import TABLE, Tensors, tensor_digest

_EXPECTED = "Keras's ImageNet weights of VGG16 without its top, an HDF5 file"
_REMEDY = (
    "Delete the file and run again without --weights and REPRO_WEIGHTS to download it, or give "
    "the path of vgg16_weights_tf_dim_ordering_tf_kernels_notop.h5."
)
_HDF5_MAGIC = b"\x89HDF\r\n\x1a\n"
#: VGG19 with its top has 575 MB, the right file 59 MB. Nothing larger is worth opening.
_LARGEST_BYTES = 2**30
#: A layer's group holds a kernel and a bias, at most two groups down (``layer/layer/kernel:0``).
_DEEPEST = 3
_MOST_LINKS = 16


def load(path: Path) -> Tensors:
    """Reads the base's tensors and verifies every one against the packaged table.

    Reads the layout of Keras's own file and of ``Model.save_weights("….h5")``. The file may come
    from anywhere: no link out of it is followed, and nothing is read before its size is known.

    Args:
        path: the HDF5 file.

    Returns:
        float32 tensors by name ("block1_conv1/kernel", …), in the order of the layers.

    Raises:
        WeightsError: the file is missing, no HDF5 file, truncated, another model's, or a tensor's
            shape or values are not those of the ImageNet weights.
    """
    _check_head(path)
    try:
        with h5py.File(path, "r", locking=False) as file:
            root = _layers_root(path, file)
            tensors = {name: _read_tensor(path, root, name) for name in TABLE}
    except (OSError, RuntimeError, KeyError, ValueError, TypeError, UnicodeDecodeError) as error:
        if "truncated" in str(error):
            _refuse(path, f"a truncated file of {path.stat().st_size:,} bytes")
        _refuse(path, f"a damaged HDF5 file ({error})")
    for name, tensor in tensors.items():
        found = tensor_digest(tensor)
        if found != TABLE[name].sha256:
            _refuse(
                f"{path}, {name}",
                f"other values (SHA-256 {found[:12]}…)",
                expected=f"the ImageNet weights (SHA-256 {TABLE[name].sha256[:12]}…)",
            )
    return tensors


def _refuse(subject: object, found: str, *, expected: str = _EXPECTED) -> NoReturn:
    raise WeightsError(subject, found=found, expected=expected, remedy=_REMEDY)


def _check_head(path: Path) -> None:
    """Refuses what is no HDF5 file, and says what it is instead."""
    if path.is_dir():
        _refuse(path, "a directory")
    try:
        size = path.stat().st_size
        with path.open("rb") as stream:
            head = stream.read(512)
    except OSError as error:
        _refuse(path, (error.strerror or "no readable file").lower())
    if size > _LARGEST_BYTES:
        _refuse(path, f"a file of {size:,} bytes")
    if not head:
        _refuse(path, "an empty file")
    if head.startswith(_HDF5_MAGIC):
        return
    text = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if text.startswith((b"<!doctype", b"<html", b"<?xml", b"<head", b"<error")):
        _refuse(path, "a web page (an error page that was saved as a download?)")
    if text.startswith(b"version https://git-lfs"):
        _refuse(path, "a Git LFS pointer in place of the file itself")
    _refuse(path, f"no HDF5 file (it begins with {head[:8]!r})")


def _layers_root(path: Path, file: Any) -> Any:
    """Returns the group that holds the layers' groups, or refuses another model's file."""
    root = file
    if "model_weights" in root:  # Model.save("….h5"): the whole model
        root = _member(path, root, "model_weights", h5py.Group)
    if "layers" in root or "_layer_checkpoint_dependencies" in root:
        _refuse(path, "a Keras 3 checkpoint (.weights.h5), whose layers have no names")
    if "block3_conv4" in root:
        _refuse(path, "the weights of VGG19 (block3_conv4 is there)")
    if "fc1" in root or "predictions" in root:
        _refuse(path, "the weights of VGG16 with its top (dense layers are there)")
    missing = sorted({name.split("/")[0] for name in TABLE} - set(root))
    if missing:
        _refuse(path, f"an HDF5 file of another model (no {', '.join(missing)})")
    return root


def _member(path: Path, group: Any, name: str, *kinds: type) -> Any:
    """Returns a member that lies in this file: links to elsewhere are not followed."""
    if not isinstance(group.get(name, getlink=True), h5py.HardLink):
        _refuse(f"{path}, {name}", "a link to elsewhere", expected="the tensor itself")
    member = group[name]
    if not isinstance(member, kinds):
        expected = " or ".join(kind.__name__.lower() for kind in kinds)
        _refuse(f"{path}, {name}", f"a {type(member).__name__.lower()}", expected=f"a {expected}")
    return member


def _datasets(path: Path, group: Any, depth: int = 1) -> Iterator[Any]:
    if len(group) > _MOST_LINKS:
        _refuse(f"{path}, {group.name}", f"{len(group)} entries", expected="a kernel and a bias")
    for name in group:
        member = _member(path, group, name, h5py.Group, h5py.Dataset)
        if isinstance(member, h5py.Dataset):
            yield member
        elif depth < _DEEPEST:
            yield from _datasets(path, member, depth + 1)


def _read_tensor(path: Path, root: Any, name: str) -> NDArray[np.float32]:
    """Reads one tensor. A layer's kernel and bias are told apart by rank: names differ by year."""
    layer, role = name.split("/")
    wanted = TABLE[name].shape
    datasets = list(_datasets(path, _member(path, root, layer, h5py.Group)))
    of_role = [item for item in datasets if (item.ndim == 1) == (role == "bias")]
    if len(of_role) != 1:
        shapes = ", ".join(str(item.shape) for item in datasets) or "nothing"
        _refuse(f"{path}, {name}", shapes, expected=f"one tensor of shape {wanted}")
    dataset = of_role[0]
    if dataset.shape != wanted:
        _refuse(f"{path}, {name}", f"shape {dataset.shape}", expected=f"shape {wanted}")
    if dataset.dtype.kind != "f" or dataset.dtype.itemsize != 4:
        _refuse(f"{path}, {name}", f"{dataset.dtype} values", expected="float32 values")
    if dataset.is_virtual or dataset.external:
        _refuse(f"{path}, {name}", "values kept in another file", expected="the values themselves")
    # A resizable dataset's chunk may exceed its shape; HDF5 would make room for all of it.
    if dataset.chunks and math.prod(dataset.chunks) > 2 * math.prod(wanted):
        _refuse(f"{path}, {name}", f"chunks of {dataset.chunks}", expected=f"shape {wanted}")
    return np.ascontiguousarray(dataset[()], "<f4")
