"""Recognising Kaggle's pictures in a copy with other numbers."""

from __future__ import annotations

import logging
from collections.abc import Collection
from functools import partial

from repro.dataset import fingerprints, naming
from repro.dataset.archives import Reader
from repro.dataset.decoding import UndecodableError, attempt_all, decode
from repro.dataset.fingerprints import Fingerprints
from repro.dataset.layouts import Candidate, Layout
from repro.dataset.naming import Key
from repro.errors import DatasetError

#: JPEG pictures are decoded at a reduced scale, but not below this size, to recognise them.
DRAFT = (128, 128)

_log = logging.getLogger(__name__)


def match(layout: Layout, read: Reader, wanted: Collection[Key]) -> dict[Key, Candidate]:
    """Finds the wanted pictures by their fingerprints, whatever their numbers.

    Args:
        layout: the files.
        read: returns a file's bytes.
        wanted: Kaggle's class and number of the pictures to find.

    Returns:
        The file for each wanted picture.

    Raises:
        DatasetError: pictures are not there; the message names them and the broken files.
    """
    table = fingerprints.load()
    rows = table.rows()
    without = [key for key in wanted if key not in rows]
    if without:
        found = (
            f"a copy without Kaggle's numbers, and no fingerprint of {naming.list_names(without)}"
        )
        remedy = 'Choose the numbering "r" or use Kaggle\'s own archive.'
        raise DatasetError(layout.where, found=found, expected="known pictures", remedy=remedy)
    candidates = sorted(layout.candidates.values(), key=lambda c: c.key)
    prints, undecodable = attempt_all(partial(_print, read=read), candidates)
    seen = list(prints)
    broken = ", ".join(f"{candidate.name} ({why})" for candidate, why in undecodable.items())
    if broken:
        _log.warning("%d broken files in %s: %s", len(undecodable), layout.where, broken)
    order = sorted(wanted)
    chosen: dict[Key, Candidate] = {}
    used: set[int] = set()
    other_class: set[Key] = set()
    stacked = fingerprints.stack([*prints.values()])
    for row, column in table.fingerprints[[rows[key] for key in order]].pairs(stacked):
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
            found += f"; broken: {broken}"
        remedy = "Get the archive again, or Kaggle's."
        raise DatasetError(layout.where, found=found, expected="all of them", remedy=remedy)
    return chosen


def _print(candidate: Candidate, read: Reader) -> Fingerprints:
    try:
        content = read(candidate)
    except DatasetError as error:
        raise UndecodableError(error.found) from error
    return fingerprints.compute(decode(content, draft=DRAFT))
