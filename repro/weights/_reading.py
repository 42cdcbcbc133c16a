"""Reads the weights' HDF5 file, whoever made it, and verifies every tensor."""

from __future__ import annotations

import stat
from pathlib import Path

from repro.weights import _apart
from repro.weights._table import TABLE, Tensors, refuse, tensor_digest

_HDF5_MAGIC = b"\x89HDF\r\n\x1a\n"
#: VGG19 with its top has 575 MB, the right file 59 MB. Nothing larger is worth opening.
_LARGEST_BYTES = 2**30


def load(path: Path) -> Tensors:
    """Reads the base's tensors and verifies every one against the packaged table.

    Reads the layout of Keras's own file and of ``Model.save_weights("….h5")``. The file may come
    from anywhere: no link out of it is followed, and nothing is read before its size is known.

    Raises:
        WeightsError: the file is missing, no HDF5 file, truncated, another model's, or a tensor's
            shape or values are not those of the ImageNet weights.
    """
    _check_head(path)
    tensors = _apart.read(path, {name: entry.shape for name, entry in TABLE.items()})
    for name, tensor in tensors.items():
        found = tensor_digest(tensor)
        if found != TABLE[name].sha256:
            refuse(
                f"{path}, {name}",
                f"other values (SHA-256 {found[:12]}…)",
                expected=f"the ImageNet weights (SHA-256 {TABLE[name].sha256[:12]}…)",
            )
    return tensors


def _check_head(path: Path) -> None:
    """Refuses what is no HDF5 file, and says what it is instead."""
    try:
        state = path.stat()
        if not stat.S_ISREG(state.st_mode):  # opening a pipe would never end
            refuse(path, "no regular file")
        if state.st_size > _LARGEST_BYTES:
            refuse(path, f"a file of {state.st_size:,} bytes")
        with path.open("rb") as stream:
            head = stream.read(512)
    except OSError as error:
        refuse(path, (error.strerror or "no readable file").lower())
    if not head:
        refuse(path, "an empty file")
    if head.startswith(_HDF5_MAGIC):
        return
    text = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if text.startswith((b"<!doctype", b"<html", b"<?xml", b"<head", b"<error")):
        refuse(path, "a web page (an error page that was saved as a download?)")
    if text.startswith(b"version https://git-lfs"):
        refuse(path, "a Git LFS pointer in place of the file itself")
    refuse(path, f"no HDF5 file (it begins with {head[:8]!r})")
