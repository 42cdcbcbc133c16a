"""Probes as no framework made them."""

from __future__ import annotations

import numpy as np

from repro.probe._bits import floats
from repro.probe._schema import Agreement, Bits, Fact, Probe

DIGEST = "0" * 64


def probe(label: str = "tf221", **quantities: object) -> Probe:
    """A probe of four quantities, some of them replaced."""
    values = np.linspace(-2, 2, 40, dtype=np.float32)
    plain = {
        "pictures": Bits(shape=(2, 3), sha256=DIGEST),
        "features": floats(values),
        "freezing.after_a_step": Fact(value="ignored"),
        "loading.keras_reads_the_same": Fact(value=True),
    }
    versions = {"keras": "3.15.1", "tensorflow-cpu": "2.21.0"}
    return Probe(
        label=label,
        weights="seeded",
        weights_sha256=DIGEST,
        environment={"backend": "tensorflow", "python": "3.11.7", "versions": versions},
        quantities={**plain, **quantities},
    )


def ran(*accuracies: float, correct: str = "1101", **changes: object) -> Agreement:
    """Technique 1 with a seed an accuracy."""
    n = len(accuracies)
    plain = {
        "precision": "bfloat16",
        "recipe": "today",
        "seeds": tuple(range(n)),
        "val_accuracy": accuracies,
        "val_loss": (0.25,) * n,
        "test_accuracy": accuracies,
        "validation_correct": (correct,) * n,
        "inputs": {"weights": DIGEST},
    }
    return Agreement(**{**plain, **changes})
