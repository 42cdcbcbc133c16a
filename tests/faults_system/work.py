"""A whole small job without a framework: prepare, decode, extract, keep checkpoints.

Run as a program, it prints a digest of everything that it made. ``tests/training/test_killed.py``
kills the training itself, which takes a framework's start each time.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
import time
from pathlib import Path
from unittest import mock

import numpy as np

from repro import checkpoint, dataset, features, pictures
from repro.chapter import FOLDS
from repro.checkpoint import Checkpoint
from repro.dataset import fingerprints
from repro.features import FeatureKey
from tests.dataset import drawing

EPOCHS = 6


def job(folder: Path, *, pace: float = 0.0) -> str:
    """Does the job, going on where it was interrupted.

    Args:
        folder: holds "originals"; gets "small" and the caches ("home", by the environment).
        pace: seconds that each batch and each epoch takes longer.
    """
    features.BATCH, features.SAVE_EVERY = 4, 0.0
    with mock.patch.object(fingerprints, "load", drawing.table):
        made = dataset.prepare(
            folder / "originals", folder / "small", split=drawing.SPLIT, link="copy"
        )
    digest = hashlib.sha256(made.digest.encode())
    for fold in FOLDS:
        values = pictures.load(made.paths(fold), size=(40, 50))
        key = FeatureKey(features.digest_pictures(values), "w", "b", "r", "float32", "s")

        def mean(part: np.ndarray) -> np.ndarray:
            time.sleep(pace)
            return part.mean((1, 2), dtype=np.float32)

        maps = features.extract(mean, values, key, shape=(3,))
        digest.update(values.tobytes() + np.asarray(maps).tobytes())
    digest.update(_train(folder / "run", pace))
    return digest.hexdigest()


def _train(folder: Path, pace: float) -> bytes:
    """Steps that depend on the state before them and on the epoch alone, like the project's."""
    kept = checkpoint.latest(folder)
    weights = np.zeros(20_000, np.float32) if kept is None else kept.arrays["weight-0"]
    for epoch in range(0 if kept is None else kept.epoch, EPOCHS):
        time.sleep(pace)
        step = np.random.default_rng([3, epoch]).normal(size=weights.shape).astype(np.float32)
        weights = weights * np.float32(0.9) + step
        checkpoint.save(folder, Checkpoint(epoch + 1, {"weight-0": weights}, {"history": {}}))
    return weights.tobytes()


def main() -> None:
    folder, pace = Path(sys.argv[1]), float(sys.argv[2])
    if limit := os.environ.get("JOB_MEMORY"):
        import resource

        import psutil

        bound = psutil.Process().memory_info().vms + int(limit)
        resource.setrlimit(resource.RLIMIT_AS, (bound, bound))
    print(json.dumps({"digest": job(folder, pace=pace)}))


if __name__ == "__main__":
    main()
