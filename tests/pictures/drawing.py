"""Noisy pictures, saved as any kind of file."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image


def save(path: Path, seed: int = 0, size=(37, 53), mode: str = "RGB", **options) -> Path:
    """Saves a noisy picture of ``size`` (width, height)."""
    noise = np.random.default_rng(seed).integers(0, 256, (size[1], size[0], 3), dtype=np.uint8)
    Image.fromarray(noise).convert(mode).save(path, **options)
    return path
