"""How rules read run records: observations by name, seeds by experiment and recipe."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeGuard

import numpy as np
import numpy.typing as npt
from pydantic import JsonValue

from repro import chapter
from repro.claims._claim import Finding
from repro.errors import RecordError
from repro.record import RunRecord, SeedRun


@dataclass(frozen=True)
class Observed:
    """One record's value of an observation, and where it comes from.

    Args:
        name: of the observation.
        value: as JSON has it.
        source: what it was made with, for people.
    """

    name: str
    value: JsonValue
    source: str

    def number(self, key: str | None = None) -> float:
        """Returns the value, or its entry ``key``, as a number."""
        value = self.value
        if key is not None:
            value = value.get(key) if isinstance(value, dict) else None
        if _is_number(value):
            return value
        raise self._malformed("a number" if key is None else f"a number under {key!r}")

    def choice(self, key: str, choices: Sequence[str]) -> str:
        """Returns the entry ``key``, one of ``choices``."""
        value = self.value.get(key) if isinstance(self.value, dict) else None
        if isinstance(value, str) and value in choices:
            return value
        raise self._malformed(f"one of {', '.join(choices)} under {key!r}")

    def ends(self) -> tuple[float, float]:
        """Returns the value as (lowest, highest)."""
        if isinstance(self.value, list) and len(self.value) == 2:
            low, high = self.value
            if _is_number(low) and _is_number(high):
                return float(low), float(high)
        raise self._malformed("[lowest, highest]")

    def numbers(self) -> dict[str, float]:
        """Returns the value as names and numbers."""
        if isinstance(self.value, dict):
            found = {k: v for k, v in self.value.items() if _is_number(v)}
            if found and len(found) == len(self.value):
                return found
        raise self._malformed("numbers by name")

    def _malformed(self, expected: str) -> RecordError:
        return RecordError(
            f"observation {self.name}",
            found=f"{self.value!r:.80} in a record made with {self.source}",
            expected=expected,
            remedy="Leave that record out, or run anew with --fresh.",
        )


def _is_number(value: JsonValue) -> TypeGuard[int | float]:
    """Tells whether a value is a number that arithmetic goes on with."""
    # A hostile record may hold a whole number of any length.
    return isinstance(value, (int, float)) and abs(value) <= sys.float_info.max


def observations(records: Sequence[RunRecord], name: str) -> list[Observed]:
    """Returns every record's value of an observation, equal ones with the same source once."""
    found: list[Observed] = []
    for record in records:
        if name in record.observations:
            entry = Observed(name, record.observations[name], source(record, name))
            if entry not in found:
                found.append(entry)
    return found


def source(record: RunRecord, name: str) -> str:
    """Returns what a record's observation was made with, for people."""
    if name.startswith("data."):
        digest = record.digests.get("split", "")
        return f"the pictures with digest {digest[:12]}" if digest else "the pictures given"
    made = record.observations.get("inspection.made_with")
    if isinstance(made, dict):
        return f"Keras {made.get('keras')} on {made.get('backend')}"
    return f"the record of {record.experiment}"


def not_run(evidence: str = "") -> Finding:
    """Returns the finding where no record has what the rule needs."""
    return Finding("not run here", evidence)


@dataclass(frozen=True)
class SeedSet:
    """Complete runs of one experiment under one recipe, one a seed.

    Args:
        experiment: the experiment's name.
        recipe: the recipe's name.
        runs: in order of their seeds.
        records: the record that each run comes from.
    """

    experiment: str
    recipe: str
    runs: tuple[SeedRun, ...]
    records: tuple[RunRecord, ...]

    @property
    def epochs(self) -> int:
        """The number of epochs that every run has."""
        return min(len(run.history.val_accuracy) for run in self.runs)

    def last(self, epochs: int = 1, *, after: int | None = None) -> list[float]:
        """Returns each seed's validation accuracy, the mean over its last ``epochs``.

        Args:
            epochs: how many.
            after: counts from there instead of from the run's end.
        """
        return [float(np.mean(run.history.val_accuracy[:after][-epochs:])) for run in self.runs]

    def correct(self, fold: str) -> npt.NDArray[np.bool_] | None:
        """Returns (seeds, n): which pictures of a fold each seed got right, if that was kept."""
        pairs = zip(self.runs, self.records, strict=True)
        rows = [_correct(run, record, fold) for run, record in pairs]
        kept = [row for row in rows if row is not None]
        if len(kept) != len(rows) or not kept or len({len(row) for row in kept}) != 1:
            return None
        return np.stack(kept)


def _correct(run: SeedRun, record: RunRecord, fold: str) -> npt.NDArray[np.bool_] | None:
    names = record.names.get(fold, ())
    evaluation = next((found for key, found in run.evaluations.items() if key == fold), None)
    if evaluation is None or not names or len(names) != len(evaluation.probabilities):
        return None
    dog = np.array([name.rpartition("/")[2].startswith("dog") for name in names])
    probabilities = np.array(evaluation.probabilities, dtype=float)
    return np.asarray((probabilities > 0.5) == dog, dtype=np.bool_)


def seed_sets(
    records: Sequence[RunRecord],
    experiment: str,
    epochs: int | None = None,
    *,
    whole_folds: bool = True,
) -> list[SeedSet]:
    """Returns an experiment's runs by recipe, the set with most seeds first.

    A seed that was run twice under a recipe counts once, as it came out last. Ties go to the
    published recipe. The choice looks at no result.

    Args:
        records: any records.
        experiment: the experiment's name.
        epochs: runs of fewer epochs are left out; None takes all.
        whole_folds: leaves out runs that were evaluated on other folds than the chapter's.
    """
    chosen: dict[str, dict[int, tuple[SeedRun, RunRecord]]] = {}
    for record in sorted(records, key=lambda record: record.finished):
        if record.experiment != experiment:
            continue
        recipe = str(record.recipe.get("name", "unnamed"))
        for run in record.runs:
            if whole_folds and not _whole_fold(run):
                continue
            if len(run.history.val_accuracy) >= (epochs or 1):
                chosen.setdefault(recipe, {})[run.seed] = (run, record)
    sets = [
        SeedSet(experiment, recipe, *_columns(runs[seed] for seed in sorted(runs)))
        for recipe, runs in chosen.items()
    ]
    return sorted(sets, key=lambda found: (-len(found.runs), found.recipe != "published"))


def _columns(
    pairs: Iterator[tuple[SeedRun, RunRecord]],
) -> tuple[tuple[SeedRun, ...], tuple[RunRecord, ...]]:
    runs, records = zip(*pairs, strict=True)
    return tuple(runs), tuple(records)


def _whole_fold(run: SeedRun) -> bool:
    """Whether every evaluation kept is on the chapter's whole fold."""
    return all(found.n == chapter.FOLD_SIZES[fold] for fold, found in run.evaluations.items())
