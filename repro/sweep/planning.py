"""What a sweep has to compute, in which order, and what its runs can share. Plain data."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from graphlib import TopologicalSorter
from itertools import groupby, pairwise
from operator import itemgetter

from repro.experiments import FastFeatureExtraction, FeatureExtraction, LayerProbe, PositionProbe
from repro.plans import Plan

#: Most runs that one task trains at a time. Sharing a pass among more saves little (a tenth of what
#: a run costs, see docs/sweeps.md), takes memory, and leaves other machines idle.
TOGETHER = 50
_ITEM = itemgetter(0)  # of a run, an (item, seed)


@dataclass(frozen=True)
class Item:
    """One run record to make: an experiment under a recipe.

    Args:
        plan: with all its seeds.
        added: nobody asked for it, but fine-tuning starts from it; it gets no record.
    """

    plan: Plan
    added: bool = False


@dataclass(frozen=True)
class Part:
    """Some seeds of an item.

    Args:
        item: its number in the schedule.
        plan: the item's with these seeds.
    """

    item: int
    plan: Plan


@dataclass(frozen=True)
class Task:
    """What one process computes in one go; it fails or succeeds as a whole.

    Args:
        parts: what to run; several share every pass of the base.
        needs: numbers of the tasks whose result it starts from.
        after: numbers of further tasks that have to end first, however they end: they leave their
            checkpoints in the same place with fewer epochs, or start from what is there.
    """

    parts: tuple[Part, ...]
    needs: tuple[int, ...] = ()
    after: tuple[int, ...] = ()

    @property
    def runs(self) -> int:
        """The number of runs, one per part and seed."""
        return sum(len(part.plan.seeds) for part in self.parts)


@dataclass(frozen=True)
class Schedule:
    """Everything that a sweep has to do.

    Args:
        items: the records to make, those that were asked for first.
        tasks: in an order in which they can be run one after the other.
    """

    items: tuple[Item, ...]
    tasks: tuple[Task, ...]

    @property
    def runs(self) -> int:
        """The number of runs in all tasks."""
        return sum(task.runs for task in self.tasks)


def schedule(asked: Sequence[Plan], *, together: int = TOGETHER) -> Schedule:
    """Plans a sweep.

    Fine-tuning needs the classifiers that technique 2 (or another experiment) leaves for the same
    seed and recipe; if they were not asked for, they are added.

    Args:
        asked: what to run, different experiments and recipes with the same seeds.
        together: most runs in a task that can share.
    """
    present = {(identity(plan), plan.total_epochs) for plan in asked}
    added: dict[Plan, None] = {}
    for start in (plan.start for plan in asked):
        if start is not None and (identity(start), start.total_epochs) not in present:
            added[start] = None
    items = (*(Item(plan) for plan in asked), *(Item(plan, added=True) for plan in added))
    tasks = list(_tasks(items, together))
    return Schedule(items, tuple(_in_order(_linked(tasks))))


def identity(plan: Plan) -> Plan:
    """Returns a key that two plans share if they keep their checkpoints in the same place."""
    return replace(plan, seeds=(), epochs=None)


def shared_pass(plan: Plan) -> Plan | None:
    """Returns a key that two plans share if they can share every pass of the base.

    That is everything but the optimiser, the seeds and the number of epochs. None if there is no
    pass to share: the base trains, or its feature maps are kept on disk anyway.
    """
    if not isinstance(plan.training, FeatureExtraction) or not plan.training.augmented:
        return None
    same = replace(plan.recipe, name="", rmsprop_denominator="inside", rmsprop_epsilon=0.0)
    return replace(plan, recipe=same, seeds=(), epochs=None)


def _tasks(items: Sequence[Item], together: int) -> Iterator[Task]:
    groups: dict[object, list[int]] = {}
    for number, item in enumerate(items):
        shared = shared_pass(item.plan)
        # Two numbers of epochs of one plan write the same checkpoints: never at the same time.
        rank = sum(
            identity(other.plan) == identity(item.plan)
            and other.plan.total_epochs < item.plan.total_epochs
            for other in items
        )
        groups.setdefault(number if shared is None else (shared, rank), []).append(number)
    for numbers in groups.values():
        for runs in _chunks(items, numbers, together):
            parts = [
                Part(number, replace(items[number].plan, seeds=tuple(seed for _, seed in chosen)))
                for number, chosen in groupby(sorted(runs, key=_ITEM), key=_ITEM)
            ]
            yield Task(tuple(parts))


def _chunks(
    items: Sequence[Item], numbers: Sequence[int], together: int
) -> Iterator[list[tuple[int, int]]]:
    """Yields the runs of each task of a group, as (item, seed)."""
    plan = items[numbers[0]].plan
    if isinstance(plan.training, (LayerProbe, PositionProbe)):
        size = len(plan.seeds)  # they end in one set of observations
    elif isinstance(plan.training, (FastFeatureExtraction, FeatureExtraction)):
        size = together
    else:
        # Nothing to share: a run fails, and is spread over machines, by itself.
        size = 1
    # All recipes of a seed stand together.
    runs = [(n, seed) for seed in plan.seeds for n in numbers if seed in items[n].plan.seeds]
    for first in range(0, len(runs), size):
        yield runs[first : first + size]


def _linked(tasks: Sequence[Task]) -> list[Task]:
    """Returns the tasks with what each of them has to wait for."""
    # Where checkpoints are kept → every task that leaves some there, and after how many epochs.
    kept: dict[tuple[Plan, int], list[tuple[int, int]]] = {}
    for number, task in enumerate(tasks):
        for part in task.parts:
            place = identity(part.plan)
            for seed in part.plan.seeds:
                kept.setdefault((place, seed), []).append((part.plan.total_epochs, number))
    needs: list[set[int]] = [set() for _ in tasks]
    after: list[set[int]] = [set() for _ in tasks]
    for number, task in enumerate(tasks):
        for part in task.parts:
            start = part.plan.start
            if start is None:
                continue
            place = identity(start)
            for seed in part.plan.seeds:
                for epochs, other in kept[place, seed]:
                    if epochs == start.total_epochs:
                        needs[number].add(other)
                    elif epochs > start.total_epochs:
                        # It would overwrite what this task starts from.
                        after[other].add(number)
    for stages in kept.values():
        for (_, earlier), (_, later) in pairwise(sorted(stages)):
            after[later].add(earlier)
    return [
        replace(task, needs=tuple(needs[n]), after=tuple(after[n] - needs[n]))
        for n, task in enumerate(tasks)
    ]


def _in_order(tasks: Sequence[Task]) -> list[Task]:
    """Returns the tasks such that none comes before one that it waits for."""
    waiting = {number: {*task.needs, *task.after} for number, task in enumerate(tasks)}
    order = tuple(TopologicalSorter(waiting).static_order())
    place = {number: position for position, number in enumerate(order)}

    def moved(numbers: Iterable[int]) -> tuple[int, ...]:
        return tuple(sorted(place[number] for number in numbers))

    return [
        replace(tasks[n], needs=moved(tasks[n].needs), after=moved(tasks[n].after)) for n in order
    ]
