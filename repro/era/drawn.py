"""What every release is given, drawn by whole-number arithmetic."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from repro.probe import _inputs

#: Height and width of the picture that is augmented: not square, so that axes show.
SMALL = (30, 40)
#: Height and width of the picture that is resized to the chapter's 150×150.
LARGE = (200, 260)


@cache
def arrays() -> dict[str, NDArray[Any]]:
    """Returns the drift probe's own inputs, and two pictures more, by name.

    Returns:
        ``pictures`` (8, 150, 150, 3) uint8, ``small`` (30, 40, 3) uint8 and ``large``
        (200, 260, 3) uint8; ``start`` (12,), ``gradients`` (3, 12), ``labels`` and
        ``predictions`` (n, 1), float32.
    """
    pictures = _inputs.pictures()
    labels, predictions = _inputs.predictions()
    row, column = 20, 60  # where the drawn disc, the bar and the ground meet
    return {
        "pictures": pictures,
        "small": pictures[5, row : row + SMALL[0], column : column + SMALL[1]],
        "large": np.tile(pictures[3], (2, 2, 1))[: LARGE[0], : LARGE[1]],
        "start": _inputs.start(),
        "gradients": _inputs.gradients(),
        "labels": labels,
        "predictions": predictions,
    }


def save(path: Path) -> Path:
    """Writes the arrays as an ``.npz`` file that NumPy has been able to read since 2017."""
    np.savez(path, **arrays())  # type: ignore[arg-type]
    return path
