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
        code: digest of the package's source.
        python: major and minor version.
        variables: of the environment, name and value; None removes it.
    """

    originals: Path | None
    weights: Path | None
    home: Path
    marker: Path
    code: str
    python: str
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


def look(place: Place) -> dict[str, str] | None:
    """Says what keeps this machine from computing the sweep, None if nothing does; runs there.

    Returns:
        What an :class:`~repro.errors.OptionError` says: found, expected and remedy.
    """
    machine, given = socket.gethostname(), (place.originals, place.weights)
    missing = [str(path) for path in given if path is not None and not path.exists()]
    if not place.marker.exists():
        found, expected = not_shared(place, machine), "a folder that all machines share"
        remedy = f"Set {settings.HOME} to one, here and for this command only."
    elif not _is_locked(place.marker):
        found = f"a lock on {place.home} that {machine} does not respect"
        expected = "a shared folder with file locks"
        remedy = "Mount it with locks (NFS: version 4, or 3 with lockd and without nolock)."
    elif missing:
        found = f"no {', '.join(missing)} on {machine}"
        expected = "pictures and weights at the same path on all machines"
        remedy = "Put them into a shared folder."
    elif (environment.code_digest(), python()) != (place.code, place.python):
        found = f"another version of repro or of Python ({python()}) on {machine}"
        expected = f"this one, with Python {place.python}"
        remedy = "Install the same version everywhere."
    else:
        return None
    return {"found": found, "expected": expected, "remedy": remedy}


def _is_locked(marker: Path) -> bool:
    """Tells whether this machine respects the lock that the driver holds."""
    try:
        with FileLock(lock_of(marker), timeout=0):
            return False
    except Timeout:
        return True


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
