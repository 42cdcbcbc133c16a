"""The notebook's printed curve beside runs of today, its base frozen and left trainable."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from textwrap import fill

import numpy as np

from repro import generated
from repro.notebook import curves
from repro.recipe import PUBLISHED
from repro.record import History, RunRecord

#: After which the table shows values; the distances are over the first ten, which all runs have.
EPOCHS = (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 15, 20)
COMPARED = 10


def histories(records: Sequence[RunRecord], experiment: str) -> list[History]:
    """Returns the histories of an experiment's runs with the semantics of 2017."""
    return [
        run.history
        for record in records
        if record.experiment == experiment and record.recipe.get("name") == PUBLISHED.name
        for run in record.runs
        if len(run.history.loss) >= COMPARED
    ]


def distance(one: Sequence[float], other: Sequence[float]) -> float:
    """Returns the mean distance of two curves over the first ten epochs."""
    pair = (np.array(values[:COMPARED], float) for values in (one, other))
    return float(np.mean(np.abs(np.subtract(*pair))))


def against_the_notebook(records: Sequence[RunRecord]) -> str:
    """Returns the notebook's technique 2 beside frozen and trainable runs, and their distances.

    Args:
        records: run records of ``technique-2`` and ``unfrozen``, among others.
    """
    printed = curves()["technique-2"]
    frozen, trainable = (histories(records, name) for name in ("technique-2", "unfrozen"))
    rows = [
        [
            str(epoch),
            *(f"{values[epoch - 1]:.3f}" for values in (printed.loss, printed.val_accuracy)),
            *(_range(runs, name, epoch) for runs in (trainable, frozen)
              for name in ("loss", "val_accuracy")),
        ]
        for epoch in EPOCHS
    ]  # fmt: skip
    heads = ["epoch"]
    for whose in ("notebook", "base trainable", "base frozen"):
        heads += [f"{whose}: training loss", "validation accuracy"]
    return f"{generated.table(heads, rows)}\n\n{_distances(printed.loss, trainable, frozen)}"


def _distances(
    printed: Sequence[float], trainable: Sequence[History], frozen: Sequence[History]
) -> str:
    to_trainable = [distance(printed, run.loss) for run in trainable]
    to_frozen = [distance(printed, run.loss) for run in frozen]
    between = [distance(a.loss, b.loss) for a, b in combinations(trainable, 2)]
    text = (
        f"Mean distance of the training losses over the first {COMPARED} epochs: from the notebook "
        f"to the runs with the base trainable {span(to_trainable)}, to those with the base frozen "
        f"{span(to_frozen)}; between the runs with the base trainable {span(between)}."
    )
    return fill(text, 118)


def _range(runs: Sequence[History], name: str, epoch: int) -> str:
    values = [getattr(run, name) for run in runs]
    return span([one[epoch - 1] for one in values if len(one) >= epoch])


def span(values: Sequence[float], places: int = 3) -> str:
    """Returns the least and the greatest value, one number where they are written alike."""
    low, high = (f"{end(values):.{places}f}" if values else "–" for end in (min, max))
    return low if low == high else f"{low} to {high}"
