"""Two sets of records side by side, with intervals of the differences."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from repro.chapter import EVALUATED, FOLD_SIZES, Fold
from repro.claims._evidence import SeedSet, seed_sets
from repro.record import RunRecord, SeedRun, write_text
from repro.statistics import Interval, mean_difference, newcombe, paired_difference

if TYPE_CHECKING:
    from rich.table import Table

LAST_EPOCHS = 10


@dataclass(frozen=True)
class Row:
    """One quantity of both sides.

    Args:
        experiment: what was run, and under which recipe.
        quantity: what is compared.
        first: the first side's value.
        second: the second side's value.
        difference: second minus first; None for what has no difference.
        interval: of the difference, at 95 %; None where there is none.
    """

    experiment: str
    quantity: str
    first: str
    second: str
    difference: float | None = None
    interval: Interval | None = None

    @property
    def method(self) -> str:
        """How the interval was computed, or why there is none."""
        if self.interval is not None:
            return self.interval.method
        return "" if self.difference is None else "one seed a side"

    @property
    def shown_difference(self) -> str:
        """The difference with its interval, as people read it."""
        if self.difference is None:
            return "differs"
        text = f"{self.difference:+.4g}"
        if self.interval is not None:
            text += f" [{self.interval.low:+.4f}, {self.interval.high:+.4f}]"
        return text

    @property
    def shows_change(self) -> bool:
        """Whether the interval excludes no difference at all."""
        return self.interval is not None and 0 not in self.interval


@dataclass(frozen=True)
class Comparison:
    """Two sets of records compared.

    Args:
        rows: quantities of the experiments that both sides have.
        circumstances: versions, settings and observations that differ.
        only_first: experiments that the second side lacks.
        only_second: experiments that the first side lacks.
        demonstration: whether either side is no evidence about the chapter.
    """

    rows: tuple[Row, ...]
    circumstances: tuple[Row, ...]
    only_first: tuple[str, ...]
    only_second: tuple[str, ...]
    demonstration: bool


_Value = Callable[[SeedRun], float | None]


_QUANTITIES: dict[str, _Value] = {
    "validation accuracy, last epoch": lambda run: run.history.val_accuracy[-1],
    f"validation accuracy, last {LAST_EPOCHS} epochs": lambda run: float(
        np.mean(run.history.val_accuracy[-LAST_EPOCHS:])
    ),
    "validation loss, last epoch": lambda run: run.history.val_loss[-1],
    "training accuracy, last epoch": lambda run: run.history.accuracy[-1],
    "test accuracy": lambda run: getattr(run.evaluations.get("test"), "accuracy", None),
    "test loss": lambda run: getattr(run.evaluations.get("test"), "loss", None),
    "median seconds an epoch": lambda run: float(np.median(run.history.seconds)),
}


def compare(a: Sequence[RunRecord], b: Sequence[RunRecord]) -> Comparison:
    """Compares two sets of records, experiment by experiment and recipe by recipe.

    If each side holds only one experiment, those two are compared, whatever their names.
    Differences are second minus first.
    """
    first, second = _sets(a), _sets(b)
    if len(first) == len(second) == 1:
        second = dict(zip(first, second.values(), strict=True))
    shared = [name for name in first if name in second]
    rows = chain.from_iterable(_compare_sets(first[name], second[name]) for name in shared)
    return Comparison(
        tuple(rows),
        tuple(_circumstances(a, b)),
        tuple(name for name in first if name not in second),
        tuple(name for name in second if name not in first),
        any(record.demonstration for record in [*a, *b]),
    )


def _sets(records: Sequence[RunRecord]) -> dict[str, SeedSet]:
    return {
        _name(runs): runs
        for experiment in dict.fromkeys(record.experiment for record in records)
        for runs in seed_sets(records, experiment, whole_folds=False)
    }


def _name(runs: SeedSet) -> str:
    return f"{runs.experiment}, recipe {runs.recipe}"


def _compare_sets(first: SeedSet, second: SeedSet) -> list[Row]:
    name = " → ".join(dict.fromkeys((_name(first), _name(second))))
    rows = []
    for quantity, value in _QUANTITIES.items():
        values, others = (
            [one for run in side.runs if (one := value(run)) is not None]
            for side in (first, second)
        )
        if values and others:
            sizes = _pictures(first, quantity), _pictures(second, quantity)
            rows.append(_row(name, quantity, values, others, sizes))
    return rows + [row for fold in EVALUATED if (row := _paired(name, fold, first, second))]


def _row(
    name: str, quantity: str, values: list[float], others: list[float], sizes: tuple[int, int]
) -> Row:
    difference = float(np.mean(others) - np.mean(values))
    interval: Interval | None = None
    if min(len(values), len(others)) > 1:
        interval = mean_difference(others, values)
    elif "accuracy" in quantity and "training" not in quantity:
        n, m = sizes
        interval = newcombe(round(np.mean(others) * m), m, round(np.mean(values) * n), n)
    return Row(name, quantity, _listed(values), _listed(others), difference, interval)


def _pictures(side: SeedSet, quantity: str) -> int:
    """Returns how many pictures the fold has that a quantity is of."""
    kept = (run.evaluations.get(fold) for run in side.runs for fold in EVALUATED
            if quantity.startswith(fold))  # fmt: skip
    return min((one.n for one in kept if one is not None), default=FOLD_SIZES["validation"])


def _listed(values: Sequence[float]) -> str:
    mean = f"{np.mean(values):.4g}"
    return mean if len(values) == 1 else f"{mean} (n = {len(values)})"


def _paired(name: str, fold: Fold, first: SeedSet, second: SeedSet) -> Row | None:
    """Both sides on the same pictures: those that both get right, or both get wrong, cancel out."""
    names = {record.names.get(fold, ()) for record in (*first.records, *second.records)}
    a, b = first.correct(fold), second.correct(fold)
    if len(names) != 1 or a is None or b is None:
        return None
    difference = float(b.mean() - a.mean())
    values = f"{a.mean():.4g}", f"{b.mean():.4g}"
    quantity = f"{fold} accuracy, picture by picture"
    return Row(name, quantity, *values, difference, paired_difference(b, a))


def _circumstances(a: Sequence[RunRecord], b: Sequence[RunRecord]) -> list[Row]:
    rows = []
    for part in ("recipe", "settings", "environment", "digests", "observations"):
        first, second = _collected(a, part), _collected(b, part)
        for key in dict.fromkeys([*first, *second]):
            values, others = first.get(key, "–"), second.get(key, "–")
            # What one side did not look at is no difference.
            seen = part != "observations" or (key in first and key in second)
            if seen and values != others:
                rows.append(Row(part, key, values, others))
    return rows


def _collected(records: Sequence[RunRecord], part: str) -> dict[str, str]:
    found: dict[str, set[str]] = {}
    for record in records:
        for key, value in _flat(getattr(record, part)):
            found.setdefault(key, set()).add(value)
    return {key: " / ".join(sorted(texts)) for key, texts in found.items()}


def _flat(values: dict[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    for key, value in values.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{prefix}{key}.")
        else:
            text = value if isinstance(value, str) else json.dumps(value)
            yield prefix + key, text if len(text) <= 80 else f"{text[:78]}…"


def compare_table(comparison: Comparison) -> Table:
    """Returns a comparison as a rich table for the terminal."""
    from rich.table import Table
    from rich.text import Text

    title = "Second minus first, with 95 % intervals"
    if comparison.demonstration:
        title = f"DEMONSTRATION: no evidence about the chapter. {title}"
    table = Table(title=title)
    for column in ("experiment", "quantity", "first", "second", "difference", "how"):
        table.add_column(column, overflow="fold")
    for row in (*comparison.rows, *comparison.circumstances):
        style = "bold" if row.shows_change else None
        cells = row.experiment, row.quantity, row.first, row.second, row.shown_difference
        table.add_row(*map(Text, (*cells, row.method)), style=style)
    for side, names in (("first", comparison.only_first), ("second", comparison.only_second)):
        for name in names:
            table.add_row(Text(name), f"only in the {side}")
    return table


def compare_page(comparison: Comparison, destination: Path) -> Path:
    """Writes a comparison as one self-contained HTML page; returns its path."""
    from repro.report._template import render

    return write_text(render("compare.html.j2", comparison=comparison), destination)
