"""The resampling kernels, compiled by Numba on first use.

Whole numbers only: coordinates have 40 binary places, weights 24. So the bits don't depend on how
a processor rounds, and a 64-bit word carries two channels through one multiplication.
"""

from __future__ import annotations

import functools
import threading
from typing import TYPE_CHECKING, Any

import numpy as np

from repro import settings

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from repro.recipe import Interpolation

#: Binary places of a coordinate.
PLACES = 40
_HALF = 1 << (PLACES - 1)
#: Binary places of a weight, and how far a coordinate is shifted to get one.
_WEIGHT = 24
_SHIFT = PLACES - _WEIGHT
_ONE = 1 << _WEIGHT
_FRACTION = _ONE - 1
#: Red in the low half of a word, green in the high half; blue waits 16 bits up.
_RED_AND_GREEN = np.uint64(0x000000FF_000000FF)
_BYTE = np.uint64(0xFF)
#: A half in both halves, for rounding: ties go up.
_ROUND = np.uint64((1 << (_WEIGHT - 1)) | (1 << (_WEIGHT + 31)))
_TO_RED = np.uint64(_WEIGHT)
_TO_GREEN = np.uint64(_WEIGHT + 32)
_BLUE = np.uint64(16)
_HIGH = np.uint64(32)

#: Two threads that both find nothing compiled would trip over Numba's settings.
_COMPILING = threading.Lock()


def _nearest(pictures, sources, transforms, flips, out):  # type: ignore[no-untyped-def]
    n, height, width, _ = out.shape
    last_row = np.int64(height - 1) << PLACES
    last_column = np.int64(width - 1) << PLACES
    for p in range(n):
        picture = pictures[sources[p]].reshape(-1)
        target = out[p].reshape(-1)
        m = transforms[p]
        for i in range(height):
            first_y = m[0, 0] * i + m[0, 2]
            first_x = m[1, 0] * i + m[1, 2]
            t = (i * width + (width - 1 if flips[p] else 0)) * 3
            for j in range(width):
                y = min(max(first_y + m[0, 1] * j, np.int64(0)), last_row)
                x = min(max(first_x + m[1, 1] * j, np.int64(0)), last_column)
                s = (((y + _HALF) >> PLACES) * width + ((x + _HALF) >> PLACES)) * 3
                # Unsigned indices spare the test for a negative one.
                target[np.uint64(t)] = picture[np.uint64(s)]
                target[np.uint64(t + 1)] = picture[np.uint64(s + 1)]
                target[np.uint64(t + 2)] = picture[np.uint64(s + 2)]
                t += -3 if flips[p] else 3


