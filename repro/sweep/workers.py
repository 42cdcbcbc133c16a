"""What runs on the machines of a cluster: a look around, and a sweep's tasks."""

from __future__ import annotations

import logging
import os
import socket
import sys
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from filelock import FileLock, Timeout

from repro import environment, settings
from repro.plans import Materials, gather
from repro.recipe import Interpolation
from repro.sweep.driving import describe
from repro.sweep.execution import attempt
from repro.sweep.planning import Task

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Place:
    """What a worker needs to know to compute as this machine would.

    Args:
        originals: the Kaggle pictures.
        weights: the base's tensors.
        home: the caches that all machines share.
        marker: a file in there, made for this sweep.
        variables: of the environment, name and value; None removes it.
    """

    originals: Path | None
    weights: Path | None
    home: Path
    marker: Path
    variables: tuple[tuple[str, str | None], ...]

    def enter(self) -> None:
        """Puts this process there; to be called before the framework is imported."""
        os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
        os.environ[settings.HOME] = str(self.home)
        inputs = ((settings.ORIGINALS, None), (settings.WEIGHTS, None))
        for name, value in (*self.variables, *inputs):
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


@dataclass(frozen=True)
class Sight:
    """What one machine of the cluster reports.

    Args:
        machine: its name.
        sees: whether the marker is there.
        locked: whether it respects the lock that this machine holds on the marker.
        code: digest of the package's source.
        python: major and minor version.
        missing: of the originals and the weights, what is not there.
    """

    machine: str
    sees: bool
    locked: bool
    code: str
    python: str
    missing: tuple[str, ...]


def look(place: Place) -> Sight:
    """Says what this machine sees; runs there."""
    locked = False
    if place.marker.exists():
        try:
            with FileLock(lock_of(place.marker), timeout=0):
                pass
        except Timeout:
            locked = True
    given = (path for path in (place.originals, place.weights) if path is not None)
    return Sight(
        machine=socket.gethostname(),
        sees=place.marker.exists(),
        locked=locked,
        code=environment.code_digest(),
        python=python(),
        missing=tuple(str(path) for path in given if not path.exists()),
    )


def work(task: Task, place: Place) -> tuple[tuple[str, ...], str]:
    """Computes a task; runs on the cluster.

    Returns:
        The records as JSON, and if there are none, the reason.
    """
    place.enter()
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stderr)
    logging.getLogger("tensorflow").setLevel(logging.ERROR)
    if not place.marker.exists():
        return (), not_shared(place, socket.gethostname())
    logger.info("%s, on %s", describe(task), socket.gethostname())
    outcome = attempt(task, lambda interpolation: _gathered(place, interpolation))
    return tuple(one.model_dump_json() for one in outcome.records), outcome.error


@lru_cache(maxsize=2)
def _gathered(place: Place, interpolation: Interpolation) -> Materials:
    return gather(place.originals, place.weights, interpolation=interpolation)


def not_shared(place: Place, machine: str) -> str:
    """Reports that a machine has another folder where the shared one should be."""
    return f"{place.home}, which {machine} does not see as this machine does"


def lock_of(marker: Path) -> Path:
    """Returns the lock that the driver holds while machines look."""
    return marker.with_suffix(".lock")


def python() -> str:
    """Returns Python's major and minor version."""
    return f"{sys.version_info.major}.{sys.version_info.minor}"
