"""Where the originals are: the layouts that users actually have, as one list of candidates."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from repro.chapter import CLASSES, FOLDS, ClassName
from repro.dataset import naming
from repro.errors import DatasetError

#: Whose numbers the file names carry: Kaggle's, or those of Microsoft's copy, which may differ.
Owner = Literal["kaggle", "microsoft"]

#: Microsoft's folders, by class.
MICROSOFT: dict[ClassName, str] = {"cats": "Cat", "dogs": "Dog"}
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
        yield _collect("kaggle", place, _kaggle(place))
    for place in (folder / "PetImages", folder):
        yield _collect("microsoft", place, _microsoft(place))
    yield _collect("kaggle", folder, _split(folder))


def _kaggle(folder: Path) -> Iterator[tuple[naming.Key, Path]]:
    for path in _entries(folder):
        key = naming.parse(path.name)
        if key is not None:
            yield key, path


def _microsoft(folder: Path) -> Iterator[tuple[naming.Key, Path]]:
    for class_name, name in MICROSOFT.items():
        for path in _entries(folder / name):
            key = naming.parse_number(class_name, path.name)
            if key is not None:
                yield key, path


def _split(folder: Path) -> Iterator[tuple[naming.Key, Path]]:
    for fold in FOLDS:
        for class_name in CLASSES:
            yield from _kaggle(folder / fold / class_name)


def _entries(folder: Path) -> list[Path]:
    try:
        return list(folder.iterdir())
    except (FileNotFoundError, NotADirectoryError):
        return []
    except OSError as error:
        found = error.strerror or "an unreadable folder"
        raise DatasetError(folder, found=found, expected="a folder", remedy=REMEDY) from error


def _collect(numbers: Owner, folder: Path, paths: Iterable[tuple[naming.Key, Path]]) -> Layout:
    candidates: dict[naming.Key, Candidate] = {}
    for key, path in paths:
        if key in candidates:
            found = f"two files for the same picture, {candidates[key].name} and {path.name}"
            remedy = "Keep the right one of them."
            raise DatasetError(folder, found=found, expected="one", remedy=remedy)
        candidates[key] = Candidate(key, path.relative_to(folder).as_posix(), path)
    return Layout(numbers, candidates, folder)
