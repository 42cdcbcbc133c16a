"""Intervals and tests at their edges: seeds that do not scatter, a single seed, two of them."""

from __future__ import annotations

import numpy as np
import pytest

from repro import statistics
from repro.statistics._intervals import components

CORRECT = np.random.default_rng(0).random((2, 200)) < 0.9


def test_seeds_that_do_not_scatter_differ_exactly():
    found = statistics.mean_difference([0.9, 0.9], [0.88, 0.88])
    assert found.low == found.high == pytest.approx(0.02)
    assert found.method == "Welch over seeds"


@pytest.mark.parametrize(("value", "p"), [(0.9, 0.0), (0.92, 0.0), (0.94, 1.0), (0.8, 1.0)])
def test_seeds_that_do_not_scatter_are_the_same_or_not(value, p):
    assert statistics.equivalence([value] * 3, 0.9, 0.03) == p


def test_one_seed_has_the_interval_of_a_share():
    one = CORRECT[:1]
    assert statistics.crossed_interval(one) == statistics.wilson(int(one.sum()), 200)


def test_two_seeds_disagree_by_half_the_variance_of_their_difference():
    expected = np.var(CORRECT[0] - CORRECT[1].astype(float), ddof=1) / 2
    assert components(CORRECT).agreement == pytest.approx(expected)
