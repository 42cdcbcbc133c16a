"""Intervals, tests and the gates that accuracies must pass, with their error rates.

Three sources of chance act on an accuracy, and they do not average out alike:

- *training*: another seed gives another classifier. The mean over seeds averages this out.
- *agreement*: on a picture near the threshold, seeds disagree. Averages out over seeds too.
- *pictures*: other pictures would be easier or harder. All seeds share the same pictures, so the
  mean over any number of seeds keeps all of this error.

The chapter names its pictures by number, so a comparison with the chapter's figures is on the same
pictures and the third source does not enter it. A statement about new pictures needs it:
:func:`crossed_interval`. ``docs/statistics.md`` has the figures.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from collections.abc import Sequence

LEVEL = 0.95
#: The rate that false alarms and misses of a gate stay below.
LARGEST_ERROR_RATE = 0.01
#: The loss of accuracy that a gate must not miss, a share.
LOSS_TO_CATCH = 0.03


@dataclass(frozen=True)
class Interval:
    """A two-sided confidence interval.

    Args:
        low: lower end; ``-inf`` where one value gives no interval.
        high: upper end.
        level: confidence level, a share.
        method: how it was computed, for people.
    """

    low: float
    high: float
    level: float
    method: str

    def __contains__(self, value: float) -> bool:
        return self.low <= value <= self.high


def wilson(correct: int, n: int, level: float = LEVEL) -> Interval:
    """Returns Wilson's score interval of a share, ``correct`` of ``n``, one run."""
    from scipy import stats

    found = stats.binomtest(correct, n).proportion_ci(level, method="wilson")
    return Interval(float(found.low), float(found.high), level, "Wilson")


def t_interval(values: Sequence[float], level: float = LEVEL) -> Interval:
    """Returns the t interval of the mean of independent values, such as one accuracy a seed.

    One value has no interval: it is infinite. With three seeds the quantile is 4.3, so the
    interval is wide on purpose: three values say little about their own spread.
    """
    from scipy import stats

    if len(values) < 2:
        return Interval(-math.inf, math.inf, level, "one seed: no interval")
    mean, error = float(np.mean(values)), float(stats.sem(values))
    half = float(stats.t.ppf((1 + level) / 2, len(values) - 1)) * error
    return Interval(mean - half, mean + half, level, f"t over {len(values)} seeds")


def newcombe(correct: int, n: int, other: int, m: int, level: float = LEVEL) -> Interval:
    """Returns Newcombe's hybrid score interval of ``correct / n - other / m``, independent runs.

    Source: R. G. Newcombe, "Interval estimation for the difference between independent
    proportions", Statistics in Medicine 17 (1998), method 10.
    """
    first, second = wilson(correct, n, level), wilson(other, m, level)
    p, q = correct / n, other / m
    low = p - q - math.hypot(p - first.low, second.high - q)
    high = p - q + math.hypot(first.high - p, q - second.low)
    return Interval(low, high, level, "Newcombe")


def mean_difference(
    values: Sequence[float], others: Sequence[float], level: float = LEVEL
) -> Interval:
    """Returns Welch's t interval of ``mean(values) - mean(others)``, seeds independent."""
    from scipy import stats

    if min(len(values), len(others)) < 2:
        return Interval(-math.inf, math.inf, level, "one seed: no interval")
    if np.ptp(values) == 0 and np.ptp(others) == 0:
        same = float(np.mean(values) - np.mean(others))
        return Interval(same, same, level, "Welch over seeds")
    found = stats.ttest_ind(values, others, equal_var=False).confidence_interval(level)
    return Interval(float(found.low), float(found.high), level, "Welch over seeds")


def two_proportions(correct: int, n: int, other: int, m: int) -> float:
    """Returns the two-sided p-value that two independent shares are equal (score test)."""
    from scipy import stats

    table = np.array([[correct, n - correct], [other, m - other]])
    if (table.sum(axis=0) == 0).any():
        return 1.0
    return float(stats.chi2_contingency(table, correction=False).pvalue)


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


def crossed_interval(correct: npt.NDArray[Any], level: float = LEVEL) -> Interval:
    """Returns the interval of the accuracy on *new* pictures, from seeds that share theirs.

    The pictures' share of the error is kept whole, however many seeds there are.

    Args:
        correct: (seeds, n) of 0 and 1, or bool.
        level: confidence level, a share.
    """
    from scipy import stats

    x = np.asarray(correct, dtype=float)
    seeds, n = x.shape
    mean = float(x.mean())
    if seeds == 1:
        return wilson(round(mean * n), n, level)
    part = components(x)
    error = math.sqrt(part.pictures / n + part.seeds / seeds + part.agreement / (seeds * n))
    half = float(stats.norm.ppf((1 + level) / 2)) * error
    return Interval(max(0.0, mean - half), min(1.0, mean + half), level, "seeds and new pictures")


