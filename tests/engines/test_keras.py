"""On Keras, feature maps are the bare base's, whatever the batch."""

from __future__ import annotations

import numpy as np
import pytest

from repro import model, weights
from repro.engines import keras
from tests.small import tiny_base


def _pictures(n, seed=0):
    return np.random.default_rng(seed).integers(0, 256, (n, 32, 32, 3), dtype=np.uint8)


@pytest.fixture(scope="module")
def base():
    return tiny_base()


def test_features_are_what_the_bare_model_gives(base):
    pictures = _pictures(7)
    extract = keras.extractor(base, batch=4)
    bare = np.asarray(base.predict_on_batch(pictures.astype(np.float32) / 255))
    np.testing.assert_allclose(extract(pictures), bare, rtol=1e-4, atol=1e-5)


def test_a_pictures_features_do_not_depend_on_its_company(base):
    pictures = _pictures(9)
    extract = keras.extractor(base, batch=4)
    together = extract(pictures)
    alone = np.concatenate([extract(pictures[i : i + 1]) for i in range(9)])
    np.testing.assert_allclose(together, alone, rtol=1e-5, atol=1e-6)
    backwards = extract(pictures[::-1])[::-1]
    np.testing.assert_allclose(together, backwards, rtol=1e-5, atol=1e-6)


def test_every_batch_has_one_size(base):
    """So the backend compiles one program, and a picture's company cannot change it."""
    sizes = []

    class Spy:
        outputs = base.outputs

        def predict_on_batch(self, pictures):
            sizes.append(len(pictures))
            return np.zeros((len(pictures), 2, 2, 12), np.float32)

    assert keras.Applied(Spy(), batch=4)(_pictures(9)).shape == (9, 2, 2, 12)
    assert sizes == [4, 4, 4]


def test_bfloat16_is_close_and_different():
    whole = {"input_shape": (32, 32, 3), "tensors": weights.seeded(0)}
    bases = [model.conv_base(**whole, precision=one) for one in ("float32", "bfloat16")]
    pictures = _pictures(20)
    exact, rounded = (keras.extractor(base, batch=20)(pictures) for base in bases)
    assert rounded.dtype == np.float32
    error = np.linalg.norm(exact - rounded) / np.linalg.norm(exact)
    assert 1e-4 < error < 0.05
