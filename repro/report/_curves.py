"""The puzzle's curves as a table: validation accuracy by epoch, base frozen and left trainable."""

from __future__ import annotations

from collections.abc import Sequence

from repro import generated
from repro.claims._evidence import SeedSet
from repro.recipe import PUBLISHED
from repro.record import RunRecord
from repro.report._groups import longest

#: After which the table shows accuracies: every change is early.
EPOCHS = (1, 2, 3, 4, 5, 7, 10, 12, 14, 16, 18, 20, 25, 30)


def curves(records: Sequence[RunRecord]) -> str:
    """Returns a Markdown table of technique 2 under 2017's semantics, frozen and unfrozen.

    The longest run of each is shown, followed by dashes once it has ended.

    Args:
        records: any records; without such a run its column has only dashes.
    """
    frozen, unfrozen = (
        longest(records, name, PUBLISHED.name) for name in ("technique-2", "unfrozen")
    )
    rows = [(str(epoch), _range(frozen, epoch), _range(unfrozen, epoch)) for epoch in EPOCHS]
    return generated.table(("epoch", "base frozen, % (all seeds)", "base left trainable, %"), rows)


def _range(runs: SeedSet | None, epoch: int) -> str:
    if runs is None or runs.epochs < epoch:
        return "–"
    values = sorted(100 * run.history.val_accuracy[epoch - 1] for run in runs.runs)
    low, high = f"{values[0]:.1f}", f"{values[-1]:.1f}"
    return low if low == high else f"{low} to {high}"
