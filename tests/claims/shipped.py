"""The records and documents that the project ships; judged once for all tests of a session."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path

from repro import claims, generated
from repro.record import RunRecord

ROOT = Path(__file__).parents[2]


@cache
def records() -> Sequence[RunRecord]:
    return claims.committed(ROOT)


@cache
def judgements() -> Sequence[claims.Judgement]:
    return claims.judge(records())


def stale(makers: generated.Makers) -> list[str]:
    """The documents that are not as the makers of their blocks would make them."""
    texts = {path: path.read_text(encoding="utf-8") for path in generated.documents(ROOT)}
    return [
        path.relative_to(ROOT).as_posix()
        for path, text in texts.items()
        if generated.renewed(text, makers) != text
    ]
