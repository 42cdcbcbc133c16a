"""The inputs of every environment: pictures, gradients, predictions, drawn without a framework."""

from __future__ import annotations

from importlib import resources

import numpy as np
from numpy.typing import NDArray

from repro import chapter

PICTURES = 8
#: A JPEG file that the package drew once (200 × 160, colour at half resolution). It is kept as
#: bytes, because another encoder would make others of the same pixels.
JPEG_NAME = "fixed.jpg"
JPEG_SIZE = (160, 200)  # height, width
LEARNING_RATE = chapter.FEATURE_EXTRACTION.learning_rate


def pictures() -> NDArray[np.uint8]:
    """Draws eight pictures by integer arithmetic alone, (8, 150, 150, 3) uint8.

    A disc, a bar and waves of triangles on coloured grounds: edges, gradients and flat areas.
    """
    height, width = chapter.PICTURE_SIZE
    k, row, column, channel = np.ogrid[:PICTURES, :height, :width, : chapter.CHANNELS]
    ground = (row * (1 + k % 3) + column * (1 + channel) + 37 * k * (channel + 1)) % 512
    triangle = np.where(ground < 256, ground, 511 - ground)
    disc = (row - 45 - 8 * k) ** 2 + (column - 110 + 9 * k) ** 2 < (24 + 4 * k) ** 2
    bar = abs(2 * row - column * (k % 4) - 60) < 18
    texture = (row * 7 + column * (11 + k) + 50 * channel) % 97 * 2
    picture = np.where(disc, texture, np.where(bar, 255 - triangle, triangle // 2 + 60))
    drawn: NDArray[np.uint8] = picture.astype(np.uint8)
    return drawn


def jpeg() -> bytes:
    """Returns the JPEG file that is decoded and resized."""
    return resources.files(__package__).joinpath(JPEG_NAME).read_bytes()


def gradients() -> NDArray[np.float32]:
    """Returns the gradients of three steps of RMSprop, (3, 12) float32.

    Enough for the running mean to matter; magnitudes from far below both years' epsilon to far
    above.
    """
    magnitudes = np.array([float(f"1e{power}") for power in range(-9, 3)])
    signs = np.array([[1.0], [-0.5], [2.0]])
    steps: NDArray[np.float32] = (signs * magnitudes).astype(np.float32)
    return steps


def start() -> NDArray[np.float32]:
    """Returns the weights that the optimiser starts from, (12,) float32."""
    return (np.arange(-6, 6) / 8).astype(np.float32)


def predictions() -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Returns labels and probabilities, (n, 1) each: sure and wrong, undecided, and between."""
    probabilities = np.array([0.0, 1e-9, 1e-7, 1e-4, 0.01, 0.25, 0.4999, 0.5], np.float32)
    mirrored = np.concatenate([probabilities, np.float32(1) - probabilities])
    labels = np.repeat(np.array([0, 1], np.float32), len(mirrored))
    return labels[:, None], np.concatenate([mirrored, mirrored])[:, None]
