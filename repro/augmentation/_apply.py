"""Pictures in, transformed pictures out."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numpy.typing import ArrayLike, NDArray

from repro import environment
from repro.augmentation._affine import fixed_point, matrices
from repro.augmentation._compile import kernel
from repro.augmentation._draw import Parameters, Spec, draw
from repro.errors import OptionError, check_known
from repro.recipe import Interpolation


def apply(
    pictures: NDArray[np.uint8], parameters: Parameters, *, interpolation: Interpolation
) -> NDArray[np.uint8]:
    """Resamples each picture once, about the centre, then mirrors it where its flip is set.

    The space outside a picture is filled with the nearest pixel of its border.

    Args:
        pictures: (n, height, width, 3) uint8.
        parameters: of the n pictures.
        interpolation: "nearest" or "bilinear". Bilinear values are rounded to the nearest grey
            level, halves up; Keras keeps the fractions.

    Raises:
        OptionError: if an array has another shape or type, or an option is unknown.
    """
    if len(pictures) != len(parameters):
        raise OptionError(
            "pictures",
            found=f"{len(pictures)} pictures",
            expected=f"{len(parameters)}, as many as parameters",
            remedy="Draw parameters for these pictures.",
        )
    return _resample(pictures, np.arange(len(parameters)), parameters, interpolation)


def augment(
    pictures: NDArray[np.uint8], indices: ArrayLike, spec: Spec, *, seed: int, epoch: int
) -> NDArray[np.uint8]:
    """Draws for and transforms n pictures of a set, in the order of ``indices``.

    Args:
        pictures: the whole set, (m, height, width, 3) uint8; may be memory-mapped, isn't copied.
        indices: which of them, in which order, (n,).
        spec: the distributions and the resampling.
        seed: of the run, >= 0.
        epoch: from 0.

    Raises:
        OptionError: as :func:`apply` does, or if an index is too large.
        ValueError: the seed, the epoch or an index is negative.
    """
    _check_pictures(pictures)
    size = (pictures.shape[1], pictures.shape[2])
    parameters = draw(spec, seed=seed, epoch=epoch, pictures=indices, size=size)
    sources = np.ascontiguousarray(indices, dtype=np.int64)
    if sources.size and sources.max() >= len(pictures):
        raise OptionError(
            "indices",
            found=str(sources.max()),
            expected=f"less than {len(pictures)}, the number of pictures",
            remedy="Count the pictures from 0.",
        )
    return _resample(pictures, sources, parameters, spec.interpolation)


def _resample(
    pictures: NDArray[np.uint8],
    sources: NDArray[np.int64],
    parameters: Parameters,
    interpolation: Interpolation,
) -> NDArray[np.uint8]:
    _check_pictures(pictures)
    check_known("interpolation", interpolation, ("nearest", "bilinear"))
    height, width = pictures.shape[1:3]
    transforms = fixed_point(matrices(parameters, (height, width)), max(height, width))
    target = np.empty((len(sources), *pictures.shape[1:]), np.uint8)
    if not target.size:
        return target
    resample = kernel(interpolation)
    inputs = np.ascontiguousarray(pictures)
    flips = np.ascontiguousarray(parameters.flip, dtype=np.bool_)

    def part(bounds: slice) -> None:
        resample(inputs, sources[bounds], transforms[bounds], flips[bounds], target[bounds])

    _in_threads(part, len(sources))
    return target


def _in_threads(part: Callable[[slice], None], n: int) -> None:
    """Calls ``part`` on slices that together are ``range(n)``, in a thread for each core.

    The threads live for one call: a pool kept for the next would be dead in a forked process, and
    starting them takes a tenth of a millisecond. Numba's own would share OpenMP with TensorFlow.
    """
    count = min(n, environment.cores())
    if count == 1:
        part(slice(0, n))
        return
    edges = [n * k // count for k in range(count + 1)]
    with ThreadPoolExecutor(count) as pool:
        list(pool.map(part, map(slice, edges[:-1], edges[1:])))


def _check_pictures(pictures: NDArray[np.uint8]) -> None:
    right = pictures.ndim == 4 and pictures.shape[-1] == 3 and pictures.dtype == np.uint8
    if not right or 0 in pictures.shape[1:]:
        raise OptionError(
            "pictures",
            found=f"an array of {pictures.dtype}, shape {pictures.shape}",
            expected="uint8, (n, height, width, 3)",
            remedy="Decode pictures with repro.pictures.",
        )
