"""A run whose process is killed, not asked to stop."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

CHILD = """
import json, os, sys
from pathlib import Path
folder = Path(sys.argv[1])
os.environ["REPRO_HOME"] = str(folder / "home")
from repro import _keras, model
from repro.experiments import FeatureExtraction
from repro.techniques.feature_extraction import run
from tests.small import blobs, materials, plain, tiny_base, trial
_keras.make_deterministic()
model.conv_base = tiny_base
on = materials({"train": blobs(200, 1), "validation": blobs(40, 2), "test": blobs(40, 3)})
(folder / "ready").touch()
one = trial(FeatureExtraction(), seeds=(0, 1), epochs=40, rate=1e-3, on=on)
runs = run(one).runs
(folder / "place").write_text(str(one.folder))
(folder / "result.json").write_text(json.dumps(plain(runs)))
"""


def _start(folder):
    folder.mkdir(exist_ok=True)
    return subprocess.Popen([sys.executable, "-c", CHILD, str(folder)])


def _finish(folder):
    assert _start(folder).wait(300) == 0
    return json.loads((folder / "result.json").read_text())


@pytest.mark.slow
def test_sigkill_at_random_moments(tmp_path):
    whole = _finish(tmp_path / "whole")
    generator = np.random.default_rng(int(os.environ.get("PYTEST_KILL_SEED", "11")))
    folder, killed = tmp_path / "killed", 0
    for _ in range(5):
        child = _start(folder)
        while not (folder / "ready").exists() and child.poll() is None:
            time.sleep(0.01)
        time.sleep(generator.uniform(0, 2.5))
        child.send_signal(signal.SIGKILL)
        killed += child.wait() == -signal.SIGKILL
        (folder / "ready").unlink(missing_ok=True)
    assert killed
    assert _finish(folder) == whole
    for seed in (0, 1):
        newest = "epoch-00040.npz"
        ours, theirs = (
            np.load(Path((tmp_path / name / "place").read_text()) / f"seed-{seed}" / newest)
            for name in ("killed", "whole")
        )
        for name in theirs.files:
            if name != "meta.json":
                assert ours[name].tobytes() == theirs[name].tobytes(), name
