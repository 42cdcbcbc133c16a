"""Both years' RMSprop against NumPy, in float64 from their published formulas."""

from __future__ import annotations

import numpy as np
import pytest

from repro import _keras
from repro.recipe import PUBLISHED, TODAY


def oracle(recipe, weights, gradients, rate, rho=0.9):
    """RMSprop with the recipe's denominator, step by step."""
    square = np.zeros_like(weights)
    for gradient in gradients:
        square = rho * square + (1 - rho) * gradient**2
        if recipe.rmsprop_denominator == "outside":
            denominator = np.sqrt(square) + recipe.rmsprop_epsilon
        else:
            denominator = np.sqrt(square + recipe.rmsprop_epsilon)
        weights = weights - rate * gradient / denominator
    return weights


def _apply(recipe, weights, gradients, rate):
    """The same steps taken by the Keras optimizer on a layer that holds the weights."""
    keras = _keras.keras
    layer = keras.layers.Dense(1, use_bias=False)
    layer.build((None, len(weights)))
    layer.set_weights([weights[:, None].astype(np.float32)])
    optimizer = _keras.rmsprop(recipe, rate)
    for gradient in gradients:
        tensor = gradient[:, None].astype(np.float32)
        if _keras.KERAS_3:
            tensor = keras.ops.convert_to_tensor(tensor)
        else:
            import tensorflow as tf

            tensor = tf.constant(tensor)
        optimizer.apply_gradients([(tensor, layer.trainable_weights[0])])
    return layer.get_weights()[0][:, 0]


# Gradients from far below the epsilons to far above them: only small ones tell the years apart.
GRADIENTS = np.outer([1.0, -0.5, 2.0], 10.0 ** np.arange(-9, 3))


@pytest.mark.parametrize("recipe", [PUBLISHED, TODAY], ids=lambda recipe: recipe.name)
def test_rmsprop_is_the_years(recipe):
    weights = np.linspace(-1, 1, GRADIENTS.shape[1])
    wanted = oracle(recipe, weights, GRADIENTS, 1e-2)
    np.testing.assert_allclose(_apply(recipe, weights, GRADIENTS, 1e-2), wanted, atol=2e-7)


def test_the_years_differ_for_small_gradients_alone():
    weights = np.zeros(GRADIENTS.shape[1])
    published = _apply(PUBLISHED, weights, GRADIENTS, 1e-2)
    today = _apply(TODAY, weights, GRADIENTS, 1e-2)
    assert np.all(np.abs(published - today)[:4] > 1e-3)
    assert np.all(np.abs(published - today)[-3:] < 1e-6)


@pytest.mark.parametrize("recipe", [PUBLISHED, TODAY], ids=lambda recipe: recipe.name)
def test_a_large_tensor_is_updated_as_a_small_one(recipe):
    """Large ones are updated in one compiled pass, where the backend has that."""
    sizes = np.arange(70_000) % GRADIENTS.shape[1]
    weights = np.linspace(-1, 1, GRADIENTS.shape[1])
    small = _apply(recipe, weights, GRADIENTS, 1e-2)
    large = _apply(recipe, weights[sizes], GRADIENTS[:, sizes], 1e-2)
    np.testing.assert_allclose(large, small[sizes], atol=2e-7)
