"""Pictures drawn for the tests: smooth colour fields, each unlike the others, and sets of them."""

from __future__ import annotations

import io
import struct
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PIL import Image

from repro import dataset
from repro.chapter import CLASSES, PREFIXES, Fold
from repro.dataset import fingerprints
from repro.dataset.fingerprints import Table

if TYPE_CHECKING:
    from pathlib import Path

    from repro.dataset.naming import Key

SPLIT: dict[Fold, range] = {
    "train": range(1, 7),
    "validation": range(7, 10),
    "test": range(10, 13),
}
KEYS: list[Key] = [(name, number) for name in CLASSES for number in range(1, 13)]
SIZE = (96, 80)


def draw(key: Key, salt: int = 0) -> Image.Image:
    generator = np.random.default_rng([salt, CLASSES.index(key[0]), key[1]])
    coarse = generator.integers(0, 256, (5, 6, 3), np.uint8)
    picture = Image.fromarray(coarse).resize(SIZE, Image.Resampling.BICUBIC)
    grain = generator.normal(0, 6, (SIZE[1], SIZE[0], 3))
    return Image.fromarray((np.asarray(picture) + grain).clip(0, 255).astype(np.uint8))


def encode(picture: Image.Image, quality: int = 90, **options: object) -> bytes:
    stream = io.BytesIO()
    picture.save(stream, "JPEG", quality=quality, **options)
    return stream.getvalue()


def promising(width: int, height: int, content: bytes) -> bytes:
    """A JPEG of a few bytes with a header that promises ``width`` × ``height`` pixels."""
    place = content.index(b"\xff\xc0") + 5
    return content[:place] + struct.pack(">HH", height, width) + content[place + 4 :]


def pixels(picture: Image.Image) -> np.ndarray:
    return np.asarray(picture.convert("RGB"))


def contents() -> dict[Key, bytes]:
    return {key: encode(draw(key)) for key in KEYS}


def table() -> Table:
    prints = [fingerprints.compute(pixels(draw(key))) for key in KEYS]
    return Table(tuple(KEYS), fingerprints.stack(prints))


def take_for_genuine(table: Table, monkeypatch: pytest.MonkeyPatch) -> None:
    """Puts a table in the packaged one's place."""
    load = fingerprints.load
    monkeypatch.setattr(fingerprints, "load", lambda *path: load(*path) if path else table)


def write_flat(folder: Path, files: dict[Key, bytes]) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for (class_name, number), content in files.items():
        (folder / f"{PREFIXES[class_name]}.{number}.jpg").write_bytes(content)
    return folder


def prepare(originals: Path, destination: Path | None = None, **options: Any) -> dataset.Split:
    """Makes a set of the drawn pictures, by default without looking whether they are genuine."""
    return dataset.prepare(originals, destination, **{"split": SPLIT, "genuine": False} | options)


def state(folder: Path) -> dict[str, object]:
    """Everything about a folder's files that a user could notice."""
    files = (path for path in folder.rglob("*") if path.is_file())
    return {
        str(path.relative_to(folder)): (
            path.stat().st_mtime_ns,
            path.stat().st_mode,
            path.read_bytes(),
        )
        for path in files
    }
