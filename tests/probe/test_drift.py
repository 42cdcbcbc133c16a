"""Differences are what they are said to be, and the tables say them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from repro.errors import OptionError
from repro.probe import drift as drifting
from repro.probe._bits import floats
from repro.probe._schema import Bits, Fact
from repro.probe.drift import drift, ulps
from tests.probe.fabricated import probe, ran

NORMAL = st.floats(2.0**-100, 2.0**100, width=32)


@given(NORMAL, st.integers(0, 1000))
def test_an_ulp_is_the_distance_to_the_next_float(value, steps):
    one = np.array([value], np.float32)
    other = (one.view(np.int32) + steps).view(np.float32)
    if np.spacing(one) == np.spacing(other):  # else the steps are of two sizes
        assert ulps(one, other)[0] == steps
    assert ulps(one, one)[0] == 0
    assert ulps(-one, -other)[0] == ulps(one, other)[0]


def test_what_is_nearly_zero_is_measured_by_its_neighbours():
    one, other = (np.array([1.0, tiny], np.float32) for tiny in (0.0, 1e-12))
    assert ulps(one, other).max() < 0.01
    assert ulps(one[1:], other[1:])[0] > 1e6  # alone, it is all that there is


def cells(*quantities, name="features", **options):
    probes = [
        probe(f"tf2{20 + i}", **({} if quantity is None else {name: quantity}))
        for i, quantity in enumerate(quantities)
    ]
    row = next(row for row in drift(probes, **options).rows if row.name == name)
    return row.cells


VALUES = np.linspace(-2, 2, 40, dtype=np.float32)


def test_states_of_floats():
    rounded = VALUES * np.float32(1 + 2e-7)
    other = VALUES + np.float32(0.01)
    found = cells(floats(rounded), floats(other), floats(VALUES[:20]), floats(VALUES))
    assert [cell.state for cell in found] == ["rounding", "differs", "differs", "same"]
    ulp, relative = map(float, found[0].text.split(" ulp, "))
    assert 1 <= ulp <= 4 and 1e-7 < relative < 3e-7
    assert found[3].text == "="


def test_a_difference_in_values_that_are_not_kept_is_seen():
    many = np.linspace(1, 2, 5000, dtype=np.float32)
    changed = many.copy()
    changed[1] = np.nextafter(changed[1], np.float32(2))
    found = cells(floats(changed), floats(many))
    assert found[0].state == "rounding" and "not kept" in found[0].text


def test_bits_are_the_same_or_not():
    found = cells(Bits(shape=(2, 3), sha256="1" * 64), None, name="pictures")
    assert [cell.state for cell in found] == ["differs", "same"]


def test_facts_are_told_and_a_missing_one_is_no_difference():
    found = cells(Fact(value=False), Fact(value=None), Fact(value=True), name="fact")
    assert [(cell.text, cell.state) for cell in found] == [
        ("no", "differs"),
        ("–", "missing"),
        ("yes", "same"),
    ]


def test_a_quantity_that_one_probe_lacks_is_missing():
    probes = [probe("tf215", newer=Fact(value=1)), probe("tf221")]
    row = next(row for row in drift(probes).rows if row.name == "newer")
    assert {cell.state for cell in row.cells} == {"missing"}


@pytest.mark.parametrize(
    ("labels", "given", "expected"),
    [
        (("tf215", "tf221", "jax"), None, "tf221"),
        (("jax", "torch"), None, "jax"),
        (("tf215", "tf221"), "tf215", "tf215"),
    ],
)
def test_the_reference_is_the_newest_tensorflow_or_as_told(labels, given, expected):
    assert drift([probe(label) for label in labels], given).reference == expected


def test_probes_that_cannot_be_compared_are_refused():
    with pytest.raises(OptionError, match="labels"):
        drift([probe("jax"), probe("jax")])
    other = probe("jax").model_copy(update={"weights_sha256": "1" * 64})
    with pytest.raises(OptionError, match="weights"):
        drift([probe("tf221"), other])
    with pytest.raises(OptionError, match="tf999"):
        drift([probe("tf221"), probe("jax")], "tf999")


def with_runs(*runs):
    labels = ("tf215", "tf218", "tf221")
    probes = [
        probe(label).model_copy(update={"technique_1": run})
        for label, run in zip(labels, runs, strict=False)
    ]
    return drift(probes).agreement


def test_accuracies_agree_within_their_interval_or_not():
    reference = ran(0.90, 0.89, 0.91)
    (row,) = with_runs(ran(0.895, 0.905, 0.90, correct="1001"), ran(0.80, 0.81, 0.79), reference)
    assert [cell.state for cell in row.cells] == ["rounding", "differs", "same"]
    assert "1 of 4 flip" in row.cells[0].text and "0 of 4 flip" in row.cells[1].text
    assert with_runs(None, None, None) == ()
    assert with_runs(None, ran(0.9, 0.9), reference)[0].cells[0].text == "not run"


def test_only_shared_seeds_flip_pictures():
    reference = ran(0.90, 0.89, 0.91)
    later = ran(0.90, 0.89, seeds=(2, 3), correct="0000")
    (row,) = with_runs(later, ran(0.9, 0.9, seeds=(7, 8)), reference)
    assert "3 of 4 flip" in row.cells[0].text and "(n = 2)" in row.cells[0].text
    assert "no seed in common" in row.cells[1].text


def test_accuracies_from_other_inputs_are_not_compared():
    other = ran(0.5, 0.5, 0.5, inputs={"weights": "1" * 64})
    (row,) = with_runs(other, None, ran(0.90, 0.89, 0.91))
    assert row.cells[0].state == "missing" and "other inputs" in row.cells[0].text


def test_every_row_of_a_real_probe_has_words():
    from repro.probe._bits import measure
    from repro.probe._upstream import NOTES

    assert set(measure()) <= set(NOTES)
    assert drifting.drift([probe("tf215"), probe("tf221")]).rows[0].note is NOTES["pictures"]


@given(st.integers(1, 200), st.integers(1, 9))
def test_kept_values_pass_through_every_channel(pictures, halvings):
    channels = 2**halvings
    found = floats(np.zeros((pictures, channels), np.float32))
    seen = {place % channels for place in range(0, pictures * channels, found.every)}
    assert len(found.values) == -(-pictures * channels // found.every) <= 2 * 512
    assert len(seen) == min(channels, len(found.values)), "a step that shares a factor with them"
