"""The Python edition's notebooks 5.2 and 5.3, epoch by epoch: 290 published points.

Keras 2.0.8 printed them. The Python edition counts its pictures from 0, so one picture of each
class and fold is another one than the R edition's.

Source: F. Chollet, deep-learning-with-python-notebooks, first edition, the output cells.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from importlib import resources

#: The notebooks' runs, by name, and their epochs.
EPOCHS = {
    "technique-1": 30,
    "technique-2": 30,
    "fine-tuning-block5": 100,
    "scratch-plain": 30,
    "scratch-augmented": 100,
}
TEST_ACCURACY = 0.968  # 5.3, after fine-tuning


@dataclass(frozen=True)
class Curve:
    """What a notebook prints after each epoch of a run; every tuple has one value per epoch.

    Args:
        seconds: by the notebook's own clock, whole.
        loss: training binary cross-entropy, in nats.
        accuracy: training accuracy, a share.
        val_loss: validation binary cross-entropy, in nats.
        val_accuracy: validation accuracy, a share.
    """

    seconds: tuple[int, ...]
    loss: tuple[float, ...]
    accuracy: tuple[float, ...]
    val_loss: tuple[float, ...]
    val_accuracy: tuple[float, ...]


@cache
def curves() -> dict[str, Curve]:
    """Returns the five printed curves, by the names of :data:`EPOCHS`."""
    text = resources.files("repro").joinpath("notebook.csv").read_text(encoding="utf-8")
    rows = list(csv.DictReader(text.splitlines()))
    return {name: _curve([row for row in rows if row["run"] == name]) for name in EPOCHS}


def _curve(rows: list[dict[str, str]]) -> Curve:
    names = ("loss", "accuracy", "val_loss", "val_accuracy")
    columns = {name: tuple(float(row[name]) for row in rows) for name in names}
    return Curve(seconds=tuple(int(row["seconds"]) for row in rows), **columns)
