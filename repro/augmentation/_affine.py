"""Transformations as matrices, in the Keras generator's conventions."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from repro.augmentation._draw import Parameters
from repro.errors import OptionError

#: Binary places of a coordinate in a kernel.
PLACES = 40
#: A coordinate stays below this many pixels, so that it fits 63 bits with all binary places.
_FARTHEST = float(1 << 22)
#: pi/2 as a sum: the first term has 33 bits, so its small multiples are exact (fdlibm).
_HALF_PI = (1.57079632673412561417e00, 6.07710050650619224932e-11)
#: Terms of the Taylor series; up to pi/4 the next one is below 1e-19.
_TERMS = 9


def sine_and_cosine(angle: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Returns the sine and the cosine of angles in radians, the same bits on every platform.

    NumPy's own differ in the last bits from one processor and version to the next; sums and
    products don't.
    """
    turns = np.rint(angle * (2 / np.pi))
    x = (angle - turns * _HALF_PI[0]) - turns * _HALF_PI[1]
    square = x * x
    sine = np.ones_like(x)
    cosine = np.ones_like(x)
    for k in range(_TERMS, 0, -1):
        sine = 1.0 - sine * square / (2 * k * (2 * k + 1))
        cosine = 1.0 - cosine * square / (2 * k * (2 * k - 1))
    sine = sine * x
    quadrant = turns.astype(np.int64) % 4
    odd = quadrant % 2 == 1
    return (
        np.where(odd, cosine, sine) * np.where(quadrant >= 2, -1.0, 1.0),
        np.where(odd, sine, cosine) * np.where((quadrant == 1) | (quadrant == 2), -1.0, 1.0),
    )


def matrices(parameters: Parameters, size: tuple[int, int]) -> NDArray[np.float64]:
    """Returns the matrices that take output coordinates to input coordinates.

    rotation · shift · shear · zoom about the centre, with the shear matrix
    [[1, -sin s], [0, cos s]]; then, where the axes are "column_row", both axes exchanged, the
    centre with them, as Keras does since 2.9 (a wrong centre for pictures that are not square:
    Keras's own, kept on purpose). The flip is not in the matrix.

    Args:
        parameters: of n pictures.
        size: (height, width) in pixels.

    Returns:
        (n, 3, 3) float64, for column vectors (row, column, 1) in pixels; the first pixel is 0.
    """
    p = parameters
    sin, cos = sine_and_cosine(p.theta)
    shear_sin, shear_cos = sine_and_cosine(p.shear)
    # Written out, because a matrix product may fuse a multiplication and an addition into one
    # rounding, or not, depending on the processor.
    a = cos * p.zx
    b = (-(cos * shear_sin) - sin * shear_cos) * p.zy
    c = sin * p.zx
    d = (-(sin * shear_sin) + cos * shear_cos) * p.zy
    half = 0.5 if p.centre == "shifted" else -0.5
    first, second = size[0] / 2 + half, size[1] / 2 + half
    offset_first = (cos * p.tx - sin * p.ty) + (first - (a * first + b * second))
    offset_second = (sin * p.tx + cos * p.ty) + (second - (c * first + d * second))
    rows = [[a, b, offset_first], [c, d, offset_second]]
    if p.axes == "column_row":
        rows = [[d, c, offset_second], [b, a, offset_first]]
    result = np.zeros((len(p), 3, 3))
    result[:, :2] = np.moveaxis(np.array(rows), 2, 0)
    result[:, 2, 2] = 1.0
    return result


def fixed_point(transforms: NDArray[np.float64], longest: int) -> NDArray[np.int64]:
    """Returns the upper two rows of matrices, as the kernels want them.

    That is (n, 2, 3) int64 with ``PLACES`` binary places, contiguous.

    Args:
        transforms: of :func:`matrices`, (n, 3, 3).
        longest: the longer side of the pictures, in pixels.

    Raises:
        OptionError: if a coordinate is not finite, or too large.
    """
    top = transforms[:, :2]
    reach = np.abs(top[..., :2]).sum(-1) * longest + np.abs(top[..., 2])
    if not np.all(reach < _FARTHEST):
        raise OptionError(
            "parameters",
            found="a transformation that is not finite, or that goes far outside the picture",
            expected=f"coordinates below {_FARTHEST:.0f} pixels",
            remedy="Check the shifts and zooms.",
        )
    return np.ascontiguousarray(np.floor(top * float(1 << PLACES) + 0.5).astype(np.int64))
