"""What each genuine picture looks like, in 44 bytes; public copies of Kaggle's set may be false.

A fingerprint is the picture seen from far away: shrunk to 32×32, ignoring the aspect ratio as the
chapter's loader does, and then its lowest spatial frequencies (discrete cosine transform, type
II). Re-encoding and resizing change what is high-frequency. It has two parts:

- *form*: 35 frequencies of the luma, as a direction: independent of contrast, its sign matters, so
  an inverted picture is the opposite and a rotated one something else;
- *tone*: mean luma and four frequencies of each chroma channel, in grey levels: a picture without
  colours or with red and blue exchanged has the right form and a wrong tone.

How the tolerances were chosen, and how often they err: ``docs/data.md``.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy import fft

from repro.chapter import CLASSES
from repro.dataset.naming import Key

PACKAGED = Path(__file__).parent / "fingerprints.npz"
#: Largest angle between two forms of the same picture, as 1 - cos.
FORM_TOLERANCE = 0.025
#: Largest differences of tone, in grey levels: mean luma, then the chroma frequencies.
LUMA_TOLERANCE = 8.0
CHROMA_TOLERANCE = 4.0

_SIDE = 32
_ORDERS = 8
#: Below this norm, in grey levels, a picture is a plain surface, and its form is noise.
_PLAIN = 1.0
_FORM = [(v, h) for v in range(_ORDERS) for h in range(_ORDERS) if 0 < v + h < _ORDERS]
_ROWS, _COLUMNS = (list(axis) for axis in zip(*_FORM, strict=True))
_TOLERANCES = np.array([LUMA_TOLERANCE] + [CHROMA_TOLERANCE] * 8)
_TO_YCBCR = np.array(
    [[0.299, 0.587, 0.114], [-0.168736, -0.331264, 0.5], [0.5, -0.418688, -0.081312]]
)


@dataclass(frozen=True, eq=False)
class Fingerprints:
    """Fingerprints of ``n`` pictures.

    Args:
        form: float32 (n, 35), rows of length 1, or 0 for plain surfaces.
        tone: float32 (n, 9), grey levels.
    """

    form: NDArray[np.float32]
    tone: NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.form)

    def __getitem__(self, rows: Sequence[int] | NDArray[Any]) -> Fingerprints:
        return Fingerprints(self.form[rows], self.tone[rows])

    def agrees(self, other: Fingerprints) -> NDArray[np.bool_]:
        """Tells, row by row, whether two fingerprints are of the same picture, bool (n,)."""
        angles = 1 - np.sum(self.form * other.form, axis=1)
        off = np.max(np.abs(self.tone - other.tone) / _TOLERANCES, axis=1)
        return np.asarray((angles <= FORM_TOLERANCE) & (off <= 1), np.bool_)

    def pairs(self, other: Fingerprints) -> list[tuple[int, int]]:
        """Returns (row, other's row) of all that agree, the closest forms first."""
        angles = 1 - self.form @ other.form.T
        rows, columns = np.nonzero(angles <= FORM_TOLERANCE)
        good = self[rows].agrees(other[columns])
        rows, columns = rows[good], columns[good]
        order = np.argsort(angles[rows, columns], kind="stable")
        return [(int(rows[i]), int(columns[i])) for i in order]


@dataclass(frozen=True, eq=False)
class Table:
    """The fingerprints of the genuine pictures.

    Args:
        keys: class and number of each row.
        fingerprints: one row per picture.
        doubles: genuine pictures that are near duplicates of each other, as pairs of rows.
    """

    keys: tuple[Key, ...]
    fingerprints: Fingerprints
    doubles: tuple[tuple[int, int], ...] = ()

    def digest(self) -> str:
        """Returns a SHA-256 over everything in the table."""
        content = repr((self.keys, self.doubles)).encode()
        prints = self.fingerprints
        return hashlib.sha256(content + prints.form.tobytes() + prints.tone.tobytes()).hexdigest()

    def rows(self) -> dict[Key, int]:
        """Returns the row of each picture."""
        return {key: row for row, key in enumerate(self.keys)}

    def known_doubles(self) -> set[frozenset[Key]]:
        """Returns the near duplicates in the genuine set, as pairs of pictures."""
        return {frozenset((self.keys[a], self.keys[b])) for a, b in self.doubles}


def compute(pixels: NDArray[np.uint8]) -> Fingerprints:
    """Computes one picture's fingerprint, as one row: uint8 (height, width, 3), RGB."""
    small = Image.fromarray(pixels).resize((_SIDE, _SIDE), Image.Resampling.BILINEAR)
    channels = (np.asarray(small, np.float64) @ _TO_YCBCR.T).transpose(2, 0, 1)
    luma, blue, red = fft.dctn(channels, axes=(1, 2), norm="ortho") / _SIDE
    tone = np.array([luma[0, 0], *blue[:2, :2].flat, *red[:2, :2].flat], np.float32)
    return Fingerprints(_directions(luma[_ROWS, _COLUMNS][None]), tone[None])


def stack(parts: Sequence[Fingerprints]) -> Fingerprints:
    """Joins fingerprints, in order."""
    if not parts:
        return Fingerprints(np.zeros((0, len(_FORM)), np.float32), np.zeros((0, 9), np.float32))
    form = np.concatenate([part.form for part in parts])
    return Fingerprints(form, np.concatenate([part.tone for part in parts]))


def _directions(form: NDArray[np.floating[Any]]) -> NDArray[np.float32]:
    norms = np.linalg.norm(form, axis=1, keepdims=True)
    return np.where(norms < _PLAIN, 0, form / np.maximum(norms, _PLAIN)).astype(np.float32)


def variants(prints: Fingerprints) -> dict[str, NDArray[np.float32]]:
    """Returns the forms, (n, 35), that the pictures have once turned, mirrored or inverted."""
    index = {order: column for column, order in enumerate(_FORM)}
    transposed = prints.form[:, [index[h, v] for v, h in _FORM]]
    upside = np.array([(-1) ** v for v, _ in _FORM], np.float32)
    sideways = np.array([(-1) ** h for _, h in _FORM], np.float32)
    turned = {
        "": prints.form,
        "rotated by 90°": transposed * upside,
        "rotated by 180°": prints.form * upside * sideways,
        "rotated by 270°": transposed * sideways,
        "mirrored": prints.form * sideways,
        "upside down": prints.form * upside,
        "transposed": transposed,
        "rotated and mirrored": transposed * upside * sideways,
    }
    inverted = {f"{name}, inverted".lstrip(", "): -form for name, form in turned.items()}
    return turned | inverted


def identify(prints: Fingerprints, table: Table) -> list[tuple[Key, str] | None]:
    """Says of which genuine picture each row is an altered copy, and what was done to it.

    None where no picture is recognised.
    """
    answers: list[tuple[Key, str] | None] = [None] * len(prints)
    closest = np.full(len(prints), FORM_TOLERANCE)
    for name, forms in variants(table.fingerprints).items():
        angles = 1 - prints.form @ forms.T
        best = np.argmin(angles, axis=1)
        for row, column in enumerate(best):
            if angles[row, column] <= closest[row]:
                closest[row] = angles[row, column]
                answers[row] = (table.keys[column], name)
    return answers


@cache
def load(path: Path = PACKAGED) -> Table:
    """Reads a table, by default the packaged one that ``benchmarks/fingerprint_table.py`` made."""
    with np.load(path, allow_pickle=False) as arrays:
        keys = tuple(
            (CLASSES[label], int(number))
            for label, number in zip(arrays["label"], arrays["number"], strict=True)
        )
        form = arrays["form"].astype(np.float64)
        tone = arrays["tone"].astype(np.float32)
        doubles = tuple((int(a), int(b)) for a, b in arrays["doubles"])
    tone[:, 0] += 128
    return Table(keys, Fingerprints(_directions(form), tone), doubles)
