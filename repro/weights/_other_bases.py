"""ImageNet weights of the chapter's other bases, as Keras downloads and keeps them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from repro.errors import DownloadError

if TYPE_CHECKING:
    from repro.weights._table import Tensors


def of_keras(name: str) -> Tensors:
    """Returns the ImageNet weights of one of the bases that Keras ships.

    Keras downloads them, checks its own checksum and keeps them in ``~/.keras`` (``KERAS_HOME``).
    Only VGG16's are verified tensor by tensor, by :func:`repro.weights.load`.

    Args:
        name: one of the models that the chapter lists.

    Returns:
        "000", "001", … → float32 arrays, in the order of the base's ``weights``.

    Raises:
        DownloadError: they are not on this machine and cannot be downloaded.
    """
    from repro import _keras

    builder = getattr(_keras.keras.applications, name)
    try:
        base = builder(weights="imagenet", include_top=False, input_shape=None)
    except Exception as error:  # Keras raises Exception itself where a download fails
        raise DownloadError(
            f"ImageNet weights of {name}",
            found=f"no file that Keras accepts ({str(error).strip() or type(error).__name__})",
            expected="Keras's own copy under ~/.keras/models (or KERAS_HOME), or a network",
            remedy="Connect to a network once, or copy the file there from a machine that has it.",
        ) from error
    return {
        f"{position:03d}": np.asarray(value, np.float32)
        for position, value in enumerate(base.get_weights())
    }
