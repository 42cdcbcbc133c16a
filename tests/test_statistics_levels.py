"""Intervals say their confidence level and keep to it."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from repro import statistics

LEVELS = (0.5, 0.8, 0.95, 0.99)
GENERATOR = np.random.default_rng(0)
CORRECT, OTHER = GENERATOR.random((2, 3, 200)) < 0.9
INTERVALS = {
    "wilson": lambda level: statistics.wilson(90, 100, level),
    "t": lambda level: statistics.t_interval([0.88, 0.9, 0.91], level),
    "newcombe": lambda level: statistics.newcombe(90, 100, 80, 120, level),
    "difference of means": lambda level: statistics.mean_difference(
        [0.88, 0.9, 0.91], [0.9, 0.93, 0.92], level
    ),
    "modelled": lambda level: statistics.modelled_difference([0.9], [0.93], 1000, 0.006, level),
    "paired": lambda level: statistics.paired_difference(CORRECT, OTHER, level),
    "crossed": lambda level: statistics.crossed_interval(CORRECT, level),
}


@pytest.mark.parametrize("name", INTERVALS)
def test_more_confidence_widens_an_interval_at_both_ends(name):
    found = [INTERVALS[name](level) for level in LEVELS]
    assert [interval.level for interval in found] == list(LEVELS)
    for narrow, wide in pairwise(found):
        assert wide.low < narrow.low <= narrow.high < wide.high


def test_seeds_that_do_not_scatter_differ_exactly_and_say_how_sure():
    found = statistics.mean_difference([0.9, 0.9], [0.88, 0.88], 0.8)
    assert found.low == found.high == pytest.approx(0.02)
    assert (found.level, found.method) == (0.8, "Welch over seeds")


@pytest.mark.parametrize(("value", "p"), [(0.9, 0.0), (0.92, 0.0), (0.94, 1.0), (0.8, 1.0)])
def test_seeds_that_do_not_scatter_are_the_same_or_not(value, p):
    assert statistics.equivalence([value] * 3, 0.9, 0.03) == p


def test_one_seed_has_the_interval_of_a_share():
    one = CORRECT[:1]
    assert statistics.crossed_interval(one, 0.8) == statistics.wilson(int(one.sum()), 200, 0.8)


def test_two_seeds_disagree_by_half_the_variance_of_their_difference():
    two = CORRECT[:2].astype(float)
    expected = np.var(two[0] - two[1], ddof=1) / 2
    assert statistics.components(two).agreement == pytest.approx(expected)
