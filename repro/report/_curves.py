"""The puzzle's curves as a table: validation accuracy by epoch, base frozen and left trainable."""

from __future__ import annotations

from collections.abc import Sequence

from repro import generated
from repro.claims._evidence import SeedSet, seed_sets
from repro.recipe import PUBLISHED
from repro.record import RunRecord

#: After which the table shows accuracies: every change is early.
EPOCHS = (1, 2, 3, 4, 5, 7, 10, 12, 14, 16, 18, 20, 25, 30)


def curves(records: Sequence[RunRecord]) -> str:
    """Returns a Markdown table of technique 2 under 2017's semantics, frozen and unfrozen.

    The longest run of each is shown; where it has ended, a dash.

    Args:
        records: any records; without such a run its column has dashes alone.
    """
    frozen, unfrozen = (_longest(records, name) for name in ("technique-2", "unfrozen"))
    rows = [(str(epoch), _range(frozen, epoch), _range(unfrozen, epoch)) for epoch in EPOCHS]
    return generated.table(("epoch", "base frozen, % (all seeds)", "base left trainable, %"), rows)


def _longest(records: Sequence[RunRecord], experiment: str) -> SeedSet | None:
    # Record by record: a shorter run of the same seed, made later, must not stand for a longer one.
    sets = [
        found
        for record in records
        for found in seed_sets([record], experiment)
        if found.recipe == PUBLISHED.name
    ]
    return max(sets, key=lambda found: (found.epochs, len(found.runs)), default=None)


def _range(runs: SeedSet | None, epoch: int) -> str:
    if runs is None or runs.epochs < epoch:
        return "–"
    values = sorted(100 * run.history.val_accuracy[epoch - 1] for run in runs.runs)
    low, high = f"{values[0]:.1f}", f"{values[-1]:.1f}"
    return low if low == high else f"{low} to {high}"
