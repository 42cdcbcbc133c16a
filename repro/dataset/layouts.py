"""Where the originals are: the layouts that users actually have, as one list of candidates."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import Literal

from repro.chapter import CLASSES, FOLDS
from repro.dataset import naming
from repro.errors import DatasetError

#: Whose numbers the file names carry: Kaggle's, or those of Microsoft's copy, which may differ.
Owner = Literal["kaggle", "microsoft"]

#: Archives that a folder of downloads may hold, in the order in which they are looked for.
ARCHIVES = ("train.zip", "dogs-vs-cats.zip", "kagglecatsanddogs_5340.zip")
REMEDY = (
    "Give a folder with cat.N.jpg and dog.N.jpg, the folder or archive that Kaggle's "
    "competition 'dogs-vs-cats' gives, or Microsoft's kagglecatsanddogs_5340.zip."
)
EXPECTED = "Kaggle's cats and dogs"


@dataclass(frozen=True)
class Candidate:
    """A file that, by its name, is a picture of a cat or a dog.

    Args:
        key: class and number by the file's name.
        name: path within the originals, as the user knows it.
        path: the file, or None where it is inside an archive.
    """

    key: naming.Key
    name: str
    path: Path | None = None


@dataclass(frozen=True)
class Layout:
    """The candidates found in the originals.

    Args:
        numbers: whose numbers the names carry.
        candidates: by class and number.
        where: the folder or archive with the files.
    """

    numbers: Owner
    candidates: dict[naming.Key, Candidate]
    where: Path


def in_folder(folder: Path) -> Layout | Path:
    """Finds the pictures in a folder.

    Returns:
        The candidates, or the archive in this folder that should be opened.

    Raises:
        DatasetError: no known layout, or two files for the same picture.
    """
    for layout in _layouts(folder):
        if layout.candidates:
            return layout
    for name in ARCHIVES:
        if (folder / name).is_file():
            return folder / name
    found = "a folder without such pictures"
    raise DatasetError(folder, found=found, expected=EXPECTED, remedy=REMEDY)


def _layouts(folder: Path) -> Iterator[Layout]:
    for place in (folder, folder / "train", folder / "dogs-vs-cats" / "train"):
        yield _in_folders("kaggle", place, place)
    for place in (folder / "PetImages", folder):
        yield _in_folders("microsoft", place, *(place / name for name in naming.MICROSOFT))
    prepared = (folder / fold / class_name for fold in FOLDS for class_name in CLASSES)
    yield _in_folders("kaggle", folder, *prepared)


def _in_folders(numbers: Owner, where: Path, *folders: Path) -> Layout:
    paths = [path for folder in folders for path in _entries(folder)]
    files = ((path, path.relative_to(where).as_posix(), path) for path in paths)
    return collect(numbers, where, files)


def _entries(folder: Path) -> list[Path]:
    try:
        return list(folder.iterdir())
    except (FileNotFoundError, NotADirectoryError):
        return []
    except OSError as error:
        found = error.strerror or "an unreadable folder"
        raise DatasetError(folder, found=found, expected="a folder", remedy=REMEDY) from error


def collect(
    numbers: Owner, where: Path, files: Iterable[tuple[PurePath, str, Path | None]]
) -> Layout:
    """Picks out the pictures.

    Args:
        numbers: whose the files' names would be.
        where: the folder or archive with the files.
        files: where a file lies, and its candidate's ``name`` and ``path``.

    Raises:
        DatasetError: two files for the same picture.
    """
    candidates: dict[naming.Key, Candidate] = {}
    for inside, name, path in files:
        kaggle = numbers == "kaggle"
        key = naming.parse(inside.name) if kaggle else naming.parse_microsoft(inside)
        if key in candidates:
            found = f"two files for the same picture, {candidates[key].name!r} and {name!r}"
            remedy = "Keep the right one of them."
            raise DatasetError(where, found=found, expected="one", remedy=remedy)
        if key is not None:
            candidates[key] = Candidate(key, name, path)
    return Layout(numbers, candidates, where)
