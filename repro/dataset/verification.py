"""Checking the small set: that it is what the chapter starts from, picture by picture."""

from __future__ import annotations

import hashlib
import os
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from itertools import chain
from typing import TYPE_CHECKING, Any

from repro.chapter import CLASSES, FOLDS, ClassName, Fold
from repro.dataset import naming
from repro.dataset.decoding import UndecodableError, decode
from repro.errors import DatasetError

if TYPE_CHECKING:
    from pathlib import Path

    from repro.dataset.split import Split

#: What file managers leave behind; a directory iterator passes over it.
IGNORED = frozenset({".DS_Store", "Thumbs.db", "desktop.ini"})
REMEDY = "Prepare the set again from originals that docs/data.md names."


@dataclass(frozen=True)
class Verification:
    """What was checked and counted in a set that passed.

    Args:
        digest: of the set, see :attr:`repro.dataset.Split.digest`.
        numbering: "r" or "python".
        counts: pictures by fold and class.
        ranges: first and last picture number of each fold.
        decoded: pictures that decode fully to RGB.
        genuine: whether the fingerprints were checked.
        unchecked: pictures whose number has no fingerprint.
    """

    digest: str
    numbering: str
    counts: dict[Fold, dict[ClassName, int]]
    ranges: dict[Fold, tuple[int, int]]
    decoded: int
    genuine: bool
    unchecked: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """Returns the findings as plain JSON values, for a run record."""
        return asdict(self)


def verify(split: Split, *, genuine: bool = True) -> Verification:
    """Checks names, counts, every file's decoding, and that the folds share no picture.

    Args:
        split: the set, prepared or made by hand in the same layout.
        genuine: whether every picture must be the one that Kaggle gave this number.

    Returns:
        What was counted.

    Raises:
        DatasetError: something is wrong; the message lists every culprit.
    """
    _check_names(split)
    paths = tuple(chain.from_iterable(split.paths(fold) for fold in FOLDS))
    with ThreadPoolExecutor(min(8, os.cpu_count() or 1)) as pool:  # Pillow decodes without the GIL
        results = list(pool.map(_pixel_digest, paths))
    broken = [f"{path.name} ({r})" for path, r in zip(paths, results, strict=True) if r[:1] != "="]
    if broken:
        found = f"{len(broken)} broken pictures: {', '.join(broken)}"
        raise DatasetError(split.root, found=found, expected="whole JPEG pictures", remedy=REMEDY)
    _check_distinct(split, paths, results)
    sizes = {fold: len(split.ranges[fold]) for fold in FOLDS}
    return Verification(
        digest=split.digest,
        numbering=split.numbering,
        counts={fold: dict.fromkeys(CLASSES, sizes[fold]) for fold in FOLDS},
        ranges={fold: (min(split.ranges[fold]), max(split.ranges[fold])) for fold in FOLDS},
        decoded=len(paths),
        genuine=False,
    )


def _check_names(split: Split) -> None:
    problems = []
    for fold in FOLDS:
        for class_name in CLASSES:
            folder = split.folder(fold, class_name)
            expected = {naming.file_name(class_name, n) for n in split.ranges[fold]}
            try:
                present = {entry.name for entry in folder.iterdir()} - IGNORED
            except OSError as error:
                problems.append(f"{fold}/{class_name}: {error.strerror}")
                continue
            if missing := sorted(expected - present):
                problems.append(f"{fold}/{class_name} lacks {', '.join(missing)}")
            if surplus := sorted(present - expected):
                problems.append(f"{fold}/{class_name} has too much: {', '.join(surplus)}")
    if problems:
        expected_text = f"the {split.numbering} numbering's files and no others"
        found = "; ".join(problems)
        raise DatasetError(split.root, found=found, expected=expected_text, remedy=REMEDY)


def _pixel_digest(path: Path) -> str:
    try:
        pixels = decode(path.read_bytes())
    except (OSError, UndecodableError) as error:
        return str(error)
    return f"={hashlib.sha256(repr(pixels.shape).encode() + pixels.tobytes()).hexdigest()}"


def _check_distinct(split: Split, paths: tuple[Path, ...], digests: list[str]) -> None:
    same = defaultdict(list)
    for path, digest in zip(paths, digests, strict=True):
        same[digest].append(path.relative_to(split.root).as_posix())
    doubled = [" = ".join(names) for names in same.values() if len(names) > 1]
    if doubled:
        found = f"the same picture more than once: {'; '.join(doubled)}"
        raise DatasetError(split.root, found=found, expected="different pictures", remedy=REMEDY)
