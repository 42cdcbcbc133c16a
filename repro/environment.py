"""Where a run happened: processor, versions, device, and a digest of the code."""

from __future__ import annotations

import hashlib
import importlib
import os
import platform
import re
import sys
from contextlib import suppress
from importlib import metadata
from pathlib import Path

import psutil
from pydantic import JsonValue

import repro

#: The packages that bring TensorFlow; one of them is installed.
TENSORFLOW = ("tensorflow", "tensorflow-cpu", "tf-nightly", "tf-nightly-cpu")
_LIBRARIES = ("jax", "torch", "numpy", "numba", "pillow", "ncnn")
_PACKAGES = ("keras", "keras-nightly", *TENSORFLOW, *_LIBRARIES)


def describe() -> dict[str, JsonValue]:
    """Returns the environment as plain JSON values: versions, processor, cores, memory, device."""
    from repro import _keras

    return {
        "repro": repro.__version__,
        "python": platform.python_version(),
        "platform": platform.platform(),
        "processor": processor(),
        "cores": cores(),
        "memory_gib": round(psutil.virtual_memory().total / 2**30, 1),
        "backend": _keras.backend(),
        "device": _keras.accelerator() or "cpu",
        "versions": {name: found for name in _PACKAGES if (found := version(name))},
    }


def software() -> str:
    """Returns what decides a computation's bits besides its inputs, in one line."""
    from repro import _keras

    device = _keras.accelerator() or processor()
    return f"keras {_keras.keras.__version__}, {_keras.backend()} {backend_version()}, {device}"


def backend_version() -> str:
    """Returns the version of the framework that Keras computes with."""
    from repro import _keras

    return str(importlib.import_module(_keras.backend()).__version__)


def version(package: str) -> str | None:
    """Returns an installed package's version, None where it is not installed."""
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None


def cores() -> int:
    """Returns the number of processor cores that this process may use."""
    affinity = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity else os.cpu_count() or 1


def peak_memory_gib() -> float:
    """Returns this process's largest resident memory so far, in GiB; 0 where it is not known."""
    try:
        import resource
    except ImportError:
        return 0.0
    largest = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return float(largest / (2**30 if sys.platform == "darwin" else 2**20))


def code_digest() -> str:
    """Returns the SHA-256 of the package's Python files, names and contents."""
    root = Path(repro.__file__).parent
    digest = hashlib.sha256()
    for path in sorted(root.rglob("*.py")):
        name = path.relative_to(root).as_posix().encode()
        digest.update(name + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def processor() -> str:
    """Returns the processor's name as the machine gives it."""
    with suppress(OSError):
        text = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace")
        if found := re.search(r"^model name.*?:(.*)$", text, re.MULTILINE):
            return found[1].strip()
    return platform.processor() or platform.machine()
