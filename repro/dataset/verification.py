"""Checking the small set: that it is what the chapter starts from, picture by picture."""

from __future__ import annotations

import hashlib
import logging
from collections import defaultdict
from collections.abc import Sequence
from itertools import chain
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from repro import settings
from repro.chapter import CLASSES, FOLDS, ClassName, Fold
from repro.dataset import fingerprints, naming
from repro.dataset.decoding import attempt_all, decode, read
from repro.dataset.fingerprints import Fingerprints, Table
from repro.dataset.split import Split, relative_names
from repro.errors import DatasetError, OptionError
from repro.record import write_text

#: What file managers leave behind; a directory iterator passes over it.
IGNORED = frozenset({".DS_Store", "Thumbs.db", "desktop.ini"})
REMEDY = "Prepare the set again from originals that docs/data.md names."
#: Raise it whenever a check is added: what passed before is then checked again.
VERSION = 1

_log = logging.getLogger(__name__)


class Verification(BaseModel):
    """What was checked and counted in a set that passed.

    Args:
        digest: of the set, see :attr:`repro.dataset.Split.digest`.
        numbering: "r" or "python".
        counts: pictures by fold and class.
        ranges: first and last picture number of each fold.
        decoded: pictures that decode fully to RGB.
        genuine: whether the fingerprints were checked.
        unchecked: pictures whose number has no fingerprint (number 0).
        known_near_duplicates: pairs of near duplicates that are in Kaggle's own set, as
            ``fold/class/name``; where the folds differ, the chapter's split has a leak.
    """

    model_config = ConfigDict(frozen=True)

    digest: str
    numbering: str
    counts: dict[Fold, dict[ClassName, int]]
    ranges: dict[Fold, tuple[int, int]]
    decoded: int
    genuine: bool
    unchecked: tuple[str, ...] = ()
    known_near_duplicates: tuple[tuple[str, str], ...] = ()


def verify(split: Split, *, genuine: bool = True, subject: Path | None = None) -> Verification:
    """Checks that a set is what the chapter starts from; remembers it once it has passed.

    Names and counts are right; every file decodes fully, to RGB; no picture is there twice, and
    none has a near duplicate in another fold; every picture is the one that Kaggle gave its number.

    Args:
        split: the set, prepared or made by hand in the same layout.
        genuine: whether the fingerprints are checked.
        subject: the folder that errors name, as the user knows it; by default the set's.

    Raises:
        DatasetError: something is wrong; the message lists every culprit.
        OptionError: no fingerprints are known of the set's numbers.
    """
    subject, table = subject or split.root, fingerprints.load()
    _check_names(split, subject)
    memory = _memory(split, genuine, table)
    if memory is not None and (remembered := _recall(memory)):
        return remembered
    contents, prints = _look_at_all(split, subject)
    unchecked = _check_genuine(split, prints, table, subject) if genuine else ()
    known = table.known_doubles() if genuine else set()
    verification = Verification(
        digest=split.digest,
        numbering=split.numbering,
        counts={fold: dict.fromkeys(CLASSES, len(split.ranges[fold])) for fold in FOLDS},
        ranges={fold: (min(split.ranges[fold]), max(split.ranges[fold])) for fold in FOLDS},
        decoded=len(contents),
        genuine=genuine,
        unchecked=unchecked,
        known_near_duplicates=_check_distinct(split, contents, prints, known, subject),
    )
    if memory is not None:
        _remember(verification, memory)
    return verification


def _check_names(split: Split, subject: Path) -> None:
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
                problems.append(f"{fold}/{class_name} also has {', '.join(surplus)}")
    if problems:
        expected_text = f"the {split.numbering} numbering's files and no others"
        found = "; ".join(problems)
        raise DatasetError(subject, found=found, expected=expected_text, remedy=REMEDY)


def _look_at_all(split: Split, subject: Path) -> tuple[list[str], Fingerprints]:
    """Returns a digest of each picture's pixels, and the fingerprints, in the folds' order."""
    paths = list(chain.from_iterable(split.paths(fold) for fold in FOLDS))
    looks, broken = attempt_all(_look_at, paths)
    if broken:
        listed = ", ".join(f"{path.name} ({why})" for path, why in broken.items())
        found = f"{len(broken)} broken pictures: {listed}"
        raise DatasetError(subject, found=found, expected="whole JPEG pictures", remedy=REMEDY)
    contents, prints = zip(*looks.values(), strict=True)
    return list(contents), fingerprints.stack(prints)


def _look_at(path: Path) -> tuple[str, Fingerprints]:
    pixels = decode(read(path))
    content = hashlib.sha256(repr(pixels.shape).encode() + pixels.tobytes()).hexdigest()
    return content, fingerprints.compute(pixels)


