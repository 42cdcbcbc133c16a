"""Readings recognise what they are shown, and nothing else."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from repro.chapter import PICTURE_SIZE
from repro.era import drawn, readings
from repro.era.readings import ARGUMENTS, SWITCHES, all_semantics, transformed
from repro.recipe import Recipe
from tests.era.fabricated import record


def pictures(semantics: Recipe) -> dict[str, np.ndarray]:
    cases = {name: (name,) for name in ARGUMENTS} | {"together": ARGUMENTS}
    return {f"augmentation__{name}": transformed(semantics, which) for name, which in cases.items()}


def switches(semantics: Recipe) -> str:
    return "-".join(getattr(semantics, switch) for switch in SWITCHES)


@pytest.mark.parametrize("semantics", all_semantics(), ids=switches)
def test_each_of_the_sixteen_semantics_is_told_from_the_others(semantics):
    match = readings.augmentation(record(**pictures(semantics)))
    assert match is not None
    assert (match.semantics, match.differing) == (semantics, 0)
    assert match.runner_up > 100  # no other comes near, so the verdict is not a toss


def test_a_generator_that_does_something_else_does_not_match():
    made = pictures(all_semantics()[0])
    made["augmentation__rotation"] = made["augmentation__rotation"][::-1].copy()
    match = readings.augmentation(record(**made))
    assert match is not None and match.differing > 0


def test_without_a_generator_there_is_nothing_to_read():
    assert readings.augmentation(record()) is None


@pytest.mark.parametrize("inside", [False, True])
@pytest.mark.parametrize("epsilon", [1e-8, 1e-7, 1e-6])
def test_rmsprops_denominator_is_found_from_one_step(inside, epsilon):
    gradients = drawn.arrays()["gradients"][0]
    square = np.float32(0.1) * gradients**2
    with_epsilon = np.sqrt(square + np.float32(epsilon)) if inside else (
        np.sqrt(square) + np.float32(epsilon))  # fmt: skip
    steps = -np.float32(2e-5) * gradients / with_epsilon
    expected = f"sqrt(v + {epsilon:.0e})" if inside else f"sqrt(v) + {epsilon:.0e}"
    assert readings.rmsprop(record(rmsprop__first_step=steps.astype(np.float32))) == expected


def test_another_optimizer_is_no_rmsprop():
    gradients = drawn.arrays()["gradients"][0]
    plain = (-2e-5 * gradients).astype(np.float32)  # stochastic gradient descent
    assert readings.rmsprop(record(rmsprop__first_step=plain)) == "something else"


@pytest.mark.parametrize(
    ("method", "expected"),
    [("NEAREST", "nearest"), ("BILINEAR", "bilinear"), ("BICUBIC", "bicubic"),
     ("LANCZOS", "something else")],
)  # fmt: skip
def test_the_resize_is_recognised(method, expected):
    large = Image.fromarray(drawn.arrays()["large"])
    made = np.asarray(large.resize(PICTURE_SIZE[::-1], Image.Resampling[method]), np.float32)
    assert readings.resize(record(resize=made)) == expected


def test_the_listing_says_what_was_printed_and_what_changed():
    facts = {"printed_before": 30, "printed_after": 4, "changed": 26, "tensors": 26}
    found = record(**{f"listing__{name}": value for name, value in facts.items()})
    assert readings.listing(found) == "30, then 4; 26 of 26 change"
    assert readings.listing(record()) is None


def test_a_refusal_is_told_from_nothing_measured():
    read = readings.frozen("functional", "container", "after_a_step")
    assert read(record()) is None
    found = record(freezing__functional__container__after_a_step__refused="ValueError")
    assert read(found) == "refused (ValueError)"
