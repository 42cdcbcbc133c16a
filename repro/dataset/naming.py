"""How Kaggle's pictures are called, and which of them the small set takes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from itertools import groupby
from pathlib import PurePath

from repro.chapter import CLASSES, FOLDS, PREFIXES, SPLIT, ClassName, Fold, Numbering
from repro.errors import OptionError, check_known

#: A picture of Kaggle's, as ``(class, number)``.
Key = tuple[ClassName, int]

#: The folders of Microsoft's copy.
MICROSOFT: dict[str, ClassName] = {"Cat": "cats", "Dog": "dogs"}

_CLASS_OF_PREFIX: dict[str, ClassName] = {prefix: name for name, prefix in PREFIXES.items()}
_NUMBER = r"(0|[1-9][0-9]{0,8})\.jpe?g"
_PICTURE = re.compile(rf"(cat|dog)\.{_NUMBER}", re.IGNORECASE | re.ASCII)
_NUMBERED = re.compile(_NUMBER, re.IGNORECASE | re.ASCII)


def file_name(class_name: ClassName, number: int) -> str:
    """Returns a picture's file name, as Kaggle has it: ``cat.1.jpg``."""
    return f"{PREFIXES[class_name]}.{number}.jpg"


def parse(name: str) -> Key | None:
    """Reads class and number off a file name; None where it isn't one of Kaggle's."""
    match = _PICTURE.fullmatch(name)
    if match is None:
        return None
    return _CLASS_OF_PREFIX[match[1].lower()], int(match[2])


def parse_microsoft(path: PurePath) -> Key | None:
    """Reads the number off a path in Microsoft's copy, where the folder gives the class."""
    match, class_name = _NUMBERED.fullmatch(path.name), MICROSOFT.get(path.parent.name)
    return None if match is None or class_name is None else (class_name, int(match[1]))


def fold_keys(numbers: range) -> list[Key]:
    """Returns a fold's pictures in order: cats ascending by number, then dogs."""
    return [(class_name, number) for class_name in CLASSES for number in numbers]


def ranges_of(numbering: Numbering, split: Mapping[Fold, range] | None = None) -> dict[Fold, range]:
    """Returns the picture numbers of each fold.

    Args:
        numbering: "r" counts the chapter's pictures from 1, "python" from 0.
        split: other numbers than the chapter's, for smaller sets; all three folds.

    Raises:
        OptionError: unknown numbering, or ranges that are empty, negative or overlap.
    """
    check_known("numbering", numbering, SPLIT)
    if split is None:
        return dict(SPLIT[numbering])
    expected = "three ascending, non-empty ranges of numbers from 0 up that don't overlap"
    remedy = "Give the ranges of train, validation and test."
    seen: set[int] = set()
    for fold in FOLDS:
        numbers = split.get(fold, range(0))
        wrong = len(numbers) == 0 or numbers.step < 1 or numbers[0] < 0
        if wrong or not seen.isdisjoint(numbers) or len(split) != len(FOLDS):
            found = ", ".join(f"{name}: {value}" for name, value in split.items())
            raise OptionError("split", found=found, expected=expected, remedy=remedy)
        seen.update(numbers)
    return {fold: split[fold] for fold in FOLDS}


def list_names(keys: Iterable[Key]) -> str:
    """Lists pictures in few words and without leaving one out: ``cat.3, cat.1001–2000``."""
    parts = []
    chosen = set(keys)
    for class_name in CLASSES:
        numbers = sorted(number for name, number in chosen if name == class_name)
        # In a row of numbers, each is as far ahead of its position as the first.
        for _, row in groupby(enumerate(numbers), lambda pair: pair[1] - pair[0]):
            first, *more = (number for _, number in row)
            last = f"–{more[-1]}" if more else ""
            parts.append(f"{PREFIXES[class_name]}.{first}{last}")
    return ", ".join(parts)
