"""A run whose process is killed, not asked to stop."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

CHILD = """
import json, sys
from dataclasses import replace
from pathlib import Path
from repro import _keras, chapter, training
from tests.training.conftest import blobs, tiny_base
from repro import features
_keras.make_deterministic()
folder = Path(sys.argv[1])
extract = features.extractor(tiny_base(), batch=40)
train, validation = blobs(200, 1), blobs(40, 2)
featured = {"validation": training.Features(extract(validation.values), validation.labels)}
technique = replace(chapter.FEATURE_EXTRACTION, learning_rate=1e-3, epochs=40)
(folder / "ready").touch()
runs = training.train_frozen(extract, train, featured, seeds=[0, 1], technique=technique,
                             folder=folder / "run")
plain = [run.model_dump(mode="json") for run in runs]
for run in plain:
    del run["history"]["seconds"]
(folder / "result.json").write_text(json.dumps(plain))
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
            np.load(tmp_path / name / "run" / f"seed-{seed}" / newest)
            for name in ("killed", "whole")
        )
        for name in theirs.files:
            if name != "meta.json":
                assert ours[name].tobytes() == theirs[name].tobytes(), name
