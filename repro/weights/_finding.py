"""Where weights are: the user's file, Keras's own cache, or Keras's download."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
from filelock import FileLock

from repro import settings
from repro.errors import DownloadError, WeightsError
from repro.weights._reading import load
from repro.weights._table import FILE_NAME, Tensors, own_copy

URL = f"https://storage.googleapis.com/tensorflow/keras-applications/vgg16/{FILE_NAME}"
#: The file has 59 MB.
_LARGEST_BYTES = 2**27


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
