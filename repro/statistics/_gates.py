"""Two-sided gates for accuracies, with error rates that are computed exactly."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache

import numpy as np

#: The rate that false alarms and misses of a gate stay below.
LARGEST_ERROR_RATE = 0.01
#: The loss of accuracy that a gate must not miss, a share.
LOSS_TO_CATCH = 0.03


@dataclass(frozen=True)
class Gate:
    """A two-sided rule for a mean accuracy over seeds, with error rates that can be computed.

    It accepts a mean within ``margin`` of the published value: too good is as suspicious as too
    bad. The margin that makes both error rates smallest together is half of the loss to catch.

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
        return _exact_acceptance(self, truth, self.seeds if seeds is None else seeds)

    def false_alarm(self, seeds: int | None = None) -> float:
        """Returns the probability of failing when the published value is the truth."""
        truths = [self.published, *([self.upper] if self.upper is not None else [])]
        return max(1 - self.acceptance(truth, seeds) for truth in truths)

    def miss(self, seeds: int | None = None) -> float:
        """Returns the probability of passing, :data:`LOSS_TO_CATCH` off, on the worse side."""
        upper = self.published if self.upper is None else self.upper
        truths = [self.published - LOSS_TO_CATCH, min(upper + LOSS_TO_CATCH, 1 - 1e-6)]
        return max(self.acceptance(truth, seeds) for truth in truths)


@cache
def _exact_acceptance(gate: Gate, truth: float, seeds: int) -> float:
    from scipy import stats

    support = np.arange(gate.n + 1)
    if gate.spread:
        weight = truth * (1 - truth) / gate.spread**2 - 1
        one = stats.betabinom.pmf(support, gate.n, truth * weight, (1 - truth) * weight)
    else:
        one = stats.binom.pmf(support, gate.n, truth)
    total = one
    for _ in range(seeds - 1):
        total = np.convolve(total, one)
    means = np.arange(len(total)) / (gate.n * seeds)
    low, high = gate.region
    return float(total[(means >= low - 1e-9) & (means <= high + 1e-9)].sum())


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
