"""Where weights are, the user's file or Keras's own, and whether it is what it should be."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import numpy as np
from filelock import FileLock

from repro import settings
from repro.errors import DownloadError, WeightsError
from repro.weights import _apart
from repro.weights._table import FILE_NAME, TABLE, Tensors, own_copy, refuse, tensor_digest

URL = f"https://storage.googleapis.com/tensorflow/keras-applications/vgg16/{FILE_NAME}"
#: The file has 59 MB.
_LARGEST_BYTES = 2**27
_HDF5_MAGIC = b"\x89HDF\r\n\x1a\n"
#: VGG19 with its top has 575 MB, the right file 59 MB. Nothing larger is worth opening.
_LARGEST_FILE = 2**30


def cached() -> Path | None:
    """Returns Keras's own copy of the weights (``KERAS_HOME`` or ``~/.keras``), if it has one."""
    try:
        folder = Path(os.environ.get("KERAS_HOME") or "~/.keras").expanduser()
    except RuntimeError:  # nobody's home
        return None
    path = folder / "models" / FILE_NAME
    return path if path.is_file() else None


def find(given: Path | None = None) -> Path:
    """Finds the weights, and downloads them if they are nowhere on this machine.

    Looks at the given path or ``REPRO_WEIGHTS``, then in Keras's own cache, then in this project's
    cache, into which it downloads Keras's file. Only a download is verified here; what a user or
    Keras put in place is verified by :func:`load`, which reads it anyway.

    Args:
        given: the weights' file, or a folder that holds it under Keras's name.

    Raises:
        WeightsError: the given path does not exist, or the download is not the weights.
        DownloadError: the download failed.
    """
    given = given or settings.weights()
    if given is not None:
        return _at(given)
    return cached() or _download(own_copy())


def _at(given: Path) -> Path:
    path = given / FILE_NAME if given.is_dir() else given
    if not path.is_file():
        raise WeightsError(
            path,
            found="no such file",
            expected=f"the file {FILE_NAME}",
            remedy=f"Correct --weights or {settings.WEIGHTS}, or unset it to let the project "
            "look in Keras's cache and download the file.",
        )
    return path


def _download(path: Path) -> Path:
    if path.is_file():
        return path
    from repro import download

    # Keras publishes an MD5 only. The tensors' SHA-256 say more, so they are what is checked,
    # before the file gets the name under which the next run would find it.
    arrived = path.with_name(f"unverified-{path.name}")
    with FileLock(path.with_suffix(".lock")):
        if path.is_file():  # another process was faster
            return path
        try:
            load(download.fetch(URL, arrived, largest_bytes=_LARGEST_BYTES))
            arrived.replace(path)
        finally:
            arrived.unlink(missing_ok=True)
    return path


def of_keras(name: str, *, include_top: bool = False) -> Tensors:
    """Returns the ImageNet weights of one of the chapter's other bases, or of a whole model.

    Keras downloads them, checks its own checksum and keeps them in ``~/.keras`` (``KERAS_HOME``).
    Only VGG16's are verified tensor by tensor, by :func:`repro.weights.load`. Here the names are
    "000", "001", …, in the order of the base's ``weights``.

    Args:
        name: one of the models that the chapter lists.
        include_top: keeps the 1000-class classifier.

    Raises:
        DownloadError: they are not on this machine and cannot be downloaded.
    """
    from repro import _keras

    builder = getattr(_keras.keras.applications, name)
    try:
        base = builder(weights="imagenet", include_top=include_top, input_shape=None)
    except Exception as error:  # Keras raises Exception itself where a download fails
        raise DownloadError(
            f"ImageNet weights of {name}",
            found=f"no file that Keras accepts ({str(error).strip() or type(error).__name__})",
            expected="Keras's own copy under ~/.keras/models (or KERAS_HOME), or a network",
            remedy="Connect to a network once, or copy the file there from another machine.",
        ) from error
    values = enumerate(base.get_weights())
    return {f"{position:03d}": np.asarray(value, np.float32) for position, value in values}


# ------------------------------------------------------------------------------------------ reading


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
        if state.st_size > _LARGEST_FILE:
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
