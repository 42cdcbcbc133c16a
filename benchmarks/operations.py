"""Floating-point operations of an epoch, off the layer table, and what the machine can do."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from repro.chapter import LayerRow

if TYPE_CHECKING:
    from repro.experiments import Precision


def forward(row: LayerRow) -> int:
    """Returns the operations of one layer on one picture, multiplications and additions.

    A convolution or dense layer applies its kernel once at every position of its output. Biases,
    activations and pooling are left out: they are less than a percent.
    """
    if not row.parameters:
        return 0
    *positions, units = row.shape
    return 2 * int(np.prod(positions)) * (row.parameters - units)


def predicting(rows: Sequence[LayerRow]) -> int:
    """Returns the operations of a model on one picture, without gradients."""
    return sum(forward(row) for row in rows)


def training(rows: Sequence[LayerRow], first: str | None = None) -> int:
    """Returns the operations of a training step on one picture.

    The gradient by a kernel costs as much as the forward pass, and so does the gradient by a
    layer's input, which the first trained layer does not need.

    Args:
        rows: of the model, in order.
        first: name of the first trained layer; None trains all.
    """
    weighted = [row for row in rows if row.parameters]
    names = [row.name for row in weighted]
    trained = weighted[names.index(first) if first is not None else 0 :]
    return predicting(rows) + 2 * predicting(trained) - forward(trained[0])


def matmul_peak(precision: Precision, device: str, *, rounds: int = 5) -> float:
    """Measures the operations a second of a large matrix product, the best of several rounds.

    Args:
        precision: of the matrices.
        device: "cpu" or "gpu"; decides how large they are.
        rounds: of some twenty products each.
    """
    from repro import _keras

    ops = _library(_keras)
    n, products = (8192, 20) if device == "gpu" else (2048, 20)
    values = np.random.default_rng(0).standard_normal((n, n), np.float32) / np.sqrt(n)
    matrix = ops.cast(ops.convert_to_tensor(values), precision)

    def products_in_a_row() -> None:
        result = matrix
        for _ in range(products):
            result = ops.matmul(result, matrix)
        # One element, so that the device has finished and nothing large is copied.
        _keras.as_array(ops.cast(result[:1, :1], "float32"))

    products_in_a_row()
    quickest = min(_seconds(products_in_a_row) for _ in range(rounds))
    return 2 * n**3 * products / quickest


def _library(_keras: Any) -> Any:
    if _keras.KERAS_3:
        return _keras.keras.ops
    import tensorflow

    return tensorflow


def _seconds(function: Any) -> float:
    start = time.perf_counter()
    function()
    return time.perf_counter() - start
