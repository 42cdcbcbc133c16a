"""Records put together for display: the seeds of one experiment under one recipe."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean

from repro import chapter
from repro.claims._evidence import SeedSet, seed_sets
from repro.claims._table import counted
from repro.record import RunRecord, SeedRun

#: The level that a technique's curves are compared with.
PUBLISHED = {
    "from-scratch": chapter.SCRATCH_VALIDATION_ACCURACY,
    "technique-1": chapter.FAST_FEATURE_EXTRACTION_VALIDATION_ACCURACY,
    "technique-2": chapter.FEATURE_EXTRACTION_VALIDATION_ACCURACY,
    "technique-3": chapter.FINE_TUNING_VALIDATION_ACCURACY,
}


@dataclass(frozen=True)
class Group:
    """An experiment's longest runs under a recipe, in a precision, on an engine.

    Args:
        name: for headings.
        experiment: the experiment's name.
        recipe: the recipe's name.
        demonstration: whether the runs are no evidence about the chapter.
        records: where the runs come from, in the order of ``runs``.
        runs: one per seed, all of as many epochs.
    """

    name: str
    experiment: str
    recipe: str
    demonstration: bool
    records: tuple[RunRecord, ...]
    runs: tuple[SeedRun, ...]

    @property
    def published(self) -> float | None:
        """The published validation accuracy; None where there is none to compare with."""
        return None if self.demonstration else PUBLISHED.get(self.experiment)

    @property
    def seconds(self) -> list[float]:
        """The wall time of every epoch of every run."""
        return [value for run in self.runs for value in run.history.seconds]


def group(records: Sequence[RunRecord]) -> list[Group]:
    """Groups records that hold runs by experiment, recipe, precision, engine and demonstration.

    Of each group only the longest runs are kept, and of a seed's the one that ended last.
    """
    found: dict[tuple[str, str, str, bool], list[tuple[RunRecord, SeedRun]]] = {}
    for record in records:
        recipe = str(record.recipe.get("name", ""))
        key = (record.experiment, recipe, record.computed_in, record.demonstration)
        found.setdefault(key, []).extend((record, run) for run in record.runs if run.history.loss)
    return [_longest(key, pairs) for key, pairs in found.items() if pairs]


def _longest(key: tuple[str, str, str, bool], pairs: Sequence[tuple[RunRecord, SeedRun]]) -> Group:
    epochs = max(len(run.history.loss) for _, run in pairs)
    by_time = sorted(pairs, key=lambda pair: pair[0].finished)
    kept = {run.seed: (record, run) for record, run in by_time if len(run.history.loss) == epochs}
    records, runs = zip(*(kept[seed] for seed in sorted(kept)), strict=True)
    return Group(_name(*key), key[0], key[1], key[3], records, runs)


def longest(records: Sequence[RunRecord], experiment: str, *recipes: str) -> SeedSet | None:
    """Returns an experiment's longest real run under the first of the recipes that has one."""
    real = [one for one in records if one.experiment == experiment and not one.demonstration]
    # By length: a shorter run of the same seed, made later, must not stand for a longer one.
    lengths = {len(run.history.val_accuracy) for one in real for run in one.runs}
    sets = [found for length in lengths for found in seed_sets(real, experiment, length)]
    return min(
        (found for found in sets if found.recipe in recipes),
        key=lambda one: (recipes.index(one.recipe), -one.epochs, -len(one.runs)),
        default=None,
    )


def percent(runs: SeedSet, last: int = 1) -> float:
    """Returns the mean validation accuracy of the runs' last epochs, in percent."""
    return 100 * fmean(runs.last(last))


def seeds(runs: SeedSet) -> str:
    """Returns how many seeds there are, in words."""
    return counted(len(runs.runs), "seed")


def _name(experiment: str, recipe: str, computed_in: str, demonstration: bool) -> str:
    details = [text for text in (f"recipe {recipe}" if recipe else "", computed_in) if text]
    name = f"{experiment} ({', '.join(details)})" if details else experiment
    return f"Demonstration: {name}" if demonstration else name
