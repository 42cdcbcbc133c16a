"""The Python edition's notebooks 5.2 and 5.3, epoch by epoch: 290 published points.

Keras 2.0.8 printed them. The Python edition counts its pictures from 0, so one picture of each
class and fold is another one than the R edition's.

Source: F. Chollet, deep-learning-with-python-notebooks, first edition, the output cells.
"""

from __future__ import annotations

import csv
from functools import cache
from importlib import resources

from repro.record import History

#: The notebooks' runs, by name, and their epochs.
EPOCHS = {
    "technique-1": 30,
    "technique-2": 30,
    "fine-tuning-block5": 100,
    "scratch-plain": 30,
    "scratch-augmented": 100,
}
TEST_ACCURACY = 0.968  # 5.3, after fine-tuning


@cache
def curves() -> dict[str, History]:
    """Returns the five printed curves, by the names of :data:`EPOCHS`.

    Seconds are whole, by the notebook's own clock.
    """
    text = resources.files("repro").joinpath("notebook.csv").read_text(encoding="utf-8")
    rows = list(csv.DictReader(text.splitlines()))
    return {
        run: History(
            **{
                name: tuple(float(row[name]) for row in rows if row["run"] == run)
                for name in History.model_fields
            }
        )
        for run in EPOCHS
    }
