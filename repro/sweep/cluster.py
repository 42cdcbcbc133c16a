"""A sweep on an existing Ray cluster: a task goes to whichever machine is free.

A task leaves its files under ``REPRO_HOME``, which all machines share. So a task whose machine dies
is started again on another one and resumes from its last checkpoint, with the same bits.
"""

from __future__ import annotations

import importlib
import logging
import os
import socket
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from filelock import FileLock

from repro import environment, record, settings
from repro.errors import OptionError
from repro.sweep.driving import Outcome, describe
from repro.sweep.planning import Task
from repro.sweep.workers import Place, lock_of, look, python, work

logger = logging.getLogger(__name__)

#: How often a task is started again when its machine or its process dies.
RETRIES = 10
#: Seconds that every machine has to say what it sees.
_PATIENCE = 120.0
#: Variables that have to be the same wherever bits are computed.
_SHARED_VARIABLES = (
    "KERAS_BACKEND",
    "NVIDIA_TF32_OVERRIDE",
    "OMP_NUM_THREADS",
    "TF_ENABLE_ONEDNN_OPTS",
    "XLA_FLAGS",
)


class Cluster:
    """Computes tasks on a Ray cluster.

    Args:
        ray: the module, connected.
        place: where workers compute.
        processors: of a task.
        gpus: of a task.
    """

    def __init__(self, ray: Any, place: Place, *, processors: float, gpus: float) -> None:
        self._ray = ray
        self._place = ray.put(place)
        # A process that has used a GPU holds its memory until it ends.
        calls = {"max_calls": 1} if gpus else {}
        self._work = ray.remote(num_cpus=processors, num_gpus=gpus, max_retries=RETRIES, **calls)(
            work
        )
        self._running: dict[Any, int] = {}

    def submit(self, number: int, task: Task) -> None:
        """See :class:`repro.sweep.driving.Executor`."""
        self._running[self._work.options(name=describe(task)).remote(task, self._place)] = number

    def next(self) -> tuple[int, Outcome]:
        """See :class:`repro.sweep.driving.Executor`."""
        (ended, *_), _ = self._ray.wait(list(self._running), num_returns=1)
        number = self._running.pop(ended)
        try:
            texts, error = self._ray.get(ended)
        # Of the cluster, not of the task, which returns what went wrong: a machine that died too
        # often, no memory, a process that cannot be started.
        except self._ray.exceptions.RayError as problem:
            first = str(problem).strip().splitlines()[0]
            return number, Outcome(error=f"{type(problem).__name__}: {first}"[:1000])
        records = tuple(record.RunRecord.model_validate_json(text) for text in texts)
        return number, Outcome(records, error)


def module() -> Any:
    """Returns the ray module.

    Raises:
        OptionError: it is not installed.
    """
    try:
        return importlib.import_module("ray")
    except ImportError as error:
        raise OptionError(
            "--ray",
            found=f"no ray in this Python ({error})",
            expected="the package that talks to the cluster",
            remedy="Run `python -m pip install -e '.[cluster]'`, or leave the option out.",
        ) from error


@contextmanager
def connected(
    address: str, *, originals: Path | None, weights: Path | None, processors: int | None
) -> Iterator[Cluster]:
    """Connects to a cluster, checks that its machines can compute the sweep, and disconnects.

    Args:
        address: "auto", "ray://HOST:PORT" or "HOST:PORT".
        originals: the Kaggle pictures, at a path that all machines have.
        weights: the base's tensors, likewise.
        processors: of a task; None gives a task a whole machine, or its share of one with GPUs.

    Raises:
        OptionError: there is no such cluster, or it cannot compute this sweep.
    """
    ray = _connect(address)
    home = settings.home().absolute()
    home.mkdir(parents=True, exist_ok=True)
    marker = home / f".sweep-{uuid.uuid4().hex}"
    place = Place(
        originals=originals and originals.absolute(),
        weights=weights and weights.absolute(),
        home=home,
        marker=marker,
        code=environment.code_digest(),
        python=python(),
        variables=_variables(processors),
    )
    try:
        marker.touch()
        with FileLock(lock_of(marker)):
            nodes = [node for node in ray.nodes() if node["Alive"]]
            _check(_look_around(ray, nodes, place))
        needed, gpus = resources([node["Resources"] for node in nodes], processors)
        text = "Ray cluster: %d machines; a task takes %g processors and %g GPUs"
        logger.info(text, len(nodes), needed, gpus)
        yield Cluster(ray, place, processors=needed, gpus=gpus)
    finally:
        marker.unlink(missing_ok=True)
        lock_of(marker).unlink(missing_ok=True)
        ray.shutdown()


