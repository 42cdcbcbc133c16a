"""How often fingerprints err: ``python -m benchmarks.fingerprint_rates ORIGINALS [EVERY]``.

Every pair of different genuine pictures is compared for false accepts; every EVERY-th picture is
resized and re-encoded in all the ways below for false rejects. ``docs/data.md`` has the result.
"""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from itertools import product
from pathlib import Path

import numpy as np
from PIL import Image

from repro.dataset import fingerprints, naming
from repro.dataset.decoding import decode
from repro.dataset.fingerprints import Fingerprints, Table

SIZES = ((150, 150), (151, 173), (224, 224), (150, 300), (499, 375), (640, 480))
RESAMPLERS = ("NEAREST", "BILINEAR", "BICUBIC", "LANCZOS", "BOX")
QUALITIES = (60, 75, 90)


def ways() -> list[tuple[tuple[int, int], str, int]]:
    """Returns all (size, resampler, quality)."""
    extra = [((200, 200), "NEAREST", quality) for quality in QUALITIES]
    larger = [(size, "BILINEAR", quality) for size in SIZES for quality in QUALITIES[1:]]
    return extra + [(*way, 60) for way in product(SIZES, RESAMPLERS)] + larger


def change(content: bytes) -> Fingerprints:
    """Returns the fingerprints of a picture changed in all the ways."""
    picture = Image.fromarray(decode(content))
    prints = []
    for size, resampler, quality in ways():
        stream = io.BytesIO()
        resized = picture.resize(size, Image.Resampling[resampler])
        resized.save(stream, "JPEG", quality=quality)
        prints.append(fingerprints.compute(decode(stream.getvalue())))
    return fingerprints.stack(prints)


def different(table: Table) -> tuple[int, int, int, float]:
    """Compares all pairs of different pictures, the known near duplicates left out.

    Returns:
        Pairs compared, accepted by form alone, accepted by form and tone, and the smallest 1 - cos
        between two forms.
    """
    forms = table.fingerprints.form
    angles = 1 - forms @ forms.T
    rows, columns = np.triu_indices(len(forms), 1)
    known = np.array([row * len(forms) + column for row, column in table.doubles])
    kept = ~np.isin(rows * len(forms) + columns, known)
    by_form = int((angles[rows[kept], columns[kept]] <= fingerprints.FORM_TOLERANCE).sum())
    accepted = [p for p in table.fingerprints.pairs(table.fingerprints) if p[0] < p[1]]
    both = len(set(accepted) - set(table.doubles))
    return int(kept.sum()), by_form, both, float(angles[rows[kept], columns[kept]].min())


def main(arguments: list[str]) -> int:
    """Measures and prints both rates."""
    folder, every = Path(arguments[0]), int(arguments[1]) if len(arguments) > 1 else 1
    table = fingerprints.load()
    pairs, by_form, both, closest = different(table)
    print(f"different pictures: {pairs} pairs, accepted {both} (by form alone {by_form});", end=" ")
    print(f"closest forms {closest:.4f}, tolerance {fingerprints.FORM_TOLERANCE}")
    chosen = range(0, len(table.keys), every)
    files = [(folder / naming.file_name(*table.keys[i])).read_bytes() for i in chosen]
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        changed = list(pool.map(change, files, chunksize=16))
    rejected, farthest, tones = 0, 0.0, np.zeros(9)
    for i, prints in zip(chosen, changed, strict=True):
        genuine = table.fingerprints[[i] * len(prints)]
        rejected += int((~genuine.agrees(prints)).sum())
        farthest = max(farthest, float((1 - (genuine.form * prints.form).sum(1)).max()))
        tones = np.maximum(tones, np.abs(genuine.tone - prints.tone).max(0))
    total = len(files) * len(ways())
    print(f"changed pictures: {total} ({len(files)} in {len(ways())} ways), rejected {rejected};")
    print(f"farthest form {farthest:.4f}, luma {tones[0]:.2f}, chroma {tones[1:].max():.2f}")
    for name, alter in _ALTERATIONS.items():
        pictures = (Image.fromarray(decode(content)) for content in files)
        prints = fingerprints.stack([fingerprints.compute(np.asarray(alter(p))) for p in pictures])
        agreeing = int(table.fingerprints[list(chosen)].agrees(prints).sum())
        print(f"{name}, under its own number: accepted {agreeing} of {len(files)}")
    return 0


def _exchange(picture: Image.Image) -> Image.Image:
    red, green, blue = picture.split()
    return Image.merge("RGB", (blue, green, red))


def _add_noise(sigma: float, picture: Image.Image) -> Image.Image:
    noise = np.random.default_rng(0).normal(0, sigma, (*picture.size[::-1], 3))
    return Image.fromarray((np.asarray(picture) + noise).clip(0, 255).astype(np.uint8))


_ALTERATIONS: dict[str, Callable[[Image.Image], Image.Image]] = {
    "inverted": lambda picture: Image.eval(picture, lambda value: 255 - value),
    "rotated by 90°": lambda picture: picture.transpose(Image.Transpose.ROTATE_90),
    "rotated by 180°": lambda picture: picture.transpose(Image.Transpose.ROTATE_180),
    "mirrored": lambda picture: picture.transpose(Image.Transpose.FLIP_LEFT_RIGHT),
    "red and blue exchanged": _exchange,
    "without colour": lambda picture: picture.convert("L").convert("RGB"),
    "20 % darker": lambda picture: Image.eval(picture, lambda value: int(value * 0.8)),
    "cropped by 5 % a side": lambda picture: picture.crop((10, 10, 190, 190)),
    "noise of 25 grey levels": partial(_add_noise, 25.0),
    "noise of 50 grey levels": partial(_add_noise, 50.0),
}

if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
