"""Curve against curve: the levels hold however epochs hang together, and what differs is found."""

from __future__ import annotations

import numpy as np
import pytest

from repro import statistics
from repro.statistics._curves import CurveDifference

LEVEL = 0.01
MARGIN = 0.03
COUNT = 1500


def runs(seeds: int, epochs: int, phi: float, offset: float, kind: str = "even") -> np.ndarray:
    """(count, seeds, epochs) of one truth: each epoch hangs together with the one before.

    Args:
        phi: share of an epoch's deviation that the next one keeps.
        offset: standard deviation from seed to seed of a whole curve, beside 1 of an epoch.
        kind: "even"; "early" lets the first epochs scatter five times as much, as the unfrozen
            runs' do; "heavy" draws from t with 4 degrees of freedom.
    """
    rng = np.random.default_rng([13, seeds, epochs, round(10 * phi), round(offset), len(kind)])
    shape = (COUNT, seeds, epochs)
    made = rng.standard_t(4, shape) if kind == "heavy" else rng.standard_normal(shape)
    made *= (1 - phi**2) ** 0.5
    made[..., 0] /= (1 - phi**2) ** 0.5
    for epoch in range(1, epochs):
        made[..., epoch] += phi * made[..., epoch - 1]
    if kind == "early":
        made *= 1 + 4 * np.exp(-np.arange(epochs) / 2)
    return made + offset * rng.standard_normal((COUNT, seeds, 1))


def found(made: np.ndarray, margin: float = MARGIN) -> list[CurveDifference]:
    """Compares the first run of each set with the others."""
    return [statistics.curve_difference(one[0], one[1:], margin) for one in made]


@pytest.mark.parametrize("kind", ["even", "early", "heavy"])
@pytest.mark.parametrize("phi", [0.0, 0.5, 0.9])
@pytest.mark.parametrize(("seeds", "offset"), [(3, 0.0), (3, 1.0), (5, 0.0), (5, 1.0)])
def test_one_more_seed_is_told_apart_no_more_often_than_the_level(
    seeds: int, offset: float, phi: float, kind: str
) -> None:
    false = np.mean([one.apart < LEVEL for one in found(runs(seeds + 1, 30, phi, offset, kind))])
    # 1.6 % is what 1,500 tests at 1 % exceed once in a hundred.
    assert false <= 0.016


@pytest.mark.parametrize("phi", [0.0, 0.5, 0.9])
@pytest.mark.parametrize("offset", [0.0, 1.0])
def test_a_curve_that_is_the_margin_off_in_one_fifth_is_alike_no_more_often_than_the_level(
    phi: float, offset: float
) -> None:
    made = 0.1 * runs(6, 30, phi, offset)  # the other fifths leave no doubt
    made[:, 0, 12:18] += 3
    false = np.mean([one.alike < LEVEL for one in found(made, margin=3)])
    assert 0.004 <= false <= 0.016, "the level, and no less: there is nothing cautious in it"


def test_a_test_of_epochs_as_if_they_were_independent_would_not_hold_its_level() -> None:
    """Why the directions are counted: with one degree of freedom an epoch it errs 30 times."""
    from scipy import stats

    wrong = []
    for one in runs(6, 30, 0.9, 0.0)[:400]:
        mean, scatter = one[1:].mean(axis=0), one[1:].std(axis=0, ddof=1)
        ratio = np.mean((one[0] - mean) ** 2) / 1.2 / np.mean(scatter**2)
        wrong.append(stats.f.sf(ratio, 30, 120) < LEVEL)
    assert np.mean(wrong) > 0.05


def test_five_seeds_find_a_curve_three_points_off_and_know_one_of_theirs() -> None:
    """Scatter as technique 1's: half a point from epoch to epoch, a third of one over seeds."""
    made = 0.005 * runs(6, 30, 0.3, 0.6)
    assert np.mean([one.apart >= LEVEL / 2 and one.alike < LEVEL for one in found(made)]) > 0.75
    made[:, 0] += 0.03
    assert np.mean([one.apart < LEVEL / 2 and one.alike >= LEVEL for one in found(made)]) > 0.95


def test_three_seeds_find_a_curve_six_points_off() -> None:
    made = 0.005 * runs(4, 30, 0.3, 0.6)
    made[:, 0] += 0.06
    assert np.mean([one.apart < LEVEL / 2 and one.alike >= LEVEL for one in found(made)]) > 0.85


def test_the_largest_difference_keeps_its_sign_and_its_fifth() -> None:
    others = np.zeros((3, 32)) + np.array([[-0.001], [0.0], [0.001]])
    curve = np.zeros(32)
    curve[:2] = 9.0  # does not divide into fifths of six
    curve[2:8], curve[26:] = 0.01, -0.02
    assert statistics.curve_difference(curve, others, 0.03).change == pytest.approx(-0.02)


@pytest.mark.parametrize(
    ("off", "apart", "alike"), [(0.0, 1, 0), (0.02, 0, 0), (0.04, 0, 1), (-0.04, 0, 1)]
)
def test_seeds_that_do_not_scatter_leave_no_doubt(off: float, apart: int, alike: int) -> None:
    others = np.tile(np.linspace(0.8, 0.9, 30), (3, 1))
    result = statistics.curve_difference(others[0] + off, others, 0.03)
    assert (result.apart, result.alike) == (apart, pytest.approx(alike))
