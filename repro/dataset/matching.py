"""Recognising Kaggle's pictures in a copy with other numbers."""

from __future__ import annotations

import logging
from collections.abc import Collection

from repro.dataset import fingerprints, naming
from repro.dataset.archives import Reader
from repro.dataset.decoding import UndecodableError, decode, pool
from repro.dataset.fingerprints import Fingerprints, Table
from repro.dataset.layouts import Candidate, Layout
from repro.dataset.naming import Key
from repro.errors import DatasetError

#: JPEG pictures are decoded at a reduced scale, but not below this size, to recognise them.
DRAFT = (128, 128)
_BATCH = 64  # files in memory at a time: of the largest allowed, two gigabytes

_log = logging.getLogger(__name__)


def match(
    layout: Layout, read: Reader, wanted: Collection[Key], table: Table
) -> dict[Key, Candidate]:
    """Finds the wanted pictures by their fingerprints, whatever their numbers.

    Args:
        layout: the files.
        read: returns a file's bytes.
        wanted: Kaggle's class and number of the pictures to find.
        table: the genuine pictures.

    Returns:
        The file for each wanted picture.

    Raises:
        DatasetError: pictures are not there; the message names them and the broken files.
    """
    rows = table.rows()
    without = [key for key in wanted if key not in rows]
    if without:
        found = (
            f"a copy without Kaggle's numbers, and no fingerprint of {naming.list_names(without)}"
        )
        remedy = 'Choose the numbering "r" or use Kaggle\'s own archive.'
        raise DatasetError(layout.where, found=found, expected="known pictures", remedy=remedy)
    candidates = sorted(layout.candidates.values(), key=lambda c: c.key)
    seen, prints, broken = _recognisable(candidates, read)
    if broken:
        _log.warning("%d broken files in %s: %s", len(broken), layout.where, ", ".join(broken))
    order = sorted(wanted)
    chosen: dict[Key, Candidate] = {}
    used: set[int] = set()
    other_class: set[Key] = set()
    for row, column in table.fingerprints[[rows[key] for key in order]].pairs(prints):
        key = order[row]
        if seen[column].key[0] != key[0]:
            other_class.add(key)
        elif key not in chosen and column not in used:
            chosen[key] = seen[column]
            used.add(column)
    missing = set(order) - chosen.keys()
    if missing:
        found = f"{len(chosen)} of {len(order)} pictures; missing: {naming.list_names(missing)}"
        if swapped := other_class & missing:
            found += f"; in the other class's folder: {naming.list_names(swapped)}"
        if broken:
            found += f"; broken: {', '.join(broken)}"
        remedy = "Get the archive again, or Kaggle's."
        raise DatasetError(layout.where, found=found, expected="all of them", remedy=remedy)
    return chosen


def _recognisable(
    candidates: list[Candidate], read: Reader
) -> tuple[list[Candidate], Fingerprints, list[str]]:
    seen: list[Candidate] = []
    prints: list[Fingerprints] = []
    broken: list[str] = []
    with pool() as threads:
        for start in range(0, len(candidates), _BATCH):
            batch = candidates[start : start + _BATCH]
            results = threads.map(_print, [_content(candidate, read) for candidate in batch])
            for candidate, result in zip(batch, results, strict=True):
                if isinstance(result, str):
                    broken.append(f"{candidate.name} ({result})")
                else:
                    seen.append(candidate)
                    prints.append(result)
    return seen, fingerprints.stack(prints), broken


def _content(candidate: Candidate, read: Reader) -> bytes | str:
    try:
        return read(candidate)
    except DatasetError as error:
        return error.found


def _print(content: bytes | str) -> Fingerprints | str:
    if isinstance(content, str):
        return content
    try:
        return fingerprints.compute(decode(content, draft=DRAFT))
    except UndecodableError as error:
        return str(error)
