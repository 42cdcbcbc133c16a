"""Classifiers on the feature maps of earlier layers: how specialised is each block?"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from pydantic import JsonValue

from repro.record import RunRecord
from repro.running.materials import Materials
from repro.running.plan import Plan
from repro.running.techniques import run


def probe_layers(
    plan: Plan, materials: Materials, layers: tuple[str, ...], *, fresh: bool = False
) -> RunRecord:
    """Runs technique 1 on the feature maps behind each of some layers.

    Args:
        plan: technique 1; its ``layer`` is replaced.
        materials: what to run it on.
        layers: names of the base's layers.
        fresh: forgets what an earlier call has finished.

    Returns:
        The last layer's record. Its observations hold each layer's validation accuracy, the mean
        over seeds after the last epoch, and every layer's runs with all their epochs.
    """
    records = {name: run(replace(plan, layer=name), materials, fresh=fresh) for name in layers}
    accuracies: dict[str, JsonValue] = {
        name: float(np.mean([one.history.val_accuracy[-1] for one in record.runs]))
        for name, record in records.items()
    }
    runs: dict[str, JsonValue] = {
        name: [one.history.model_dump(mode="json") for one in record.runs]
        for name, record in records.items()
    }
    last = records[layers[-1]]
    seconds = sum(record.timings["seconds"] for record in records.values())
    return last.model_copy(
        update={
            "observations": {"layers.accuracy": accuracies, "layers.histories": runs},
            "timings": {**last.timings, "seconds": seconds},
        }
    )
