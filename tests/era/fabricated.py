"""Records as no release made them."""

from __future__ import annotations

import hashlib

import numpy as np

from repro.era import EraRecord
from repro.era.records import Environment, Measured
from repro.probe import Fact, Floats

ENVIRONMENT = Environment(
    python="3.6.15",
    versions={"keras": "2.0.8", "tensorflow": "1.4.1"},
    platform="Linux",
    processor="one",
    cores=2,
)


def floats(array: object, every: int = 1) -> Floats:
    """Every value of an array, or every n-th, as the listings keep them."""
    plain = np.ascontiguousarray(array, "<f4")
    values = tuple(float(value) for value in plain.reshape(-1)[::every])
    digest = hashlib.sha256(plain.tobytes()).hexdigest()
    return Floats(shape=plain.shape, sha256=digest, every=every, values=values)


def record(release: str = "2.0.8", **quantities: object) -> EraRecord:
    """A record of some quantities; arrays and plain values are wrapped. "__" stands for a dot."""
    found = {
        name.replace("__", "."): value
        if isinstance(value, Floats | Fact)
        else floats(value)
        if isinstance(value, np.ndarray)
        else Fact(value=value)
        for name, value in quantities.items()
    }
    measured = Measured(environment=ENVIRONMENT, quantities=found, failures={})
    return EraRecord(release=release, requirements=("keras==2.0.8",), measured=measured)
