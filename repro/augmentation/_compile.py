"""Compiling the kernels once, and finding a place for what was compiled."""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from repro import settings
from repro.recipe import Interpolation

#: Two threads that both find nothing compiled would trip over Numba's settings.
_COMPILING = threading.Lock()


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
    # Here, because Numba takes a tenth of a second that the command line needn't wait for.
    import numba

    from repro.augmentation import _kernel as kernels

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
    function = kernels.bilinear if interpolation == "bilinear" else kernels.nearest
    return compile_with_cache(compiler, function, settings.home() / "numba")


def compile_with_cache(
    compiler: Callable[..., Any], function: Callable[..., None], folder: Path
) -> Callable[..., None]:
    """Compiles with a cache where Numba would put it, else in a folder of ours, else without.

    Numba's places: ``NUMBA_CACHE_DIR``, next to the module, the user's cache folder. It gives up
    if it can write to none of them, as in a read-only installation without a home, and fails on a
    damaged file. Compiling again for a few seconds is better than either.

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
            return compiler(cache=True)(function)  # type: ignore[no-any-return]
        except Exception:  # noqa: S112 - whatever is wrong besides the cache, shows below again
            continue
        finally:
            config.CACHE_DIR = before
    return compiler(cache=False)(function)  # type: ignore[no-any-return]
