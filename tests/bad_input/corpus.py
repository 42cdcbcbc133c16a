"""The whole corpus, and the table of it that the documents print."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from tests.bad_input import archives, folders, kept, options, pictures, records, weights
from tests.bad_input.case import Case, Outcome

SEED = 6


def corpus() -> list[Case]:
    """Returns every case, in the order of the table."""
    modules = (pictures, folders, archives, weights, records, kept, options)
    return [case for module in modules for case in module.cases()]


def table(outcomes: Iterable[tuple[Case, Outcome]]) -> str:
    """Returns Markdown: category, cases, accepted, refused."""
    counts: dict[str, Counter[int | None]] = {}
    for case, outcome in outcomes:
        counts.setdefault(case.category, Counter())[outcome.code] += 1
    lines = ["| category | cases | accepted | refused |", "| --- | --- | --- | --- |"]
    total: Counter[int | None] = Counter()
    for category, found in counts.items():
        lines.append(f"| {category} | {found.total()} | {found[0]} | {found[2]} |")
        total += found
    lines.append(f"| **all** | {total.total()} | {total[0]} | {total[2]} |")
    return "\n".join(lines)
