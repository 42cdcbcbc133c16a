"""What the measurements share: the release's Keras, its inputs, how a result is written."""

import hashlib
import importlib
import json
import os
import platform
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np

#: The release's Keras, the arrays that every release is given, and the path of VGG16's weights or
#: nothing; :func:`begin` sets them.
keras: Any = None
drawn: Any = None
weights: str = ""
LEARNING_RATE = 2e-5
SEED = 2017
#: Values of a large array that are kept.
KEPT = 256


def begin(flavour: str, arrays: str = "", weights_path: str = "") -> None:
    """Imports Keras, with the modules that old releases import only when they are named."""
    global keras, drawn, weights
    if flavour == "tf.keras":
        from tensorflow import keras
    else:
        import keras
    for name in ("preprocessing.image", "legacy.preprocessing.image"):
        with suppress(ImportError):
            importlib.import_module(f"{keras.__name__}.{name}")
    drawn = np.load(arrays, allow_pickle=False) if arrays else None
    weights = weights_path


def version(package: str) -> Any:
    """Returns a package's version, None where there is none."""
    try:
        return str(importlib.import_module(package).__version__)
    except (ImportError, AttributeError):
        return None


def rmsprop(rate: float = LEARNING_RATE) -> Any:
    """RMSprop(lr=2e-5), whatever the learning rate is called."""
    try:
        return keras.optimizers.RMSprop(learning_rate=rate)
    except TypeError:
        return keras.optimizers.RMSprop(lr=rate)


def value(tensor: Any) -> Any:
    """Returns what a tensor of this release's backend holds."""
    evaluate = getattr(keras.backend, "eval", np.asarray)
    return np.asarray(evaluate(tensor))


def floats(array: Any) -> dict:
    """Keeps float32 values, all of them or evenly picked ones, and their digest."""
    plain = np.ascontiguousarray(array, "<f4")
    every = plain.size // KEPT | 1
    return {
        "kind": "floats",
        "shape": list(plain.shape),
        "sha256": hashlib.sha256(plain.tobytes()).hexdigest(),
        "every": every,
        "values": [float(one) for one in plain.reshape(-1)[::every]],
    }


def fact(found: Any) -> dict:
    """Keeps a yes, a no, a count or a word."""
    return {"kind": "fact", "value": found}


def under(prefix: str, found: dict) -> dict:
    """Puts a prefix before the names of results."""
    return {f"{prefix}.{name}": value for name, value in found.items()}


def environment() -> dict:
    """Says what was measured, and on what."""
    names = ("tensorflow", "numpy", "scipy", "PIL", "h5py", "keras_preprocessing")
    versions = {name: version(name) for name in names}
    # Some of TensorFlow's say it of the package alone, the older ones of tf.keras alone.
    versions["keras"] = getattr(keras, "__version__", None) or version("keras")
    return {
        "python": platform.python_version(),
        "versions": {name: found for name, found in versions.items() if found},
        "platform": platform.platform(),
        "processor": processor(),
        "cores": os.cpu_count(),
    }


def processor() -> str:
    """Returns the processor's name, where the system tells it."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        return next(line.split(":")[1].strip() for line in lines if "model name" in line)
    except (OSError, StopIteration):
        return platform.processor()


def kept_epochs(path: Path) -> list:
    """Returns the epochs of a run that are written already."""
    return json.loads(path.read_text(encoding="utf-8"))["epochs"] if path.is_file() else []


def write_epochs(path: Path, epochs: list) -> None:
    """Writes a run's epochs and what they ran on, whole or not at all."""
    part = path.with_name(f"{path.name}.part")
    found = {"environment": environment(), "epochs": epochs}
    part.write_text(json.dumps(found, indent=1), encoding="utf-8")
    part.replace(path)
