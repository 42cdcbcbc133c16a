"""The resampling kernels, to be compiled by Numba; imported when they are first needed.

Whole numbers only: coordinates have 40 binary places, weights 24. So the bits don't depend on how
a processor rounds. The bilinear kernel works row by row in small loops, each of a kind that a
compiler turns into vector instructions; only fetching the four corners of a pixel is not.
"""

from __future__ import annotations

import numba
import numpy as np

from repro.augmentation._affine import PLACES

_HALF = 1 << (PLACES - 1)
#: Binary places of a weight, and how far a coordinate is shifted to get one.
_WEIGHT = np.uint32(24)
_SHIFT = PLACES - 24
_ONE = np.uint32(1 << 24)
_FRACTION = (1 << 24) - 1
#: Half a grey level, for rounding: ties go up.
_ROUND = np.uint32(1 << 23)
_BYTE = np.uint32(0xFF)
_RED = np.uint32(0)
_GREEN = np.uint32(8)
_BLUE = np.uint32(16)

_piece = numba.njit(error_model="numpy", boundscheck=False)


def nearest(pictures, sources, transforms, flips, out):  # type: ignore[no-untyped-def]
    n, height, width, _ = out.shape
    source = np.empty(width, np.uint32)
    for p in range(n):
        picture = pictures[sources[p]].reshape(-1)
        target = out[p].reshape(-1)
        for i in range(height):
            _find(transforms[p], i, source, height, width)
            _copy(picture, source, target, i, flips[p], width)


@_piece
def _find(m, i, source, height, width):  # type: ignore[no-untyped-def]
    last_row = np.int64(height - 1) << PLACES
    last_column = np.int64(width - 1) << PLACES
    first_y = m[0, 0] * i + m[0, 2]
    first_x = m[1, 0] * i + m[1, 2]
    for j in range(width):
        y = min(max(first_y + m[0, 1] * j, np.int64(0)), last_row)
        x = min(max(first_x + m[1, 1] * j, np.int64(0)), last_column)
        source[j] = (((y + _HALF) >> PLACES) * width + ((x + _HALF) >> PLACES)) * 3


@_piece
def _copy(picture, source, target, i, flip, width):  # type: ignore[no-untyped-def]
    # Unsigned indices spare the test for a negative one.
    t = np.uint64(i * width * 3)
    for j in range(width):
        s = np.uint64(source[width - 1 - j if flip else j])
        target[t] = picture[s]
        target[t + np.uint64(1)] = picture[s + np.uint64(1)]
        target[t + np.uint64(2)] = picture[s + np.uint64(2)]
        t += np.uint64(3)


def bilinear(pictures, sources, transforms, flips, out):  # type: ignore[no-untyped-def]
    n, height, width, _ = out.shape
    # A pixel a word, and the last row and column twice: every pixel has neighbours.
    words = np.empty((height + 1) * (width + 1), np.uint32)
    corner = np.empty(width, np.uint32)
    w01 = np.empty(width, np.uint32)
    w10 = np.empty(width, np.uint32)
    w11 = np.empty(width, np.uint32)
    a = np.empty(width, np.uint32)
    b = np.empty(width, np.uint32)
    c = np.empty(width, np.uint32)
    d = np.empty(width, np.uint32)
    row = np.empty(width, np.uint32)
    for p in range(n):
        _pack(pictures[sources[p]].reshape(-1), words, height, width)
        target = out[p].reshape(-1)
        for i in range(height):
            _locate(transforms[p], i, corner, w01, w10, w11, height, width)
            _fetch(words, corner, a, b, c, d, width)
            _blend(a, b, c, d, w01, w10, w11, row, width)
            _store(row, target, i, flips[p], width)


@_piece
def _pack(picture, words, height, width):  # type: ignore[no-untyped-def]
    stride = width + 1
    for i in range(height):
        for j in range(width):
            s = np.uint64(3 * (i * width + j))
            words[np.uint64(i * stride + j)] = (
                np.uint32(picture[s])
                | (np.uint32(picture[s + np.uint64(1)]) << _GREEN)
                | (np.uint32(picture[s + np.uint64(2)]) << _BLUE)
            )
        words[i * stride + width] = words[i * stride + width - 1]
    for j in range(stride):
        words[height * stride + j] = words[(height - 1) * stride + j]


@_piece
def _locate(m, i, corner, w01, w10, w11, height, width):  # type: ignore[no-untyped-def]
    last_row = np.int64(height - 1) << PLACES
    last_column = np.int64(width - 1) << PLACES
    first_y = m[0, 0] * i + m[0, 2]
    first_x = m[1, 0] * i + m[1, 2]
    for j in range(width):
        y = min(max(first_y + m[0, 1] * j, np.int64(0)), last_row)
        x = min(max(first_x + m[1, 1] * j, np.int64(0)), last_column)
        down = (y >> _SHIFT) & _FRACTION
        right = (x >> _SHIFT) & _FRACTION
        both = (down * right + (1 << 23)) >> 24
        w11[j] = both
        w01[j] = right - both
        w10[j] = down - both
        corner[j] = (y >> PLACES) * (width + 1) + (x >> PLACES)


@_piece
def _fetch(words, corner, a, b, c, d, width):  # type: ignore[no-untyped-def]
    for j in range(width):
        above = np.uint64(corner[j])
        below = above + np.uint64(width + 1)
        a[j] = words[above]
        b[j] = words[above + np.uint64(1)]
        c[j] = words[below]
        d[j] = words[below + np.uint64(1)]


@_piece
def _blend(a, b, c, d, w01, w10, w11, row, width):  # type: ignore[no-untyped-def]
    for j in range(width):
        # The four weights add up to exactly one: a constant picture stays constant. And a sum
        # stays below 255 · 2^24 + 2^23, within 32 bits.
        w00 = np.uint32(_ONE - w01[j] - w10[j] - w11[j])
        red = _sum(a[j], b[j], c[j], d[j], w00, w01[j], w10[j], w11[j], _RED)
        green = _sum(a[j], b[j], c[j], d[j], w00, w01[j], w10[j], w11[j], _GREEN)
        blue = _sum(a[j], b[j], c[j], d[j], w00, w01[j], w10[j], w11[j], _BLUE)
        row[j] = (red >> _WEIGHT) | ((green >> _WEIGHT) << _GREEN) | ((blue >> _WEIGHT) << _BLUE)


@numba.njit(inline="always")
def _sum(a, b, c, d, w00, w01, w10, w11, place):  # type: ignore[no-untyped-def]
    return np.uint32(
        np.uint32((a >> place) & _BYTE) * w00
        + np.uint32((b >> place) & _BYTE) * w01
        + np.uint32((c >> place) & _BYTE) * w10
        + np.uint32((d >> place) & _BYTE) * w11
        + _ROUND
    )


@_piece
def _store(row, target, i, flip, width):  # type: ignore[no-untyped-def]
    t = np.uint64(i * width * 3)
    for j in range(width):
        word = row[width - 1 - j if flip else j]
        target[t] = np.uint8(word)
        target[t + np.uint64(1)] = np.uint8(word >> _GREEN)
        target[t + np.uint64(2)] = np.uint8(word >> _BLUE)
        t += np.uint64(3)
