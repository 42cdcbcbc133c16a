"""Which pictures of a set are not the ones that Kaggle gave their numbers, and what they are."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from repro.dataset import fingerprints, naming
from repro.dataset.fingerprints import Fingerprints, Table
from repro.dataset.naming import Key
from repro.errors import OptionError


def impostors(keys: Sequence[Key], prints: Fingerprints, table: Table) -> dict[str, list[Key]]:
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
    found: dict[str, list[Key]] = defaultdict(list)
    identities = fingerprints.identify(prints[suspects], table)
    for i, identity in zip(suspects, identities, strict=True):
        if keys[i] in rows or identity is not None:
            found[_reason(keys[i], identity)].append(keys[i])
    return dict(sorted(found.items()))


def _reason(key: Key, identity: tuple[Key, str] | None) -> str:
    if identity is None:
        return "none of the genuine pictures"
    genuine, change = identity
    if genuine == key:
        return f"the right picture altered ({change or 'colours'})"
    which = "pictures of the other class" if genuine[0] != key[0] else "copies of other numbers"
    return f"{which} ({change or 'form unchanged'})"
