"""Hands a sweep's tasks to an executor, and makes records of what comes back."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Protocol

from repro import record
from repro.progress import Progress
from repro.record import RunRecord
from repro.sweep.planning import Item, Schedule, Task

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Outcome:
    """What became of a task.

    Args:
        records: one for each part; empty where it failed.
        error: why it failed, or was not run; empty where it succeeded.
        skipped: it was not run.
    """

    records: tuple[RunRecord, ...] = ()
    error: str = ""
    skipped: bool = False


class Executor(Protocol):
    """Computes tasks."""

    def submit(self, number: int, task: Task) -> None:
        """Accepts a task for which nothing is missing any more."""

    def next(self) -> tuple[int, Outcome]:
        """Returns the next accepted task to end, and what became of it."""


@dataclass(frozen=True)
class Result:
    """What became of an item.

    Args:
        item: what was to be made.
        record: all its seeds; None where one of them failed or was not run.
        path: the record's file; None where it has none.
        errors: why, by seeds.
        skipped: none of its runs failed, but some were not run.
    """

    item: Item
    record: RunRecord | None = None
    path: Path | None = None
    errors: tuple[tuple[tuple[int, ...], str], ...] = ()
    skipped: bool = False


def drive(
    schedule: Schedule, executor: Executor, *, output: Path, command: str
) -> tuple[Result, ...]:
    """Has every task computed, writes each record as soon as it is complete, returns all results.

    A failed task stops only those that start from what it would have left.

    Args:
        schedule: what to compute.
        executor: who computes.
        output: folder of the records, ``EXPERIMENT-RECIPE.json``.
        command: what makes the records again.
    """
    outcomes: dict[int, Outcome] = {}
    results: dict[int, Result] = {}
    with Progress("sweep", schedule.runs, "runs", interval=0) as progress:
        for number, outcome in _outcomes(schedule.tasks, executor):
            outcomes[number], task = outcome, schedule.tasks[number]
            state = "not run" if outcome.skipped else "failed" if outcome.error else "done"
            progress.advance(task.runs, f"{describe(task)}: {state}")
            if outcome.error:
                logger.warning("%s: %s", describe(task), outcome.error)
            for item in {part.item for part in task.parts}:
                result = _result(item, schedule, outcomes)
                if result is not None:
                    results[item] = _written(result, output, command)
    return tuple(results[number] for number in range(len(schedule.items)))


def _outcomes(tasks: Sequence[Task], executor: Executor) -> Iterator[tuple[int, Outcome]]:
    """Yields what becomes of each task, which is started when all that it waits for has ended."""
    failed: dict[int, bool] = {}
    waiting, running = [*range(len(tasks))], 0
    while waiting or running:
        ready = [n for n in waiting if {*tasks[n].needs, *tasks[n].after} <= failed.keys()]
        waiting = [n for n in waiting if n not in {*ready}]
        for number in ready:
            lacking = next((n for n in tasks[number].needs if failed[n]), None)
            if lacking is None:
                executor.submit(number, tasks[number])
                running += 1
            else:
                failed[number] = True
                reason = f"it starts from {describe(tasks[lacking])}, which is missing"
                yield number, Outcome(error=reason, skipped=True)
        if running:
            number, outcome = executor.next()
            failed[number] = bool(outcome.error)
            running -= 1
            yield number, outcome


def describe(task: Task) -> str:
    """Returns a task in a line: experiments, recipes and seeds."""
    experiments = dict.fromkeys(part.plan.name for part in task.parts)
    recipes = dict.fromkeys(part.plan.recipe.name for part in task.parts)
    seeds = sorted({seed for part in task.parts for seed in part.plan.seeds})
    return f"{', '.join(experiments)} ({', '.join(recipes)}; seeds {spans(seeds)})"


def spans(seeds: Sequence[int]) -> str:
    """Returns whole numbers in ascending order as "0..9, 12"."""
    # In a row of numbers, each is as far ahead of its position as the first.
    rows = groupby(enumerate(seeds), lambda pair: pair[1] - pair[0])
    ends = [[seed for _, seed in row] for _, row in rows]
    return ", ".join(f"{row[0]}..{row[-1]}" if len(row) > 1 else f"{row[0]}" for row in ends)


def _result(item: int, schedule: Schedule, outcomes: dict[int, Outcome]) -> Result | None:
    """Returns an item's result once all of its tasks have ended."""
    places = [
        (number, position, part.plan.seeds)
        for number, task in enumerate(schedule.tasks)
        for position, part in enumerate(task.parts)
        if part.item == item
    ]
    if any(number not in outcomes for number, *_ in places):
        return None
    ended = [(outcomes[number], position, seeds) for number, position, seeds in places]
    lost = [(outcome, seeds) for outcome, _, seeds in ended if outcome.error]
    found = schedule.items[item]
    if lost:
        errors = tuple((seeds, outcome.error) for outcome, seeds in lost)
        return Result(found, errors=errors, skipped=all(outcome.skipped for outcome, _ in lost))
    made = [outcome.records[position] for outcome, position, _ in ended]
    return Result(found, record=merged(made, found.plan.seeds))


def _written(result: Result, output: Path, command: str) -> Result:
    if result.record is None or result.item.added:
        return result
    plan = result.item.plan
    made = result.record.model_copy(update={"command": command})
    path = record.write(made, output / f"{plan.name}-{plan.recipe.name}.json")
    return Result(result.item, record=made, path=path)


def merged(records: Sequence[RunRecord], seeds: Sequence[int]) -> RunRecord:
    """Makes one record of an item's parts, as one run of all its seeds would have made it.

    Observations are those of the part with the first seed, as in a run of several seeds. If the
    parts were computed on different machines, ``sweep.environments`` lists each seed's.
    """
    by_seed = {run.seed: (run, one) for one in records for run in one.runs}
    first = by_seed[seeds[0]][1]
    timings = {
        **first.timings,
        "seconds": sum(one.timings["seconds"] for one in records),
        "peak_memory_gib": max(one.timings["peak_memory_gib"] for one in records),
    }
    observations = dict(first.observations)
    if any(one.environment != first.environment for one in records):
        observations["sweep.environments"] = {
            str(seed): by_seed[seed][1].environment for seed in seeds
        }
    return first.model_copy(
        update={
            "runs": tuple(by_seed[seed][0] for seed in seeds),
            "timings": timings,
            "observations": observations,
            "started": min(one.started for one in records),
            "finished": max(one.finished for one in records),
        }
    )
