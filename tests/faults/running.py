"""Runs the catalogue: a copy of the package a fault, and pytest on it in a process of its own."""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue
from typing import Any, Literal

from tests.faults.fault import Fault
from tests.faults.witness import REPORT

ROOT = Path(__file__).parents[2]
COPIED = ("repro", "tests", "benchmarks", "conftest.py", "pyproject.toml")
#: Seconds for one run, on a machine that others use, too.
LIMIT = 1200

Verdict = Literal["caught", "survived", "broke", "skipped"]


@dataclass(frozen=True)
class Outcome:
    """What became of a fault.

    Args:
        fault: which one.
        verdict: "caught" where the named test failed by what it states; "survived" where it passed;
            "broke" where something else went wrong; "skipped" where the test does not run here.
        why: the error, or what went wrong.
    """

    fault: Fault
    verdict: Verdict
    why: str = ""


def copy(source: Path, target: Path) -> Path:
    """Copies what the tests need, with what Python and Numba have compiled."""
    target.mkdir(parents=True)
    for name in COPIED:
        path = source / name
        if path.is_dir():
            shutil.copytree(path, target / name)
        else:
            shutil.copy2(path, target / name)
    return target


class Server:
    """A process that runs pytest on copies, see ``server.py``; one at a time."""

    def __init__(self) -> None:
        # Nothing of the user's, and nothing of a pytest that this may run in.
        hidden = ("PYTEST", "REPRO", "COV", "HYPOTHESIS")
        environment = {k: v for k, v in os.environ.items() if not k.startswith(hidden)}
        backends = filter(importlib.util.find_spec, ("tensorflow", "jax", "torch"))
        environment.setdefault("KERAS_BACKEND", next(backends))
        environment.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
        self._process = subprocess.Popen(
            [sys.executable, str(Path(__file__).with_name("server.py"))],
            env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            stderr=subprocess.DEVNULL,
        )  # fmt: skip

    def __enter__(self) -> Server:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.wait()

    def pytest_on(self, folder: Path, tests: Sequence[str], *options: str) -> list[dict[str, Any]]:
        """Runs tests on a copy, without pictures and weights; returns what the witness saw.

        Raises:
            RuntimeError: pytest did not get as far as a report, or another package was imported.
        """
        plugins = ("-p", "tests.faults.witness", "-p", "no:randomly", "-p", "no:cacheprovider")
        arguments = [*plugins, "-n", "0", "-q", *options, *tests]
        request = {"folder": str(folder), "arguments": arguments, "limit": LIMIT}
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(request) + "\n")
        self._process.stdin.flush()
        code = self._process.stdout.readline().strip()
        report = folder / REPORT
        if code not in ("0", "1") or not report.is_file():
            output = folder / "output"
            printed = output.read_text("utf-8", "replace")[-1500:] if output.exists() else ""
            raise RuntimeError(f"pytest ended with {code}: {printed}")
        found = json.loads(report.read_text(encoding="utf-8"))
        if not Path(found["package"]).is_relative_to(folder.resolve()):
            raise RuntimeError(f"imported {found['package']} and not the copy in {folder}")
        return list(found["entries"])


def is_of(entry: dict[str, Any], test: str) -> bool:
    """Whether an entry is of a test, or of one of its parameters."""
    return bool(entry["test"] == test or entry["test"].startswith(f"{test}["))


def _judge(fault: Fault, entries: Sequence[dict[str, Any]]) -> Outcome:
    failed = [entry for entry in entries if entry["outcome"] == "failed"]
    if not entries:
        return Outcome(fault, "broke", "no such test")
    if not failed:
        return Outcome(fault, "survived")
    entry = failed[0]
    if not (entry["when"] == "call" and is_of(entry, fault.caught_by) and entry["own"]):
        return Outcome(fault, "broke", f"{entry['test']} ({entry['when']}): {entry['error']}")
    return Outcome(fault, "caught", entry["error"])


def run(
    faults: Sequence[Fault], *, workers: int, tell: Callable[[Outcome], None] = lambda _: None
) -> list[Outcome]:
    """Runs faults, each in a copy of its own.

    Args:
        faults: which ones.
        workers: how many at a time; each takes up to a GiB of memory.
        tell: called with each outcome as it is there.

    Returns:
        The outcomes, in the order of the faults.

    Raises:
        RuntimeError: a named test fails without any fault, or does not exist.
    """
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="faults-")))
        free: SimpleQueue[Server] = SimpleQueue()
        for _ in range(workers):
            free.put(stack.enter_context(Server()))
        server = free.get()
        sound = copy(ROOT, folder / "sound")
        # What this run compiles, modules and kernels, is in the copies that follow, too.
        before = server.pytest_on(sound, sorted({fault.caught_by for fault in faults}))
        free.put(server)
        failed = [entry for entry in before if entry["outcome"] == "failed"]
        if failed:
            raise RuntimeError(f"fails without a fault: {failed}")

        def one(fault: Fault) -> Outcome:
            server = free.get()
            try:
                outcome = _attempt(fault, sound, folder / fault.id, server, before)
            finally:
                free.put(server)
            tell(outcome)
            return outcome

        with ThreadPoolExecutor(workers) as pool:
            return list(pool.map(one, faults))


def _attempt(
    fault: Fault, sound: Path, target: Path, server: Server, before: Sequence[dict[str, Any]]
) -> Outcome:
    seen = [entry for entry in before if is_of(entry, fault.caught_by)]
    if any(entry["outcome"] == "skipped" for entry in seen):
        return Outcome(fault, "skipped", "the test does not run here")
    faulty = copy(sound, target)
    try:
        fault.apply(faulty)
        return _judge(fault, server.pytest_on(faulty, [fault.caught_by], "-x"))
    except (RuntimeError, ValueError) as error:
        return Outcome(fault, "broke", str(error))
    finally:
        shutil.rmtree(faulty)
