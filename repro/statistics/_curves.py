"""Whether a curve rises or falls, and whether it is another procedure's.

Each epoch resembles the one before it, so tests that take epochs to be independent do not hold.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

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
    means = _blocks(found.mean(axis=0))
    p = float(stats.linregress(np.arange(BLOCKS), means).pvalue) if np.ptp(means) else 1.0
    return Trend(change, p, f"slope over {BLOCKS} blocks of {length} epochs")


@dataclass(frozen=True)
class CurveDifference:
    """One run's curve minus the mean of several seeds' curves.

    Args:
        change: the difference over the fifth of the curve where it is largest.
        apart: p-value of the curve being one more seed's; small: it is not.
        alike: p-value of some fifth being a margin off or more; small: none is.
    """

    change: float
    apart: float
    alike: float


def curve_difference(
    curve: Sequence[float], others: Sequence[Sequence[float]], margin: float
) -> CurveDifference:
    """Compares one run's curve with those of several seeds, which alone say how runs scatter.

    Nothing is assumed of how an epoch depends on the one before it. *Apart*: the squared distance
    from the seeds' mean over the seeds' own scatter, an F statistic. Its degrees of freedom count
    the independent directions in which the seeds scatter: one if their curves differ by an offset,
    never more than there are seeds to show them. *Alike*: two one-sided t tests for each fifth of
    the curve, all of which have to pass.

    Source: Q. Shen and J. Faraway, "An F test for linear models with functional responses",
    Statistica Sinica 14 (2004); D. J. Schuirmann (1987) for the equivalence of each fifth.

    Args:
        curve: of the run, one value an epoch.
        others: (seeds, epochs), at least two seeds.
        margin: a difference that is too large for curves that are alike.
    """
    one, several = np.asarray(curve, dtype=float), np.asarray(others, dtype=float)
    differences = _blocks(one - several.mean(axis=0))
    change = float(differences[np.argmax(np.abs(differences))])
    # One run scatters about the mean of the seeds by its own error and by the mean's.
    inflation = 1 + 1 / len(several)
    errors = np.std(_blocks(several), axis=0, ddof=1) * math.sqrt(inflation)
    return CurveDifference(
        change,
        _apart(one - several.mean(axis=0), several - several.mean(axis=0), inflation),
        _alike(np.abs(differences), errors, len(several) - 1, margin),
    )


def _blocks(values: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Returns the mean of each block of epochs, (…, BLOCKS); a remainder is left out first."""
    length = values.shape[-1] // BLOCKS
    kept = values[..., values.shape[-1] - BLOCKS * length :]
    found: npt.NDArray[Any] = kept.reshape(*values.shape[:-1], BLOCKS, length).mean(axis=-1)
    return found


def _apart(difference: npt.NDArray[Any], scatter: npt.NDArray[Any], inflation: float) -> float:
    from scipy import special

    products = scatter @ scatter.T
    within, between = float(np.trace(products)), float(difference @ difference)
    if within <= 1e-18:  # the test would divide by nothing
        return float(between <= 1e-18)
    directions = within**2 / float(np.square(products).sum())
    freedom = len(scatter) - 1
    ratio = (between / inflation) / (within / freedom)
    return float(special.fdtrc(directions, directions * freedom, ratio))


def _alike(
    distances: npt.NDArray[Any], errors: npt.NDArray[Any], freedom: int, margin: float
) -> float:
    from scipy import special

    left = (margin - distances) / np.maximum(errors, 1e-12)
    return float(special.stdtr(freedom, -left).max())
