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
    """Finds the file of each wanted picture by its fingerprint, whatever its number there.

    Raises:
        DatasetError: pictures are not there; the message names them and the broken files.
    """
    table, order = fingerprints.load(), sorted(wanted)
    rows = table.rows()
    if without := [key for key in order if key not in rows]:
        which = naming.list_names(without)
        found = f"a copy without Kaggle's numbers, and no fingerprint of {which}"
        remedy = 'Choose the numbering "r" or use Kaggle\'s own archive.'
        raise DatasetError(layout.where, found=found, expected="known pictures", remedy=remedy)
    candidates = sorted(layout.candidates.values(), key=lambda candidate: candidate.key)
    prints, undecodable = attempt_all(partial(_print, read=read), candidates)
    broken = ", ".join(f"{candidate.name} ({why})" for candidate, why in undecodable.items())
    if broken:
        _log.warning("%d broken files in %s: %s", len(undecodable), layout.where, broken)
    genuine = table.fingerprints[[rows[key] for key in order]]
    chosen, swapped = _choose(order, genuine, list(prints), fingerprints.stack([*prints.values()]))
    if missing := set(order) - chosen.keys():
        found = f"{len(chosen)} of {len(order)} pictures; missing: {naming.list_names(missing)}"
        if swapped & missing:
            found += f"; in the other class's folder: {naming.list_names(swapped & missing)}"
        if broken:
            found += f"; broken: {broken}"
        remedy = "Get the archive again, or Kaggle's."
        raise DatasetError(layout.where, found=found, expected="all of them", remedy=remedy)
    return chosen


def _choose(
    order: list[Key], genuine: Fingerprints, candidates: list[Candidate], prints: Fingerprints
) -> tuple[dict[Key, Candidate], set[Key]]:
    """Returns a file for each picture that has one, and the pictures seen in the other class."""
    chosen: dict[Key, Candidate] = {}
    swapped: set[Key] = set()
    used: set[int] = set()
    for row, column in genuine.pairs(prints):
        key, candidate = order[row], candidates[column]
        if candidate.key[0] != key[0]:
            swapped.add(key)
        elif key not in chosen and column not in used:
            chosen[key] = candidate
            used.add(column)
    return chosen, swapped


def _print(candidate: Candidate, read: Reader) -> Fingerprints:
    try:
        content = read(candidate)
    except DatasetError as error:
        raise UndecodableError(error.found) from error
    return fingerprints.compute(decode(content, draft=DRAFT))