def _connect(address: str) -> Any:
    """Returns the ray module, connected."""
    ray = module()
    try:
        if address != "auto":  # if nobody listens, Ray itself would try for minutes
            host, _, port = address.rpartition("://")[2].rpartition(":")
            socket.create_connection((host.strip("[]"), int(port)), timeout=10).close()
        ray.init(address=address, logging_level=logging.WARNING)
    except (OSError, RuntimeError, ValueError) as error:
        raise OptionError(
            "--ray",
            found=" ".join(f"{address}: {error}".split())[:500],
            expected="the address of a running Ray cluster",
            remedy="Start one with `ray start --head`, or correct the address.",
        ) from error
    return ray


def _variables(processors: int | None) -> tuple[tuple[str, str | None], ...]:
    given = tuple((name, os.environ.get(name)) for name in _SHARED_VARIABLES)
    # Ray sets the number of OpenMP's threads to the task's processors. A task that has the whole
    # machine computes as it would without Ray; who shares a machine out keeps Ray's number.
    return tuple(
        (name, value)
        for name, value in given
        if value is not None or (name == "OMP_NUM_THREADS" and processors is None)
    )


def resources(
    machines: Sequence[Mapping[str, float]], processors: int | None
) -> tuple[float, float]:
    """Returns the processors and GPUs that a task asks for.

    A task computes on all processors of its machine, so it gets a whole one by default; where
    there are GPUs it gets one of them, and its share of the machine's processors.

    Args:
        machines: what each of them has, as "CPU" and "GPU".
        processors: what the user wants; None for the default.
    """
    with_gpus = [one for one in machines if one.get("GPU", 0) >= 1]
    usable = with_gpus or [one for one in machines if one.get("CPU", 0) >= 1]
    if not usable:
        raise OptionError(
            "--ray",
            found=f"{len(machines)} machines without a processor to give away",
            expected="at least one with CPU resources",
            remedy="Start machines with `ray start --address=… --num-cpus=…`.",
        )
    gpus = 1.0 if with_gpus else 0.0
    share = min(one.get("CPU", 0) // max(one.get("GPU", 0), 1) for one in usable)
    wanted = float(processors) if processors is not None else max(share, 1.0)
    largest = max(one.get("CPU", 0) for one in usable)
    if wanted > largest:
        raise OptionError(
            "--ray-cpus",
            found=f"{wanted:g}",
            expected=f"at most {largest:g}, which the largest machine has",
            remedy="Correct the option.",
        )
    return wanted, gpus


def _look_around(
    ray: Any, nodes: Sequence[Mapping[str, Any]], place: Place
) -> list[dict[str, str] | None]:
    from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

    looking = ray.remote(num_cpus=0, max_retries=2)(look)
    asked = [
        looking.options(
            scheduling_strategy=NodeAffinitySchedulingStrategy(node["NodeID"], soft=False)
        ).remote(place)
        for node in nodes
    ]
    try:
        return list(ray.get(asked, timeout=_PATIENCE))
    except ray.exceptions.RayError as error:
        raise OptionError(
            "--ray",
            found=f"a machine that cannot run the project: {error}"[:1000],
            expected="the same version of repro in the Python of every machine",
            remedy="Install it there, and start Ray from that Python.",
        ) from error


def _check(refusals: Sequence[dict[str, str] | None]) -> None:
    """Raises an error that names the first machine that could not compute the sweep."""
    for refusal in refusals:
        if refusal is not None:
            raise OptionError("--ray", **refusal)
