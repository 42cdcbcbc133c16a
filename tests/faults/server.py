"""Forks a process a request from one that has imported what takes long: pytest and the framework.

A script of its own, so that nothing of the project is imported before a copy of it is. A request is
a line of JSON on standard input, ``{"folder", "arguments", "limit"}``; the answer is a line with
pytest's exit code, or -1 where it ran past the limit (seconds).
"""

from __future__ import annotations

import importlib
import json
import os
import signal
import sys
import time
from contextlib import suppress

PRELOADED = (
    *("pytest", "hypothesis.extra.numpy", "scipy.stats", "scipy.ndimage", "PIL.Image", "pydantic"),
    *("h5py", "numba", "rich", "typer", "keras"),
)


def _be_pytest(folder: str, arguments: list[str]) -> None:
    os.chdir(folder)
    sys.path.insert(0, folder)
    os.environ["PYTHONPATH"] = folder
    nothing, output = os.open(os.devnull, os.O_RDONLY), os.open("output", os.O_CREAT | os.O_WRONLY)
    for target, source in ((0, nothing), (1, output), (2, output)):
        os.dup2(source, target)
    import pytest

    code = 3
    try:
        code = int(pytest.main(arguments))
    finally:
        sys.stdout.flush()
        os._exit(code)


def _wait(child: int, limit: float) -> int:
    end = time.monotonic() + limit
    while time.monotonic() < end:
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.02)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return -1


def main() -> None:
    # This script's own folder is no place to import from.
    sys.path.pop(0)
    for name in PRELOADED:
        with suppress(ImportError):
            importlib.import_module(name)
    for line in sys.stdin:
        request = json.loads(line)
        child = os.fork()
        if child == 0:
            _be_pytest(request["folder"], request["arguments"])
        sys.stdout.write(f"{_wait(child, request['limit'])}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
