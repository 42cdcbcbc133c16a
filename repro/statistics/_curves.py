"""Whether one run's curve is another procedure's, when each epoch resembles the one before it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from repro.statistics._trend import BLOCKS

if TYPE_CHECKING:
    from collections.abc import Sequence


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
    differences = _fifths(one - several.mean(axis=0))
    change = float(differences[np.argmax(np.abs(differences))])
    # One run scatters about the mean of the seeds by its own error and by the mean's.
    inflation = 1 + 1 / len(several)
    errors = np.std(_fifths(several), axis=0, ddof=1) * math.sqrt(inflation)
    return CurveDifference(
        change,
        _apart(one - several.mean(axis=0), several - several.mean(axis=0), inflation),
        _alike(np.abs(differences), errors, len(several) - 1, margin),
    )


def _fifths(values: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Returns the means over each fifth of the epochs; what does not divide is left out first."""
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
