"""Intervals and tests, by SciPy wherever it has them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

LEVEL = 0.95


@dataclass(frozen=True)
class Interval:
    """A two-sided confidence interval, at :data:`LEVEL`.

    Args:
        low: lower end; ``-inf`` where one value gives no interval.
        high: upper end.
        method: how it was computed, for people.
    """

    low: float
    high: float
    method: str

    def __contains__(self, value: float) -> bool:
        return self.low <= value <= self.high


def wilson(correct: int, n: int) -> Interval:
    """Returns Wilson's score interval of a share, ``correct`` of ``n``, one run."""
    from scipy import stats

    found = stats.binomtest(correct, n).proportion_ci(LEVEL, method="wilson")
    return Interval(float(found.low), float(found.high), "Wilson")


def t_interval(values: Sequence[float]) -> Interval:
    """Returns the t interval of the mean of independent values, such as one accuracy per seed.

    One value has no interval: it is infinite. With three seeds the quantile is 4.3, so the
    interval is wide on purpose: three values say little about their own spread.
    """
    from scipy import stats

    if len(values) < 2:
        return Interval(-math.inf, math.inf, "one seed: no interval")
    mean, error = float(np.mean(values)), float(stats.sem(values))
    half = float(stats.t.ppf((1 + LEVEL) / 2, len(values) - 1)) * error
    return Interval(mean - half, mean + half, f"t over {len(values)} seeds")


def newcombe(correct: int, n: int, other: int, m: int) -> Interval:
    """Returns Newcombe's hybrid score interval of ``correct / n - other / m``, independent runs.

    Source: R. G. Newcombe, "Interval estimation for the difference between independent
    proportions", Statistics in Medicine 17 (1998), method 10.
    """
    first, second = wilson(correct, n), wilson(other, m)
    p, q = correct / n, other / m
    low = p - q - math.hypot(p - first.low, second.high - q)
    high = p - q + math.hypot(first.high - p, q - second.low)
    return Interval(low, high, "Newcombe")


def mean_difference(values: Sequence[float], others: Sequence[float]) -> Interval:
    """Returns Welch's t interval of ``mean(values) - mean(others)``, seeds independent."""
    from scipy import stats

    if min(len(values), len(others)) < 2:
        return Interval(-math.inf, math.inf, "one seed: no interval")
    errors = np.var(values, ddof=1) / len(values), np.var(others, ddof=1) / len(others)
    difference = float(np.mean(values) - np.mean(others))
    if sum(errors) == 0:
        return Interval(difference, difference, "Welch over seeds")
    # By hand, because SciPy's own warns and loses digits where one side does not vary at all.
    parts = errors[0] ** 2 / (len(values) - 1) + errors[1] ** 2 / (len(others) - 1)
    freedom = sum(errors) ** 2 / parts
    half = float(stats.t.ppf((1 + LEVEL) / 2, freedom) * math.sqrt(sum(errors)))
    return Interval(difference - half, difference + half, "Welch over seeds")


def modelled_difference(
    values: Sequence[float], others: Sequence[float], n: int, spread: float
) -> Interval:
    """Returns the interval of ``mean(values) - mean(others)`` where a side has a single seed.

    One seed does not show how seeds scatter, so a model takes its place: every seed decides each
    picture anew, a binomial, and its true accuracy varies by ``spread``. Real seeds agree on most
    pictures, so on the same pictures the interval is too wide rather than too narrow.

    Args:
        values: accuracies, one per seed.
        others: of the other side.
        n: pictures in the fold.
        spread: standard deviation of the true accuracy from seed to seed, a share.
    """
    from scipy import stats

    means = [float(np.mean(side)) for side in (values, others)]
    variance = sum(
        (mean * (1 - mean) / n + spread**2) / len(side)
        for mean, side in zip(means, (values, others), strict=True)
    )
    half = float(stats.norm.ppf((1 + LEVEL) / 2)) * math.sqrt(variance)
    middle = means[0] - means[1]
    method = "seeds taken to scatter as the gates' model has it, which one run cannot show"
    return Interval(middle - half, middle + half, method)


