"""Which pictures of a set are not the ones that Kaggle gave their numbers, and what they are."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from repro.dataset import fingerprints, naming
from repro.errors import OptionError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from repro.dataset.fingerprints import Fingerprints, Table
    from repro.dataset.naming import Key


@dataclass(frozen=True)
class Authenticity:
    """The result of comparing a set with the table.

    Args:
        impostors: pictures that aren't what their number says.
        reasons: what the impostors are, in words: one sentence a kind, naming every one of them.
        unchecked: pictures whose number has no fingerprint.
    """

    impostors: frozenset[Key]
    reasons: tuple[str, ...]
    unchecked: tuple[Key, ...]


def compare(keys: Sequence[Key], prints: Fingerprints, table: Table) -> Authenticity:
    """Compares pictures with the table's.

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
    beyond = [keys[i] for i in unchecked if keys[i][1] != 0]
    if beyond:
        remedy = "Stay within the table, or leave the fingerprints unchecked (genuine=False)."
        expected = f"numbers among {naming.list_names(table.keys)}"
        raise OptionError(
            "split", found=naming.list_names(beyond), expected=expected, remedy=remedy
        )
    agree = prints[known].agrees(table.fingerprints[[rows[keys[i]] for i in known]])
    suspects = [i for i, good in zip(known, agree, strict=True) if not good] + unchecked
    impostors: set[Key] = set()
    by_reason: dict[str, list[Key]] = defaultdict(list)
    identities = fingerprints.identify(prints[suspects], table)
    for i, identity in zip(suspects, identities, strict=True):
        if keys[i] in rows or identity is not None:
            impostors.add(keys[i])
            by_reason[_reason(keys[i], identity)].append(keys[i])
    reasons = tuple(
        f"{why}: {naming.list_names(found)}" for why, found in sorted(by_reason.items())
    )
    return Authenticity(frozenset(impostors), reasons, tuple(keys[i] for i in unchecked))


def _reason(key: Key, identity: tuple[Key, str] | None) -> str:
    if identity is None:
        return "none of the genuine pictures"
    (class_name, number), change = identity
    change = change or "form unchanged"
    if (class_name, number) == key:
        return f"the right picture altered ({change if change != 'form unchanged' else 'colours'})"
    if class_name != key[0]:
        return f"pictures of the other class ({change})"
    return f"copies of other numbers ({change})"