def _bilinear(pictures, sources, transforms, flips, out):  # type: ignore[no-untyped-def]
    n, height, width, _ = out.shape
    last_row = np.int64(height - 1) << PLACES
    last_column = np.int64(width - 1) << PLACES
    words = np.empty(height * width, np.uint64)
    for p in range(n):
        picture = pictures[sources[p]].reshape(-1)
        for k in range(height * width):
            s = np.uint64(3 * k)
            words[np.uint64(k)] = (
                np.uint64(picture[s])
                | (np.uint64(picture[s + np.uint64(1)]) << _HIGH)
                | (np.uint64(picture[s + np.uint64(2)]) << _BLUE)
            )
        target = out[p].reshape(-1)
        m = transforms[p]
        for i in range(height):
            first_y = m[0, 0] * i + m[0, 2]
            first_x = m[1, 0] * i + m[1, 2]
            t = (i * width + (width - 1 if flips[p] else 0)) * 3
            for j in range(width):
                y = min(max(first_y + m[0, 1] * j, np.int64(0)), last_row)
                x = min(max(first_x + m[1, 1] * j, np.int64(0)), last_column)
                row = y >> PLACES
                column = x >> PLACES
                down = np.uint64((y >> _SHIFT) & _FRACTION)
                right = np.uint64((x >> _SHIFT) & _FRACTION)
                # The four weights add up to exactly one: a constant picture stays constant.
                w11 = (down * right + np.uint64(_ONE >> 1)) >> np.uint64(_WEIGHT)
                w01 = right - w11
                w10 = down - w11
                w00 = np.uint64(_ONE) - right - w10
                s0 = row * width + column
                s1 = s0 + (width if row < height - 1 else 0)
                step = 1 if column < width - 1 else 0
                a = words[np.uint64(s0)]
                b = words[np.uint64(s0 + step)]
                c = words[np.uint64(s1)]
                d = words[np.uint64(s1 + step)]
                both = (
                    (a & _RED_AND_GREEN) * w00
                    + (b & _RED_AND_GREEN) * w01
                    + (c & _RED_AND_GREEN) * w10
                    + (d & _RED_AND_GREEN) * w11
                    + _ROUND
                )
                blue = (
                    ((a >> _BLUE) & _BYTE) * w00
                    + ((b >> _BLUE) & _BYTE) * w01
                    + ((c >> _BLUE) & _BYTE) * w10
                    + ((d >> _BLUE) & _BYTE) * w11
                    + _ROUND
                )
                target[np.uint64(t)] = np.uint8(both >> _TO_RED)
                target[np.uint64(t + 1)] = np.uint8(both >> _TO_GREEN)
                target[np.uint64(t + 2)] = np.uint8(blue >> _TO_RED)
                t += -3 if flips[p] else 3


def kernel(interpolation: Interpolation) -> Callable[..., None]:
    """Returns the compiled kernel, from Numba's cache on disk where there is one.

    Called with pictures (m, h, w, 3) uint8, sources (n,) int64 into them, transforms (n, 2, 3)
    int64 with ``PLACES`` binary places, flips (n,) bool and out (n, h, w, 3) uint8; all contiguous.
    It holds no interpreter lock.
    """
    with _COMPILING:
        return _kernel(interpolation)


@functools.cache
def _kernel(interpolation: Interpolation) -> Callable[..., None]:
    import numba

    # Read-only inputs: memory-mapped pictures are, and a writable array passes for one.
    types = (
        numba.types.Array(numba.uint8, 4, "C", readonly=True),
        numba.types.Array(numba.int64, 1, "C", readonly=True),
        numba.types.Array(numba.int64, 3, "C", readonly=True),
        numba.types.Array(numba.boolean, 1, "C", readonly=True),
        numba.uint8[:, :, :, ::1],
    )
    compiler = functools.partial(
        numba.njit, numba.void(*types), nogil=True, error_model="numpy", boundscheck=False
    )
    function = _bilinear if interpolation == "bilinear" else _nearest
    return compile_with_cache(compiler, function, settings.home() / "numba")


def compile_with_cache(
    compiler: Callable[..., Any], function: Callable[..., None], folder: Path
) -> Callable[..., None]:
    """Compiles with a cache where Numba would put it, else in a folder of ours, else without.

    Numba's places: ``NUMBA_CACHE_DIR``, next to the module, the user's cache folder. It gives up
    where it can write to none of them, as in a read-only installation without a home, and fails
    on a damaged file. Compiling again, under a second, is better than either.

    Args:
        compiler: as ``numba.njit``, with all options but ``cache``.
        function: what to compile.
        folder: where to keep the cache when Numba finds no place.
    """
    from numba import config

    before = config.CACHE_DIR
    for cache_dir in (before, str(folder)):
        config.CACHE_DIR = cache_dir
        try:
            compiled: Callable[..., None] = compiler(cache=True)(function)
        except Exception:  # noqa: S112 - whatever is wrong besides the cache, shows below again
            continue
        else:
            return compiled
        finally:
            config.CACHE_DIR = before
    uncached: Callable[..., None] = compiler(cache=False)(function)
    return uncached
