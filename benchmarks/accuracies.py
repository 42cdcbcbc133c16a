"""What a run's accuracies say: every seed's value, the interval, and a gate with two sides."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from repro.chapter import Technique
from repro.record import RunRecord
from repro.statistics import Gate, t_interval, wilson


@dataclass(frozen=True)
class Outcome:
    """A mean accuracy before its gate.

    Args:
        values: one accuracy a seed.
        gate: the two-sided rule.
        complete: whether there are as many seeds as the gate's error rates ask for, and each of
            them, and what it started from, trained for as long as the chapter; only then it is
            judged.
    """

    values: tuple[float, ...]
    gate: Gate
    complete: bool

    @property
    def mean(self) -> float:
        """The mean over seeds."""
        return statistics.fmean(self.values)

    @property
    def passed(self) -> bool | None:
        """Whether the gate accepts the mean; None where a short run is not judged."""
        return self.gate.accepts(self.mean) if self.complete else None

    def as_dict(self) -> dict[str, Any]:
        """Returns everything as plain JSON values; accuracies are shares."""
        seeds = len(self.values)
        interval = t_interval(self.values)
        ends = [interval.low, interval.high] if math.isfinite(interval.low) else None
        return {
            "values": list(self.values),
            "mean": self.mean,
            "interval": ends,
            "interval_method": interval.method,
            "gate": list(self.gate.region),
            "false_alarm": self.gate.false_alarm(seeds),
            "miss": self.gate.miss(seeds),
            "passed": self.passed,
        }


def judge(record: RunRecord, technique: Technique, gate: Gate, *, fold: str, last: int) -> Outcome:
    """Takes a record's accuracies to a gate.

    Args:
        record: a run of the technique.
        technique: says how many epochs a complete run has.
        gate: of the claim.
        fold: "validation" takes the history, "test" the evaluation after the last epoch.
        last: epochs at the end whose mean is a seed's validation accuracy.
    """
    if fold == "test":
        values = [run.evaluations["test"].accuracy for run in record.runs]
    else:
        values = [statistics.fmean(run.history.val_accuracy[-last:]) for run in record.runs]
    # None says that what fine-tuning started from had its full schedule.
    from_the_start = record.settings.get("start_epochs") is None
    long_enough = all(len(run.history.loss) >= technique.epochs for run in record.runs)
    complete = from_the_start and long_enough and len(record.runs) >= gate.seeds
    return Outcome(tuple(values), gate, complete)


def told(record: RunRecord) -> dict[str, Any]:
    """Returns what is worth keeping of a record: seeds, epochs, accuracies, losses, times."""
    return {
        "seeds": [run.seed for run in record.runs],
        "epochs": [len(run.history.loss) for run in record.runs],
        "recipe": record.recipe.get("name"),
        "precision": record.settings.get("precision"),
        "device": record.environment.get("device"),
        "training_seconds": [sum(run.history.seconds) for run in record.runs],
        "validation_accuracy": [run.history.val_accuracy[-1] for run in record.runs],
        "validation_loss": [run.history.val_loss[-1] for run in record.runs],
        "training_accuracy": [run.history.accuracy[-1] for run in record.runs],
        "training_loss": [run.history.loss[-1] for run in record.runs],
        **_tested(record, "test"),
        **_tested(record, "validation"),
        "digests": record.digests,
    }


def _tested(record: RunRecord, fold: Any) -> dict[str, Any]:
    found = [run.evaluations[fold] for run in record.runs if fold in run.evaluations]
    intervals: Sequence[Any] = [wilson(entry.correct, entry.n) for entry in found]
    return {
        f"{fold}_correct": [f"{entry.correct} of {entry.n}" for entry in found],
        f"{fold}_loss_after": [entry.loss for entry in found],
        f"{fold}_wilson": [[interval.low, interval.high] for interval in intervals],
    }
