"""A sweep on a Ray cluster: what is checked first, and a machine that dies."""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest
from filelock import FileLock

from repro import environment
from repro.errors import OptionError
from repro.sweep import cluster, schedule, workers
from repro.sweep.cluster import Cluster, resources
from repro.sweep.workers import Place, lock_of, look, python
from tests.sweep import asked
from tests.sweep.test_driving import record_of


@pytest.fixture
def place(tmp_path):
    marker = tmp_path / ".sweep-1"
    marker.touch()
    return Place(tmp_path, None, tmp_path, marker, environment.code_digest(), python(), ())


@pytest.mark.parametrize(
    ("machines", "wanted", "needed"),
    [
        ([{"CPU": 2}, {"CPU": 8}], None, (2, 0)),
        ([{"CPU": 0}, {"CPU": 8}], None, (8, 0)),
        ([{"CPU": 16, "GPU": 4}, {"CPU": 64}], None, (4, 1)),
        ([{"CPU": 3, "GPU": 8}], None, (1, 1)),
        ([{"CPU": 8}], 3, (3, 0)),
        ([{"CPU": 16, "GPU": 1}], 2, (2, 1)),
    ],
    ids=str,
)
def test_a_task_gets_a_machine_or_a_gpu_and_its_share_of_the_processors(machines, wanted, needed):
    assert resources(machines, wanted) == needed


@pytest.mark.parametrize(
    ("machines", "wanted", "culprit"),
    [([{"CPU": 0}], None, "--ray: "), ([], None, "--ray: "), ([{"CPU": 4}], 5, "--ray-cpus")],
    ids=str,
)
def test_a_task_that_fits_nowhere_is_refused(machines, wanted, culprit):
    with pytest.raises(OptionError, match=culprit):
        resources(machines, wanted)


@pytest.mark.parametrize(
    ("change", "culprit"),
    [
        ({"marker": Path("/no/.sweep-1")}, "REPRO_HOME"),
        ({"originals": Path("/data/cats.zip")}, "/data/cats.zip"),
        ({"weights": Path("/data/vgg16.h5")}, "/data/vgg16.h5"),
        ({"code": "other"}, "another version"),
        ({"python": "2.7"}, "2.7"),
    ],
    ids=str,
)
def test_a_machine_that_could_not_compute_the_sweep_is_named_first(place, change, culprit):
    with FileLock(lock_of(place.marker)):
        assert look(place) is None
        refusal = look(replace(place, **change))
    with pytest.raises(OptionError, match=re.escape(culprit)) as caught:
        cluster._check([None, refusal, look(place)])
    assert socket.gethostname() in str(caught.value)
    cluster._check([None, None])


def test_a_machine_that_does_not_respect_locks_says_so(place):
    assert "lock" in look(place)["found"]


def test_a_task_on_a_machine_without_the_folder_computes_nothing(place, tmp_path, monkeypatch):
    monkeypatch.setattr(workers, "attempt", None)
    task = schedule(asked(("technique-1",), ("today",), (0,))).tasks[0]
    records, error = workers.work(task, replace(place, marker=tmp_path / "gone"))
    assert not records and str(tmp_path) in error


@pytest.mark.parametrize(
    ("processors", "given", "threads"), [(None, None, None), (2, None, "1"), (None, "3", "3")]
)
def test_a_task_with_a_whole_machine_has_its_threads(
    monkeypatch, place, tmp_path, processors, given, threads
):
    """Ray's own number holds only where a machine is shared out."""
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    if given:
        monkeypatch.setenv("OMP_NUM_THREADS", given)
    variables = cluster._variables(processors)
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    monkeypatch.setenv("REPRO_ORIGINALS", "/elsewhere")
    replace(place, variables=variables).enter()
    assert os.environ.get("OMP_NUM_THREADS") == threads
    assert os.environ["REPRO_HOME"] == str(tmp_path) and "REPRO_ORIGINALS" not in os.environ


@pytest.mark.parametrize(
    "address", ["127.0.0.1:{port}", "ray://127.0.0.1:{port}", "1.2.3.4", "x:y"]
)
def test_an_address_where_no_cluster_is_is_bad_input_at_once(monkeypatch, address):
    monkeypatch.setitem(sys.modules, "ray", SimpleNamespace(init=None))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = address.format(port=free.getsockname()[1])
        with (
            pytest.raises(OptionError, match="--ray: found") as caught,
            cluster.connected(address, originals=None, weights=None, processors=None),
        ):
            pass
    assert address in str(caught.value) and "ray start" in str(caught.value)


