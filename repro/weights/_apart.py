"""Reads a file of weights in a process of its own.

The HDF5 library is large and written in C; damaged files make it crash, loop or demand all memory.
In a process of its own, with limits, that becomes an error like any other.
"""

from __future__ import annotations

import contextlib
import json
import math
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from repro.errors import WeightsError
from repro.weights._table import Tensors, refuse

#: What reading may take: processor time, s; memory on top of what the libraries take, bytes.
CPU_SECONDS = 10
MEMORY = 2**30
#: Wall time, s. Reading waits for disks and networks, which takes no processor time.
PATIENCE = 300
_CHILD = (
    "import json, sys; task = json.loads(sys.stdin.readline()); sys.path[:] = task['sys.path']; "
    "from repro.weights import _apart; _apart.answer(task, sys.stdout.buffer)"
)


def read(path: Path, shapes: Mapping[str, tuple[int, ...]]) -> Tensors:
    """Reads tensors of these shapes in another process; they are not verified.

    Raises:
        WeightsError: the file is not such a file, or reading it crashes, or takes more than
            :data:`CPU_SECONDS`, :data:`MEMORY` or :data:`PATIENCE`.
    """
    done = ask(path, {"path": str(path), "shapes": dict(shapes)})
    if done.returncode:
        lines = done.stderr.decode(errors="replace").strip().splitlines()
        how = f"signal {-done.returncode}" if done.returncode < 0 else "".join(lines[-1:])
        refuse(path, f"a file that the HDF5 library fails on ({how or 'no answer'})")
    head, _, content = done.stdout.partition(b"\n")
    refusal = json.loads(head)
    if refusal is not None:
        raise WeightsError(**refusal)
    values = np.frombuffer(content, "<f4").astype(np.float32)
    ends = np.cumsum([math.prod(shape) for shape in shapes.values()])
    parts = np.split(values, ends[:-1])
    return {name: part.reshape(shapes[name]) for name, part in zip(shapes, parts, strict=True)}


def ask(path: Path, task: Mapping[str, Any]) -> subprocess.CompletedProcess[bytes]:
    """Starts the other process and waits for its answer, or for its end."""
    program = [sys.executable, "-I", "-c", _CHILD]
    text = json.dumps({"sys.path": sys.path, **task}).encode() + b"\n"
    try:
        return subprocess.run(  # noqa: S603 - this interpreter, a constant program
            program, input=text, capture_output=True, timeout=PATIENCE, check=False
        )
    except subprocess.TimeoutExpired:
        refuse(path, f"a file that is not read in {PATIENCE} s")


def answer(task: Mapping[str, Any], stream: BinaryIO) -> None:
    """The other process's part: writes a refusal or null as a line of JSON, then the tensors.

    Args:
        task: "path" and "shapes".
        stream: what the first process reads.
    """
    from repro.weights import _hdf5

    shapes = {name: tuple(shape) for name, shape in task["shapes"].items()}
    limit()
    try:
        tensors = _hdf5.read(Path(task["path"]), shapes)
    except WeightsError as error:
        plain = {name: getattr(error, name) for name in ("subject", "found", "expected", "remedy")}
        stream.write(json.dumps(plain).encode() + b"\n")
        return
    stream.write(b"null\n")
    for tensor in tensors.values():
        stream.write(tensor.data)


def limit() -> None:
    """Bounds this process's memory and processor time, where the platform can."""
    try:
        import resource
    except ImportError:  # Windows
        return
    import time

    import psutil

    seconds = math.ceil(time.process_time()) + CPU_SECONDS
    memory = psutil.Process().memory_info().vms + MEMORY
    for what, bound in (
        (resource.RLIMIT_CPU, seconds),
        (resource.RLIMIT_AS, memory),
        (resource.RLIMIT_CORE, 0),
    ):
        with contextlib.suppress(ValueError, OSError):  # a lower bound is set already
            resource.setrlimit(what, (bound, bound))