# -------------------------------------------------------------------------------------------- gates


@dataclass(frozen=True)
class Gate:
    """A two-sided rule for a mean accuracy over seeds, with error rates that can be computed.

    It accepts a mean within ``margin`` of the published value: too good is as suspicious as too
    bad. Half of the loss to catch is the margin that makes both error rates smallest together.

    The model of chance, given the chapter's pictures: a seed's number of correct pictures is
    binomial at the true accuracy, its accuracy shaken by ``spread`` from training. The binomial
    part lets every picture be decided anew by every seed; real seeds agree on most pictures, so
    the model errs on the safe side (``tests/test_statistics.py`` checks it against records).

    Args:
        published: the published accuracy; where the text gives a range, its lower end.
        upper: the range's upper end; None where the text gives one value.
        seeds: number of seeds from which on both error rates are below 1 %.
        spread: standard deviation of the true accuracy from seed to seed, a share.
        margin: half width of the acceptance region beyond the published value, a share.
        n: pictures in the fold.
    """

    published: float
    upper: float | None = None
    seeds: int = 3
    spread: float = 0.0
    margin: float = LOSS_TO_CATCH / 2
    n: int = 1000

    @property
    def region(self) -> tuple[float, float]:
        """The accepted means, lowest and highest."""
        upper = self.published if self.upper is None else self.upper
        return self.published - self.margin, upper + self.margin

    def accepts(self, mean: float) -> bool:
        """Returns whether a mean accuracy over seeds passes."""
        low, high = self.region
        return low - 1e-9 <= mean <= high + 1e-9

    def acceptance(self, truth: float, seeds: int | None = None) -> float:
        """Returns the probability of passing when ``truth`` is the true accuracy (exact)."""
        from scipy import stats

        seeds = self.seeds if seeds is None else seeds
        support = np.arange(self.n + 1)
        if self.spread:
            weight = truth * (1 - truth) / self.spread**2 - 1
            one = stats.betabinom.pmf(support, self.n, truth * weight, (1 - truth) * weight)
        else:
            one = stats.binom.pmf(support, self.n, truth)
        total = one
        for _ in range(seeds - 1):
            total = np.convolve(total, one)
        means = np.arange(len(total)) / (self.n * seeds)
        low, high = self.region
        return float(total[(means >= low - 1e-9) & (means <= high + 1e-9)].sum())

    def false_alarm(self, seeds: int | None = None) -> float:
        """Returns the probability of failing when the published value is the truth."""
        truths = [self.published, *([self.upper] if self.upper is not None else [])]
        return max(1 - self.acceptance(truth, seeds) for truth in truths)

    def miss(self, seeds: int | None = None, loss: float = LOSS_TO_CATCH) -> float:
        """Returns the probability of passing when the truth is ``loss`` off, on the worse side."""
        upper = self.published if self.upper is None else self.upper
        truths = [self.published - loss, min(upper + loss, 1 - 1e-6)]
        return max(self.acceptance(truth, seeds) for truth in truths)


@dataclass(frozen=True)
class NormalGate:
    """The same for a mean over seeds that is no share: a gain, a loss; chance is normal.

    Args:
        published: the published value.
        margin: half width of the acceptance region.
        sigma: standard deviation of one seed's value.
        change: the change that must not be missed.
        seeds: number of seeds from which on both error rates are below 1 %.
    """

    published: float
    margin: float
    sigma: float
    change: float
    seeds: int = 3

    @property
    def region(self) -> tuple[float, float]:
        """The accepted means, lowest and highest."""
        return self.published - self.margin, self.published + self.margin

    def accepts(self, mean: float) -> bool:
        """Returns whether a mean over seeds passes."""
        return abs(mean - self.published) <= self.margin + 1e-9

    def acceptance(self, truth: float, seeds: int | None = None) -> float:
        """Returns the probability of passing when ``truth`` is the true mean."""
        from scipy import stats

        error = self.sigma / math.sqrt(self.seeds if seeds is None else seeds)
        low, high = self.region
        return float(stats.norm.cdf(high, truth, error) - stats.norm.cdf(low, truth, error))

    def false_alarm(self, seeds: int | None = None) -> float:
        """Returns the probability of failing when the published value is the truth."""
        return 1 - self.acceptance(self.published, seeds)

    def miss(self, seeds: int | None = None) -> float:
        """Returns the probability of passing when the truth is off by ``change``."""
        return self.acceptance(self.published - self.change, seeds)


def new_pictures_error(truth: float, n: int, seeds: int, shared: float) -> float:
    """Returns the standard error of a mean accuracy as a statement about new pictures.

    Args:
        truth: the true accuracy.
        n: pictures in the fold.
        seeds: number of seeds, all on the same pictures.
        shared: correlation between two seeds' outcomes on a picture; 1 where seeds always agree.
    """
    return math.sqrt(truth * (1 - truth) / n * (shared + (1 - shared) / seeds))