class FakeRay:
    """Computes at once, where it is asked to; machines die when told so."""

    class exceptions:  # noqa: N801
        class RayError(Exception):
            pass

    def __init__(self, error=""):
        self.options, self.error = {}, error

    def put(self, value):
        return value

    def remote(self, **options):
        self.options = options
        return lambda function: SimpleNamespace(
            options=lambda name: SimpleNamespace(remote=lambda *asked: (function, asked))
        )

    def wait(self, running, num_returns):
        return running[:num_returns], running[num_returns:]

    def get(self, reference):
        if self.error:
            raise self.exceptions.RayError(self.error)
        task = reference[1][0]
        return tuple(record_of(part.plan).model_dump_json() for part in task.parts), ""


def test_records_come_back_as_they_were(place):
    task = schedule(asked(("technique-1",), ("today",), (0, 1))).tasks[0]
    executor = Cluster(FakeRay(), place, processors=1, gpus=0)
    executor.submit(5, task)
    number, outcome = executor.next()
    assert number == 5 and outcome.records == (record_of(task.parts[0].plan),)


def test_a_machine_that_dies_too_often_is_a_failed_run(place):
    ray = FakeRay("The node died.\nand a long story")
    executor = Cluster(ray, place, processors=1, gpus=1)
    assert ray.options["max_retries"] >= 3 and ray.options["num_gpus"] == 1
    executor.submit(0, schedule(asked(("technique-1",), ("today",), (0,))).tasks[0])
    _, outcome = executor.next()
    assert outcome.error == "RayError: The node died." and not outcome.records


# -------------------------------------------------------------------------------- a real cluster

#: Enough that neither of two tasks has ended when the other one has had its first.
EPOCHS = 6
SWEEP = [sys.executable, "-m", "repro", "sweep", "--experiments", "technique-2"]
SWEEP += ["--epochs", str(EPOCHS)]
SWEEP += ["--recipes", "today,published", "--seeds", "0,1"]


def _without_times(path):
    plain = json.loads(path.read_text())
    for name in ("timings", "command", "started", "finished"):
        del plain[name]
    # Of the source, which may be worked on meanwhile.
    del plain["digests"]["code"]
    for run in plain["runs"]:
        del run["history"]["seconds"]
    return plain


def _checkpoints(home):
    """The number of each run's newest checkpoint."""
    newest = {}
    for path in (home / "runs").glob("*/seed-*/epoch-*.npz"):
        newest[path.parent] = max(newest.get(path.parent, 0), int(path.stem[-5:]))
    return newest


@pytest.fixture
def machines(monkeypatch):
    """A Ray cluster of one machine with one processor to give away."""
    pytest.importorskip(
        "ray", reason="no Ray: run with `pip install 'repro[cluster]'`", exc_type=ImportError
    )
    from ray.cluster_utils import Cluster as Machines

    # Ray's processes take more than Ray's seconds to start where others keep the cores busy.
    monkeypatch.setenv("RAY_agent_register_timeout_ms", "300000")
    monkeypatch.setenv("RAY_worker_register_timeout_seconds", "300")
    monkeypatch.setenv("RAY_health_check_timeout_ms", "300000")
    monkeypatch.setenv("RAY_worker_niceness", "0")
    started = Machines()
    try:
        _add(started, include_dashboard=False)
        yield started
    finally:
        started.shutdown()


def _add(machines, **options):
    return machines.add_node(num_cpus=1, object_store_memory=100 * 2**20, **options)


@pytest.mark.slow
def test_a_machine_dies_in_the_middle_and_the_records_are_those_of_one_machine(tmp_path, machines):
    environ = {**os.environ, "REPRO_HOME": str(tmp_path / "home")}
    dying = _add(machines)
    with (tmp_path / "log").open("w") as log:
        driver = subprocess.Popen(
            [*SWEEP, "--ray", machines.address, "--output", str(tmp_path / "far")],
            env=environ,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
        while driver.poll() is None:
            newest = _checkpoints(tmp_path / "home")
            # Both tasks are in the middle, so the machine that dies has one of them.
            if len({path.parent for path in newest}) == 2:
                break
            time.sleep(0.05)
        before = _checkpoints(tmp_path / "home")
        assert driver.poll() is None, (tmp_path / "log").read_text()
        assert max(before.values()) < EPOCHS
        machines.remove_node(dying, allow_graceful=False)
        code = driver.wait(1800)
    text = (tmp_path / "log").read_text()
    assert code == 0, text
    assert "2 of 2 done" in text
    resumed = [int(epochs) for epochs in re.findall(r"going on after (\d+) finished", text)]
    # A finished run is read once more for its record; those in the middle were interrupted.
    assert any(0 < epochs < EPOCHS for epochs in resumed), text
    environ["REPRO_HOME"] = str(tmp_path / "alone")
    near = [*SWEEP, "--output", str(tmp_path / "near")]
    subprocess.run(near, env=environ, check=True, capture_output=True)
    for recipe in ("today", "published"):
        name = f"technique-2-{recipe}.json"
        assert _without_times(tmp_path / "far" / name) == _without_times(tmp_path / "near" / name)
