"""The small set on disk: which file is where, in which order, and a digest of it all."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, ValidationError

from repro.chapter import FOLDS, ClassName, Fold, Numbering
from repro.dataset.decoding import read, refusing
from repro.dataset.naming import Key, file_name, fold_keys
from repro.record import read_bounded

MANIFEST = "manifest.json"
_LARGEST_MANIFEST = 64 * 2**20

#: ``fold/class/name`` → (bytes, modification time in ns, SHA-256).
Entries = dict[str, tuple[int, int, str]]


class Manifest(BaseModel):
    """What makes a prepared folder complete; written last.

    Args:
        source: stamp of the originals that the set was made from.
        genuine: whether the fingerprints were checked.
        link: "hard" if pictures may share their bytes with the originals' files.
        pictures: what was written.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    schema_name: Literal["repro.split"] = "repro.split"
    version: Literal[1] = 1
    numbering: Numbering
    ranges: dict[Fold, tuple[int, int, int]]
    source: str
    genuine: bool
    link: Literal["hard", "copy"] = "hard"
    pictures: Entries


@dataclass(frozen=True)
class Split:
    """The small set: pictures of both classes in three folds.

    On disk: ``train/cats/cat.1.jpg`` and so on, as in the chapter.

    Args:
        root: the folder with train, validation and test.
        numbering: "r" or "python", see :data:`repro.chapter.SPLIT`.
        ranges: the picture numbers of each fold, for both classes.
    """

    root: Path
    numbering: Numbering
    ranges: Mapping[Fold, range] = field(hash=False)

    def folder(self, fold: Fold, class_name: ClassName) -> Path:
        """Returns the folder of a fold's class."""
        return self.root / fold / class_name

    def keys(self, fold: Fold) -> tuple[Key, ...]:
        """Returns a fold's pictures as (class, number): cats ascending by number, then dogs."""
        return tuple(fold_keys(self.ranges[fold]))

    def paths(self, fold: Fold) -> tuple[Path, ...]:
        """Returns a fold's files: cats ascending by number, then dogs."""
        return tuple(self.folder(fold, key[0]) / file_name(*key) for key in self.keys(fold))

    def labels(self, fold: Fold) -> NDArray[np.uint8]:
        """Returns a fold's labels, in the order of :meth:`paths`: uint8 (n,), cats 0, dogs 1."""
        return np.repeat(np.array([0, 1], np.uint8), len(self.ranges[fold]))

    @cached_property
    def digest(self) -> str:
        """SHA-256 of names and contents; depends on neither place nor layout of the originals.

        Read off the manifest while no file's size or time has changed since it was written,
        otherwise computed from the files.
        """
        manifest = read_manifest(self.root)
        if manifest is not None and unchanged(self, manifest):
            return digest_of({name: entry[2] for name, entry in manifest.pictures.items()})
        return digest_of({name: _file_digest(self.root / name) for name in relative_names(self)})


def relative_names(split: Split) -> list[str]:
    """Returns ``fold/class/name`` of every picture."""
    return [path.relative_to(split.root).as_posix() for f in FOLDS for path in split.paths(f)]


def digest_of(contents: Mapping[str, str]) -> str:
    """Returns the digest of a set from its files' names and SHA-256 digests."""
    lines = "".join(f"{name}\0{contents[name]}\n" for name in sorted(contents))
    return hashlib.sha256(lines.encode()).hexdigest()


def _file_digest(path: Path) -> str:
    with refusing(path, "Prepare the set again."):
        return hashlib.sha256(read(path)).hexdigest()


def read_manifest(root: Path) -> Manifest | None:
    """Returns a folder's manifest; None where it is missing, damaged or of another version."""
    try:
        return Manifest.model_validate_json(read_bounded(root / MANIFEST, _LARGEST_MANIFEST))
    except (OSError, ValidationError):
        return None


def unchanged(split: Split, manifest: Manifest) -> bool:
    """Tells whether a folder still holds exactly what its manifest says, by size and time."""
    expected = relative_names(split)
    if set(expected) != manifest.pictures.keys():
        return False
    try:
        for name in expected:
            state = (split.root / name).lstat()
            if (state.st_size, state.st_mtime_ns) != manifest.pictures[name][:2]:
                return False
    except OSError:
        return False
    return True