def _check_genuine(
    split: Split, prints: Fingerprints, table: Table, subject: Path
) -> tuple[str, ...]:
    """Refuses impostors; returns the pictures that have no fingerprint."""
    keys = [key for fold in FOLDS for key in split.keys(fold)]
    if false := _impostors(keys, prints, table):
        listed = "; ".join(f"{why}: {naming.list_names(which)}" for why, which in false.items())
        found = f"{sum(map(len, false.values()))} impostors: {listed}"
        expected = "the pictures that Kaggle gave these numbers"
        raise DatasetError(subject, found=found, expected=expected, remedy=REMEDY)
    rows = table.rows()
    return tuple(naming.file_name(*key) for key in keys if key not in rows)


def _impostors(
    keys: Sequence[naming.Key], prints: Fingerprints, table: Table
) -> dict[str, list[naming.Key]]:
    """Compares pictures with the table's: what the impostors are, in words → those pictures.

    A picture numbered 0 has no fingerprint (the Python numbering's first ones): for it, only being
    a copy of another genuine picture can be found out.

    Args:
        keys: class and number that each picture claims.
        prints: its fingerprint, in the same order.
        table: the genuine pictures.

    Raises:
        OptionError: numbers other than 0 that the table doesn't cover.
    """
    rows = table.rows()
    known = [i for i, key in enumerate(keys) if key in rows]
    unchecked = [i for i, key in enumerate(keys) if key not in rows]
    if beyond := [keys[i] for i in unchecked if keys[i][1] != 0]:
        raise OptionError(
            "split",
            found=naming.list_names(beyond),
            expected=f"numbers among {naming.list_names(table.keys)}",
            remedy="Stay within the table, or leave the fingerprints unchecked (genuine=False).",
        )
    agree = prints[known].agrees(table.fingerprints[[rows[keys[i]] for i in known]])
    suspects = [i for i, good in zip(known, agree, strict=True) if not good] + unchecked
    found: dict[str, list[naming.Key]] = defaultdict(list)
    identities = fingerprints.identify(prints[suspects], table)
    for i, identity in zip(suspects, identities, strict=True):
        if keys[i] in rows or identity is not None:
            found[_reason(keys[i], identity)].append(keys[i])
    return dict(sorted(found.items()))


def _reason(key: naming.Key, identity: tuple[naming.Key, str] | None) -> str:
    if identity is None:
        return "none of the genuine pictures"
    genuine, change = identity
    if genuine == key:
        return f"the right picture altered ({change or 'colours'})"
    which = "pictures of the other class" if genuine[0] != key[0] else "copies of other numbers"
    return f"{which} ({change or 'form unchanged'})"


def _check_distinct(
    split: Split,
    contents: list[str],
    prints: Fingerprints,
    known: set[frozenset[naming.Key]],
    subject: Path,
) -> tuple[tuple[str, str], ...]:
    """Refuses doubles and near duplicates across folds; returns the known near duplicates."""
    names = relative_names(split)
    keys = [key for fold in FOLDS for key in split.keys(fold)]
    same = defaultdict(list)
    for name, content in zip(names, contents, strict=True):
        same[content].append(name)
    culprits = [" = ".join(group) for group in same.values() if len(group) > 1]
    expected = []
    for a, b in prints.pairs(prints):
        if a >= b:
            continue
        if frozenset((keys[a], keys[b])) in known:
            expected.append((names[a], names[b]))
        elif names[a].split("/")[0] != names[b].split("/")[0] and contents[a] != contents[b]:
            culprits.append(f"{names[a]} ≈ {names[b]}")
    if culprits:
        found = f"the same picture more than once: {'; '.join(culprits)}"
        raise DatasetError(subject, found=found, expected="different pictures", remedy=REMEDY)
    return tuple(sorted(expected))


def _memory(split: Split, genuine: bool, table: Table) -> Path | None:
    """Returns where it is remembered that this very set passed these very checks."""
    try:
        checked = (split.digest, split.numbering, split.ranges, genuine, table.digest())
    except DatasetError:  # an unreadable file: looking at all of them will name every one
        return None
    key = " ".join(map(str, (VERSION, *checked)))
    return settings.home() / "verified" / f"{hashlib.sha256(key.encode()).hexdigest()}.json"


def _recall(memory: Path) -> Verification | None:
    try:
        return Verification.model_validate_json(memory.read_bytes())
    except (OSError, ValidationError):
        return None


def _remember(verification: Verification, memory: Path) -> None:
    try:
        write_text(verification.model_dump_json(), memory)
    except OSError as error:
        _log.info("could not save that the pictures were verified: %s", error)
