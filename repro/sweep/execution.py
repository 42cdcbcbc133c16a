"""Computes a task of a sweep, on any machine, and keeps the result."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable
from pathlib import Path

from repro import environment, record, settings
from repro.errors import OptionError, RecordError, ReproError
from repro.plans import Materials, Plan, Trial
from repro.recipe import Interpolation
from repro.record import RunRecord
from repro.running import run, run_together
from repro.sweep.driving import Outcome, describe
from repro.sweep.planning import Task

logger = logging.getLogger(__name__)

#: An interpolation of the resize → what runs with it need.
Gather = Callable[[Interpolation], Materials]


class Local:
    """Computes tasks in this process, one after the other: each has all processors, or the GPU.

    Args:
        gather: what tasks need, by interpolation of the resize.
    """

    def __init__(self, gather: Gather) -> None:
        self._gather = gather
        self._waiting: dict[int, Task] = {}

    def submit(self, number: int, task: Task) -> None:
        """See :class:`repro.sweep.driving.Executor`."""
        self._waiting[number] = task

    def next(self) -> tuple[int, Outcome]:
        """Computes the waiting task that stands first in the schedule."""
        number = min(self._waiting)
        task = self._waiting.pop(number)
        logger.info("%s", describe(task))
        return number, attempt(task, self._gather)


def attempt(task: Task, gather: Gather) -> Outcome:
    """Computes a task; whatever goes wrong is its outcome."""
    try:
        return Outcome(execute(task, gather))
    except ReproError as error:
        return Outcome(error=str(error))
    # A failed run does not stop the others, whatever the reason.
    except Exception as error:
        logger.exception("%s failed", describe(task))
        return Outcome(error=f"{type(error).__name__}: {error}"[:1000])


def execute(task: Task, gather: Gather) -> tuple[RunRecord, ...]:
    """Runs a task, resuming an interrupted earlier call.

    Returns:
        A record for each of the task's parts.

    Raises:
        ReproError: a run lacks something.
    """
    from repro import _keras

    plans = [part.plan for part in task.parts]
    (interpolation,) = {plan.recipe.resize_interpolation for plan in plans}
    materials = gather(interpolation)
    places = {plan: _place(plan, materials) for plan in plans}
    found = {plan: kept for plan, path in places.items() if (kept := _read(plan, path)) is not None}
    missing = [plan for plan in plans if plan not in found]
    try:
        if len(missing) > 1:
            made = run_together(missing, materials)
        else:
            made = tuple(run(plan, materials) for plan in missing)
    finally:
        # A sweep trains many models in one process.
        _keras.release()
    for plan, one in zip(missing, made, strict=True):
        _check_epochs(plan, one)
        record.write(one, places[plan])
        found[plan] = one
    return tuple(found[plan] for plan in plans)


def _place(plan: Plan, materials: Materials) -> Path:
    """Returns the file where the record of a finished part is kept."""
    seeds = hashlib.sha256(repr(plan.seeds).encode()).hexdigest()[:12]
    name = f"{plan.total_epochs}-epochs-{len(plan.seeds)}-seeds-{seeds}.json"
    return settings.home() / "sweeps" / Trial(plan, materials).folder.name / name


def _read(plan: Plan, path: Path) -> RunRecord | None:
    if not path.exists():
        return None
    try:
        kept = record.read(path)
    except RecordError as error:
        logger.warning("%s Making the record again.", error)
        return None
    # Other code may observe more, so the record is made anew; its checkpoints stand.
    if kept.digests.get("code") != environment.code_digest():
        return None
    logger.info("%s, %s recipe: finished before", plan.name, plan.recipe.name)
    return kept


def _check_epochs(plan: Plan, made: RunRecord) -> None:
    for one in made.runs:
        if len(one.history.loss) != plan.total_epochs:
            raise OptionError(
                f"{plan.name}, {plan.recipe.name} recipe, seed {one.seed}",
                found=f"{len(one.history.loss)} finished epochs",
                expected=f"{plan.total_epochs} epochs",
                remedy=f"Give --epochs {len(one.history.loss)}, or another {settings.HOME}.",
            )
