"""One environment's probe, from fixed inputs: small, deterministic, the same everywhere."""

from __future__ import annotations

from pathlib import Path

from repro import environment, weights
from repro.probe import _bits
from repro.probe._schema import Probe

#: Of the tensors that stand in for the ImageNet weights.
SEED = 0


def measure(weights_path: Path | None = None) -> Probe:
    """Measures the installed versions. Takes seconds; a second call gives the same probe.

    Args:
        weights_path: the ImageNet weights' file, or a folder that holds it. None uses seeded
            tensors, the same with every framework.

    Returns:
        The probe.

    Raises:
        WeightsError: the weights are not VGG16's.
    """
    from repro import _keras
    from repro.probe import _framework

    _keras.make_deterministic()
    path = weights.find(weights_path) if weights_path is not None else None
    tensors = weights.load(path) if path is not None else weights.seeded(SEED)
    return Probe(
        label=label(),
        weights="seeded" if path is None else "imagenet",
        weights_sha256=weights.digest(tensors),
        environment=environment.describe(),
        quantities={**_bits.measure(), **_framework.measure(tensors, path)},
    )


def label() -> str:
    """Returns the environment's short name: ``tf215``, ``jax``, ``torch``."""
    from repro import _keras

    backend = _keras.backend()
    if backend != "tensorflow":
        return backend
    major, minor = environment.backend_version().split(".")[:2]
    return f"tf{major}{minor}"
