"""A sweep on this machine, one task after the other: each has all its processors or its GPU."""

from __future__ import annotations

import logging

from repro.errors import ReproError
from repro.sweep.driving import Outcome, describe
from repro.sweep.execution import Gather, execute
from repro.sweep.planning import Task

logger = logging.getLogger(__name__)


class Local:
    """Computes tasks in this process.

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
