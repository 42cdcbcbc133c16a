"""What dropout drops in an epoch depends on the run's seed and the epoch, and on nothing before."""

from __future__ import annotations

import numpy as np
import pytest

from repro import _keras


@pytest.fixture(params=["plain", "nested"])
def network(request):
    keras = _keras.keras
    inner = keras.Sequential([keras.Input((500,)), _keras.dropout(0.5, dtype="float32")])
    if request.param == "plain":
        return inner
    inputs = keras.Input((500,))
    return keras.Model(inputs, inner(inputs))


def dropped(network, seed, epoch):
    """Which of 500 units each of five steps drops, (5, 500)."""
    _keras.reseed_dropout(network, seed, epoch)
    ones = np.ones((1, 500), np.float32)
    steps = [_keras.as_array(network(ones, training=True)) for _ in range(5)]
    return np.concatenate(steps) == 0


def test_an_epochs_dropout_depends_on_seed_and_epoch_alone(network):
    first = dropped(network, 3, 1)
    dropped(network, 3, 2)
    np.testing.assert_array_equal(dropped(network, 3, 1), first)
    assert 0.3 < first.mean() < 0.7
    for seed, epoch in ((3, 2), (4, 1), (1, 3), (0, 0)):
        assert not np.array_equal(dropped(network, seed, epoch), first)


def test_no_step_drops_what_another_one_does(network):
    """Neither within an epoch nor in its neighbours, nor in another seed's epochs."""
    runs = [(3, 1), (3, 2), (3, 3), (2, 2), (1, 3), (2, 1)]
    steps = np.concatenate([dropped(network, seed, epoch) for seed, epoch in runs])
    assert len({step.tobytes() for step in steps}) == len(steps)
