"""Counts of operations against a definition that shares nothing with the layer table."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks import operations
from repro import chapter
from repro.chapter import BASE_LAYERS, LayerRow

SIZES = st.integers(1, 9)


@given(height=SIZES, width=SIZES, channels=SIZES, filters=SIZES)
def test_a_convolution_multiplies_its_kernel_at_every_position(height, width, channels, filters):
    kernel = np.ones((3, 3, channels, filters))
    row = LayerRow("conv", (height, width, filters), kernel.size + filters)
    multiplied = sum(kernel[..., k].size for _ in range(height * width) for k in range(filters))
    assert operations.forward(row) == 2 * multiplied


@given(inputs=SIZES, units=SIZES)
def test_a_dense_layer_is_a_matrix_product(inputs, units):
    row = LayerRow("dense", (units,), inputs * units + units)
    assert operations.forward(row) == 2 * inputs * units


def test_vgg16_at_its_own_size_has_the_known_count():
    # 15.35 billion multiplications in the convolutions at 224×224, the figure of the literature.
    sizes = {"block1": 224, "block2": 112, "block3": 56, "block4": 28, "block5": 14}
    rows = [
        LayerRow(row.name, (*[sizes[row.name[:6]]] * 2, row.shape[2]), row.parameters)
        for row in BASE_LAYERS
        if "conv" in row.name
    ]
    assert operations.predicting(rows) / 2 == pytest.approx(15.35e9, rel=1e-3)


def test_training_everything_costs_three_passes_less_the_first_input_gradient():
    rows = [row for row in BASE_LAYERS if row.parameters]
    total = operations.predicting(rows)
    assert operations.training(BASE_LAYERS) == 3 * total - operations.forward(rows[0])


@given(first=st.sampled_from([row.name for row in BASE_LAYERS if row.parameters]))
def test_training_fewer_layers_costs_less_and_more_than_none(first):
    none, everything = operations.predicting(BASE_LAYERS), operations.training(BASE_LAYERS)
    assert none < operations.training(BASE_LAYERS, first) <= everything


def test_fine_tuning_costs_one_pass_more_for_each_gradient():
    stacked = (*BASE_LAYERS, *chapter.STACKED_LAYERS[-2:])
    names = [row.name for row in stacked if row.parameters]
    trained = names.index(chapter.UNFREEZE_FROM)
    costs = [operations.forward(row) for row in stacked if row.parameters]
    expected = sum(costs) + sum(costs[trained:]) + sum(costs[trained + 1 :])
    assert operations.training(stacked, chapter.UNFREEZE_FROM) == expected
