"""Rebuilds the packaged table: ``python -m benchmarks.fingerprint_table ORIGINALS [TABLE]``."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

from repro.chapter import CLASSES
from repro.dataset import fingerprints, naming
from repro.dataset.decoding import UndecodableError, decode
from repro.errors import ReproError

NUMBERS = range(1, 2001)


def build(originals: Path, numbers: range = NUMBERS) -> fingerprints.Table:
    """Computes the table of a flat folder of pictures that are known to be genuine.

    Raises:
        OSError: a picture is missing.
        UndecodableError: a picture is broken.
    """
    keys = tuple((class_name, number) for class_name in CLASSES for number in numbers)
    prints = fingerprints.stack(
        [
            fingerprints.compute(decode((originals / naming.file_name(*key)).read_bytes()))
            for key in keys
        ]
    )
    doubles = tuple(sorted((a, b) for a, b in prints.pairs(prints) if a < b))
    return fingerprints.Table(keys, prints, doubles)


def save(table: fingerprints.Table, path: Path) -> None:
    """Writes a table; see :func:`repro.dataset.fingerprints.load`."""
    prints = table.fingerprints
    largest = np.abs(prints.form).max(axis=1, keepdims=True)
    np.savez_compressed(
        path,
        form=np.rint(prints.form / np.where(largest > 0, largest, 1) * 127).astype(np.int8),
        tone=np.rint(prints.tone - [128, 0, 0, 0, 0, 0, 0, 0, 0]).clip(-128, 127).astype(np.int8),
        label=np.array([CLASSES.index(name) for name, _ in table.keys], np.uint8),
        number=np.array([number for _, number in table.keys], np.int32),
        doubles=np.array(table.doubles, np.int32).reshape(-1, 2),
    )


def main(arguments: list[str]) -> int:
    """Builds and writes the table, and names the near duplicates that it found."""
    if len(arguments) not in (1, 2):
        print(__doc__, file=sys.stderr)
        return 2
    try:
        table = build(Path(arguments[0]))
        path = Path(arguments[1]) if len(arguments) == 2 else fingerprints.PACKAGED
        save(table, path)
    except (OSError, UndecodableError, ReproError) as error:
        print(error, file=sys.stderr)
        return 2
    print(f"{path}: {len(table.keys)} pictures, {path.stat().st_size} bytes")
    for pair in table.doubles:
        print("near duplicates:", " and ".join(naming.file_name(*table.keys[row]) for row in pair))
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
