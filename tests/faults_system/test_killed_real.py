"""A real run of technique 2 that is killed again and again, and goes on."""

from __future__ import annotations

import json
import os
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import psutil
import pytest

#: Of the record: what depends on the clock.
TIMES = ("timings", "started", "finished")
KILLS = 4
#: Seconds for a run that takes two minutes on an idle machine.
PATIENCE = 3000


def start(home: Path, originals: Path, weights: Path, log: Path) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "repro", "run", "technique-2", "--seeds", "0"]
    command += ["--epochs", "2", "--precision", "auto", "--output", str(home / "record.json")]
    places = {"REPRO_HOME": home, "REPRO_ORIGINALS": originals, "REPRO_WEIGHTS": weights}
    environment = os.environ | {name: str(place) for name, place in places.items()}
    with log.open("ab") as stream:
        return subprocess.Popen(command, env=environment, stdout=stream, stderr=stream)


def spent() -> float:
    """Processor time of the processes that this one started and that have ended, s."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def processor(process: int) -> float:
    try:
        used = psutil.Process(process).cpu_times()
    except psutil.NoSuchProcess:
        return 0.0
    return used.user + used.system


def values(home: Path) -> dict[str, object]:
    made = json.loads((home / "record.json").read_text())
    for name in TIMES:
        del made[name]
    for run in made["runs"]:
        del run["history"]["seconds"]
    made["command"] = made["command"].replace(str(home), "HOME")
    return made


def checkpoint(home: Path) -> dict[str, bytes]:
    (path,) = home.glob("runs/*/seed-0/epoch-00002.npz")
    with np.load(path, allow_pickle=False) as arrays:
        return {name: arrays[name].tobytes() for name in arrays.files if name != "meta.json"}


@pytest.mark.slow
@pytest.mark.originals
@pytest.mark.weights
def test_a_killed_technique_2_ends_with_the_same_bits(tmp_path, originals, weights_path) -> None:
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    whole.mkdir()
    killed.mkdir()
    begun, before = time.monotonic(), spent()
    assert start(whole, originals, weights_path, tmp_path / "whole.log").wait(PATIENCE) == 0
    took, work = time.monotonic() - begun, spent() - before
    generator = np.random.default_rng(int(os.environ.get("PYTEST_KILL_SEED", "12")))
    reached = []
    for _ in range(KILLS):
        child = start(killed, originals, weights_path, tmp_path / "killed.log")
        # By processor time: another process must not move the moment to before or behind the work.
        moment = generator.uniform(0.05, 0.6) * work
        while child.poll() is None and processor(child.pid) < moment:
            time.sleep(0.05)
        child.send_signal(signal.SIGKILL)
        if child.wait(60) == -signal.SIGKILL:
            reached.append(sorted({path.name for path in killed.rglob("epoch-*.npz")}))
    assert reached, "no run was killed: all came to their end before"
    begun = time.monotonic()
    assert start(killed, originals, weights_path, tmp_path / "killed.log").wait(PATIENCE) == 0
    print(f"whole: {took:.0f} s; killed {len(reached)} times, reached {reached}; "
          f"then {time.monotonic() - begun:.0f} s")  # fmt: skip
    assert values(killed) == values(whole)
    assert checkpoint(killed) == checkpoint(whole)
