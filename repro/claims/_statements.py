"""Every numbered statement of the text, and what judges it or why nothing can."""

from __future__ import annotations

import json
from dataclasses import dataclass
from importlib import resources


@dataclass(frozen=True)
class Statement:
    """A statement of the text.

    Args:
        section: its title.
        id: letter of the section and number within it.
        says: what it says, in our words.
        claims: ids of the claims that judge it.
        why: why it is no checkable statement, where no claim does.
    """

    section: str
    id: str
    says: str
    claims: tuple[str, ...]
    why: str = ""


def statements() -> tuple[Statement, ...]:
    """Returns the statements in the order of the text."""
    path = resources.files("repro.claims") / "statements.json"
    found = json.loads(path.read_text(encoding="utf-8"))
    return tuple(
        Statement(
            section=found["sections"][one["id"][0]],
            **one | {"claims": tuple(one.get("claims", ()))},
        )
        for one in found["statements"]
    )
