"""The base in bfloat16 beside the base in float32, on real pictures with the real weights."""

from __future__ import annotations

import numpy as np
import pytest

from repro import dataset, model, pictures, weights
from repro.engines import keras

pytestmark = [pytest.mark.slow, pytest.mark.originals, pytest.mark.weights]
N = 100


@pytest.fixture(scope="module")
def both(originals, weights_path):
    """Feature maps (n, 8192) of validation pictures, by precision."""
    split = dataset.prepare(originals)
    paths = split.paths("validation")
    chosen = pictures.load([*paths[: N // 2], *paths[-N // 2 :]])
    tensors = weights.load(weights_path)
    return {
        precision: keras.extractor(model.conv_base(tensors=tensors, precision=precision))(
            chosen
        ).reshape(N, -1)
        for precision in ("float32", "bfloat16")
    }


def test_bfloat16_moves_feature_maps_by_its_rounding_and_not_more(both, record_property):
    """bfloat16 has 8 bits of mantissa: 0.2 % a rounding, over thirteen convolutions."""
    exact, rounded = both["float32"], both["bfloat16"]
    error = np.linalg.norm(rounded - exact, axis=1) / np.linalg.norm(exact, axis=1)
    record_property("relative error, median", float(np.median(error)))
    record_property("relative error, largest", float(error.max()))
    print(f"relative error: median {np.median(error):.4f}, largest {error.max():.4f}")
    assert 1e-4 < np.median(error) < 0.02
    assert error.max() < 0.05


def test_bfloat16_shifts_feature_maps_neither_up_nor_down(both):
    exact, rounded = both["float32"], both["bfloat16"]
    assert abs(rounded.mean() / exact.mean() - 1) < 5e-3
