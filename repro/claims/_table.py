"""The ledger as a table for the terminal."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

from repro.claims._claim import VERDICTS, Judgement, Value

if TYPE_CHECKING:
    from rich.table import Table

DEMONSTRATION = "DEMONSTRATION: no evidence about the chapter"
COLOURS = {
    "reproduced": "green",
    "reproduced with a note": "green",
    "not reproduced": "red",
    "refuted": "magenta",
    "erratum": "yellow",
    "not run here": "dim",
}


def summary(judgements: Sequence[Judgement]) -> str:
    """Returns the counts of verdicts in one line: ``31 reproduced, 2 refuted, …``."""
    counts = Counter(judgement.verdict for judgement in judgements)
    return ", ".join(f"{counts[name]} {name}" for name in VERDICTS if counts[name])


def counted(number: int, thing: str) -> str:
    """Returns a number of things in words: "1 seed", "5 seeds"."""
    return f"{number} {thing}{'s' * (number != 1)}"


def shown(value: Value | None) -> str:
    """Returns a published or measured value as people read it."""
    if value is None:
        return "–"
    if isinstance(value, float):
        return f"{value:.4g}"
    return f"{value:,}" if isinstance(value, int) else value


def measured(judgement: Judgement) -> str:
    """Returns the measured value with its interval."""
    text = shown(judgement.measured)
    if judgement.interval is None:
        return text
    low, high = judgement.interval
    return f"{text} [{low:.3f}, {high:.3f}]"


def table(judgements: Sequence[Judgement], *, demonstration: bool) -> Table:
    """Returns the ledger as a rich table; its title says so where it is a demonstration."""
    from rich.markup import escape
    from rich.table import Table

    title = f"{f'{DEMONSTRATION}. ' if demonstration else ''}The chapter's claims"
    made = Table(title=title, caption=summary(judgements), show_lines=False)
    for name in ("claim", "published", "measured [95 %]", "verdict", "evidence"):
        made.add_column(name, overflow="fold")
    for judgement in judgements:
        colour = COLOURS[judgement.verdict]
        made.add_row(
            escape(judgement.statement),
            escape(shown(judgement.published)),
            escape(measured(judgement)),
            f"[{colour}]{judgement.verdict}[/{colour}]",
            escape(judgement.evidence),
        )
    return made
