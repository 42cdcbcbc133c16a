"""Orders: every picture once a pass, no two epochs alike."""

from __future__ import annotations

import numpy as np

from repro import folds


def test_an_epoch_sees_every_picture_once_and_no_two_orders_agree():
    orders = [folds.order(seed, epoch, 200) for seed in (0, 1) for epoch in (0, 1, 2)]
    for chosen in orders:
        np.testing.assert_array_equal(np.sort(chosen), np.arange(200))
    assert len({chosen.tobytes() for chosen in orders}) == 6
    np.testing.assert_array_equal(folds.order(1, 2, 200), orders[-1])


def test_passes_of_an_order_are_permutations_of_their_own_pictures():
    chosen = folds.order(3, 1, 50, passes=3)
    for turn in range(3):
        part = np.sort(chosen[turn * 50 : (turn + 1) * 50])
        np.testing.assert_array_equal(part, np.arange(turn * 50, (turn + 1) * 50))
    np.testing.assert_array_equal(chosen[:50], folds.order(3, 1, 50))
