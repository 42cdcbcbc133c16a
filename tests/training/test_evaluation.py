"""Counts and losses against Keras and against counting by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from repro.training import evaluate

CASES = st.lists(st.tuples(st.floats(0, 1, width=32), st.integers(0, 1)), min_size=1, max_size=60)


@given(CASES)
def test_counts_add_up(cases):
    probabilities = np.array([p for p, _ in cases], np.float32)
    labels = np.array([label for _, label in cases], np.uint8)
    found = evaluate(probabilities[:, None], labels)
    assert sum(map(sum, found.confusion)) == found.n == len(cases)
    assert [sum(row) for row in found.confusion] == [np.sum(labels == 0), np.sum(labels == 1)]
    assert found.correct == found.confusion[0][0] + found.confusion[1][1]
    by_hand = sum((p > 0.5) == bool(label) for p, label in zip(probabilities, labels, strict=True))
    assert found.correct == by_hand and found.accuracy == by_hand / len(cases)


@given(CASES)
def test_loss_and_accuracy_are_keras_own(cases):
    from repro._keras import KERAS_3, as_array, keras

    probabilities = np.array([[p] for p, _ in cases], np.float32)
    if not KERAS_3:
        # Keras 2 adds its epsilon once more inside the logarithm: up to 0.7 nats near 0 and 1.
        probabilities = probabilities.clip(0.01, 0.99)
    labels = np.array([[label] for _, label in cases], np.float32)
    found = evaluate(probabilities, labels[:, 0].astype(np.uint8))
    loss = as_array(keras.losses.BinaryCrossentropy()(labels, probabilities))
    assert found.loss == pytest.approx(float(loss), rel=1e-4, abs=1e-5)
    accuracy = as_array(keras.metrics.binary_accuracy(labels, probabilities)).mean()
    assert found.accuracy == pytest.approx(float(accuracy), abs=1e-6)


def test_exchanging_the_classes_mirrors_the_result():
    generator = np.random.default_rng(1)
    probabilities = generator.uniform(size=200)
    labels = generator.integers(0, 2, 200).astype(np.uint8)
    one, other = evaluate(probabilities, labels), evaluate(1 - probabilities, 1 - labels)
    assert one.correct == other.correct
    assert one.loss == pytest.approx(other.loss, rel=1e-9)
    assert one.confusion == tuple(row[::-1] for row in other.confusion[::-1])


def test_lengths_must_agree():
    with pytest.raises(ValueError, match=r"\(3,\).*\(2,\)"):
        evaluate(np.zeros(3, np.float32), np.zeros(2, np.uint8))
