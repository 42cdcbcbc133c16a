"""Intervals say their confidence level and keep to it; gates count the seeds that they are told."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from repro import statistics
from repro.claims import gates

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
    "paired": lambda level: statistics.paired_difference(CORRECT, OTHER, level),
    "crossed": lambda level: statistics.crossed_interval(CORRECT, level),
}


@pytest.mark.parametrize("name", INTERVALS)
def test_more_confidence_widens_an_interval_at_both_ends(name):
    found = [INTERVALS[name](level) for level in LEVELS]
    assert [interval.level for interval in found] == list(LEVELS)
    for narrow, wide in pairwise(found):
        assert wide.low < narrow.low <= narrow.high < wide.high


@pytest.mark.parametrize("name", gates.GATES)
def test_error_rates_are_those_of_the_number_of_seeds(name):
    gate = gates.GATES[name]
    for rate in (gate.false_alarm, gate.miss):
        assert rate() == rate(gate.seeds)
        assert rate(1) > rate(gate.seeds) or gate.seeds == 1