def equivalence(values: Sequence[float], reference: float, margin: float) -> float:
    """Returns the TOST p-value that the mean over seeds lies within ``margin`` of ``reference``.

    Two one-sided t tests (Schuirmann 1987): a small value supports "about the same", which a
    large p-value of a test of difference never does. One seed supports nothing: 1.
    """
    from scipy import stats

    if len(values) < 2:
        return 1.0
    if np.ptp(values) == 0:
        return 0.0 if abs(values[0] - reference) < margin else 1.0
    below = stats.ttest_1samp(values, reference - margin, alternative="greater").pvalue
    above = stats.ttest_1samp(values, reference + margin, alternative="less").pvalue
    return float(max(below, above))


def paired_difference(correct: npt.NDArray[Any], other: npt.NDArray[Any]) -> Interval:
    """Returns the interval of the difference of two accuracies on the *same* pictures.

    Pictures that both get right or wrong cancel, so this is narrower than two separate runs'
    interval. Its error is over pictures: with one seed on each side it holds no training noise.

    Args:
        correct: (seeds, n) of 0 and 1, or bool; averaged over seeds picture by picture.
        other: (seeds, n) on the same pictures in the same order; seeds may differ in number.
    """
    from scipy import stats

    difference = np.mean(correct, axis=0, dtype=float) - np.mean(other, axis=0, dtype=float)
    mean, error = float(difference.mean()), float(stats.sem(difference))
    half = float(stats.norm.ppf((1 + LEVEL) / 2)) * error
    return Interval(mean - half, mean + half, "paired by picture")


# ------------------------------------------------------------------------ seeds that share pictures


@dataclass(frozen=True)
class Components:
    """Where the chance in a mean accuracy comes from; variances of one picture's 0/1 outcome.

    Args:
        pictures: between pictures, the same for all seeds. Divide by n, never by seeds.
        seeds: between seeds, the same for all pictures. Divide by seeds.
        agreement: what is left, seeds disagreeing on a picture. Divide by n × seeds.
    """

    pictures: float
    seeds: float
    agreement: float


def components(correct: npt.NDArray[Any]) -> Components:
    """Returns the variance components of crossed seeds and pictures (two-way random effects).

    Args:
        correct: (seeds, n) of 0 and 1, or bool; at least two seeds and two pictures.
    """
    x = np.asarray(correct, dtype=float)
    seeds, n = x.shape
    picture_means, seed_means, mean = x.mean(axis=0), x.mean(axis=1), x.mean()
    residual = x - picture_means[None, :] - seed_means[:, None] + mean
    agreement = float((residual**2).sum() / ((seeds - 1) * (n - 1)))
    pictures = float(picture_means.var(ddof=1)) - agreement / seeds
    between = float(seed_means.var(ddof=1)) - agreement / n
    return Components(max(pictures, 0.0), max(between, 0.0), agreement)


def crossed_interval(correct: npt.NDArray[Any]) -> Interval:
    """Returns the interval of the accuracy on *new* pictures, from seeds that share theirs.

    The pictures' share of the error is kept whole, however many seeds there are.

    Args:
        correct: (seeds, n) of 0 and 1, or bool.
    """
    from scipy import stats

    x = np.asarray(correct, dtype=float)
    seeds, n = x.shape
    mean = float(x.mean())
    if seeds == 1:
        return wilson(round(mean * n), n)
    part = components(x)
    error = math.sqrt(part.pictures / n + part.seeds / seeds + part.agreement / (seeds * n))
    half = float(stats.norm.ppf((1 + LEVEL) / 2)) * error
    return Interval(max(0.0, mean - half), min(1.0, mean + half), "seeds and new pictures")
