"""Runs technique 1 and the drift probe in one environment of the matrix, where the inputs are.

``python .ci/technique_1.py NAME`` writes ``repro-output/matrix/NAME.json`` (the probe, with the
accuracies) and ``NAME-technique-1.json`` (the run record). Copied to ``results/probes``, the probes
are what ``python -m repro.probe`` makes the tables of docs/matrix.md from.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

INPUTS = ("REPRO_ORIGINALS", "REPRO_WEIGHTS")
SEEDS = "0..4"
#: The matrix compares Keras with Keras.
KERAS = ("--engine", "keras")


def commands(name: str, folder: Path) -> list[list[str]]:
    """Returns what is run, in order."""
    record, probe = folder / f"{name}-technique-1.json", folder / f"{name}.json"
    repro = [sys.executable, "-m", "repro"]
    return [
        [*repro, "run", "technique-1", *KERAS, "--seeds", SEEDS, "--output", str(record)],
        [*repro, "probe", "--technique-1", str(record), "--output", str(probe)],
    ]


def main(name: str, folder: Path) -> int:
    """Runs the commands; says so where an input is missing and nothing can be run."""
    missing = [variable for variable in INPUTS if not os.environ.get(variable)]
    if missing:
        print(f"TECHNIQUE 1 SKIPPED in {name}: {' and '.join(missing)} not set", flush=True)
        return 0
    for command in commands(name, folder):
        code = subprocess.run(command, check=False).returncode  # noqa: S603 (our own commands)
        if code:
            return code
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], Path("repro-output/matrix").absolute()))
