"""Whether a curve rises or falls when each epoch resembles the one before it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

#: Few and long, so that neighbouring blocks are nearly independent; ``docs/statistics.md`` has the
#: false alarm rates that decided it.
BLOCKS = 5
#: From so many curves on, their own scatter says how sure a slope is.
ENOUGH_SEEDS = 3


@dataclass(frozen=True)
class Trend:
    """A straight line through curves.

    Args:
        change: how much the line rises from its first epoch to its last.
        p: two-sided p-value of there being no slope.
        method: how p was computed, for people.
    """

    change: float
    p: float
    method: str


def trend(curves: Sequence[Sequence[float]]) -> Trend:
    """Returns the straight trend of curves, one per seed, and how sure its sign is.

    Rank tests over epochs take neighbours to be independent and find trends in noise. Here three or
    more seeds are compared by their slopes, which are independent whatever happens within a curve.
    With fewer, the mean curve is cut into blocks, whose means are nearly independent.

    Args:
        curves: (seeds, epochs), equally long, at least :data:`BLOCKS` epochs.
    """
    from scipy import stats

    found = np.asarray(curves, dtype=float)
    seeds, epochs = found.shape
    steps = np.arange(epochs) - (epochs - 1) / 2
    slopes = found @ steps / (steps @ steps)
    change = float(slopes.mean()) * (epochs - 1)
    if seeds >= ENOUGH_SEEDS:
        same = np.ptp(slopes) <= 1e-9 * abs(slopes).max()  # the test would divide by nothing
        p = float(change == 0) if same else float(stats.ttest_1samp(slopes, 0).pvalue)
        return Trend(change, p, f"t over {seeds} seeds' slopes")
    length = epochs // BLOCKS
    means = found.mean(axis=0)[epochs - BLOCKS * length :].reshape(BLOCKS, length).mean(axis=1)
    p = float(stats.linregress(np.arange(BLOCKS), means).pvalue) if np.ptp(means) else 1.0
    return Trend(change, p, f"slope over {BLOCKS} blocks of {length} epochs")
