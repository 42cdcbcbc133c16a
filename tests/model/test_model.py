"""The models are the chapter's, and what is said to be frozen does not move."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from repro import chapter, model, weights
from repro.errors import OptionError
from repro.recipe import PUBLISHED, TODAY
from repro.techniques.from_scratch import small_convnet
from tests.small import tiny_base


@pytest.fixture(scope="module")
def base():
    return model.conv_base()


@pytest.fixture
def small_base():
    """A base of three convolutions: what is frozen does not depend on how many there are."""
    return tiny_base()


def _tensors_by_layer(base):
    return {layer.name: [np.array(w) for w in layer.get_weights()] for layer in base.layers}


def _train(network, steps=2, size=32):
    generator = np.random.default_rng(5)
    for _ in range(steps):
        pictures = generator.integers(0, 256, (4, size, size, 3), dtype=np.uint8)
        network.train_on_batch(pictures, np.array([0, 1, 0, 1], np.float32))


def test_layer_table_is_the_chapters(base):
    table = model.layer_table(base)
    # Keras names the input layer differently in every version; everything else is as printed.
    assert table[1:] == chapter.BASE_LAYERS[1:]
    assert (table[0].shape, table[0].parameters) == ((150, 150, 3), 0)


def test_stacked_table_and_total(base):
    rows = model.layer_table(model.stack_classifier(base))
    wanted = [(row.shape, row.parameters) for row in chapter.STACKED_LAYERS]
    assert [(row.shape, row.parameters) for row in rows] == wanted
    assert sum(row.parameters for row in rows) == chapter.STACKED_PARAMETERS
    assert [row.name for row in rows][:2] == ["vgg16", "flatten"]


def test_dropout_is_only_where_it_is_asked_for(base):
    def kinds(network):
        return [type(layer).__name__ for layer in network.layers]

    assert "Dropout" not in kinds(model.stack_classifier(base))
    assert kinds(model.classifier(dropout=0.5)) == ["Flatten", "Dense", "Dropout", "Dense"]
    assert model.classifier(dropout=0.5).get_layer("dropout").rate == 0.5


@pytest.mark.parametrize("name", ["classifier", "stacked on bfloat16", "from scratch in bfloat16"])
def test_the_last_unit_is_a_sigmoid_computed_in_float32(name):
    """The loss needs the digits: a probability in bfloat16 has two."""
    small = (32, 32, 3)
    if name == "classifier":
        network = model.classifier(dropout=0.5, feature_map=(1, 1, 8))
    elif name == "stacked on bfloat16":
        network = model.stack_classifier(model.conv_base(input_shape=small, precision="bfloat16"))
    else:
        network = small_convnet(input_shape=(94, 94, 3), precision="bfloat16")
    last = network.layers[-1]
    assert (last.units, last.activation.__name__) == (1, "sigmoid")
    head = [layer for layer in network.layers if type(layer).__name__ in ("Dense", "Flatten")]
    assert {str(layer.compute_dtype) for layer in head} == {"float32"}


def test_the_small_convnet_is_the_books():
    network = small_convnet()
    kinds = [type(layer).__name__ for layer in network.layers]
    assert kinds == ["Conv2D", "MaxPooling2D"] * 4 + ["Flatten", "Dropout", "Dense", "Dense"]
    # The book prints 3,453,121 parameters for this network.
    assert sum(model.count_parameters(network)) == 3_453_121


def test_trainable_tensors_30_4_22(base):
    model.unfreeze(base)
    stack = model.stack_classifier(base)
    assert len(stack.trainable_weights) == chapter.TRAINABLE_TENSORS_UNFROZEN
    model.freeze(base)
    assert len(stack.trainable_weights) == chapter.TRAINABLE_TENSORS_FROZEN
    model.unfreeze_from(base, chapter.UNFREEZE_FROM)
    assert len(stack.trainable_weights) == chapter.TRAINABLE_TENSORS_FINE_TUNING
    assert model.count_parameters(stack) == (
        chapter.TRAINABLE_PARAMETERS_FINE_TUNING,
        chapter.FROZEN_PARAMETERS_FINE_TUNING,
    )


@pytest.mark.parametrize("name", ["block1_conv1", "block4_conv2", "block5_pool"])
def test_freezing_and_unfreezing_are_whole_whatever_was_before(base, name):
    """Keras leaves a model's layers alone when the model's own flag has the value already."""
    model.unfreeze_from(base, name)
    model.unfreeze(base)
    assert len(base.trainable_weights) == chapter.TRAINABLE_TENSORS_UNFROZEN - 4
    base.trainable = False
    base.get_layer("block2_conv1").trainable = True
    model.freeze(base)
    assert not any(layer.trainable for layer in base.layers)


@pytest.mark.parametrize("name", [row.name for row in chapter.BASE_LAYERS[1:]])
def test_unfreezing_from_each_layer(base, name):
    """From a layer on means: that layer's tensors and all later ones, and none before."""
    model.unfreeze_from(base, name)
    names = [row.name for row in chapter.BASE_LAYERS]
    later = names[names.index(name) :]
    expected = 2 * sum("conv" in layer for layer in later)
    assert len(base.trainable_weights) == expected
    trainable = {layer.name for layer in base.layers if layer.trainable and layer.weights}
    assert trainable == {layer for layer in later if "conv" in layer}


def test_unknown_layer_names_the_known_ones(base):
    with pytest.raises(OptionError, match=r"block3_conv9.*block3_conv1.*block5_pool"):
        model.unfreeze_from(base, "block3_conv9")


def test_frozen_weights_keep_their_bits_and_the_others_change(small_base):
    model.unfreeze_from(small_base, "block3_conv1")
    stack = model.stack_classifier(small_base)
    network = model.from_pixels(stack)
    model.compile(network, chapter.FINE_TUNING, PUBLISHED)
    before, head = _tensors_by_layer(small_base), [np.array(w) for w in stack.get_weights()[-4:]]
    _train(network)
    after = _tensors_by_layer(small_base)
    for name, tensors in before.items():
        same = [np.array_equal(b, a) for b, a in zip(tensors, after[name], strict=True)]
        frozen = name.startswith(("block1", "block2"))
        assert all(same) if frozen else not any(same), name
    assert not any(map(np.array_equal, head, stack.get_weights()[-4:]))


def test_freezing_after_a_step_waits_for_the_next_compile(small_base):
    """The chapter: "recompile, or the change is ignored". Once a step has been taken, TensorFlow
    ignores it, JAX refuses to go on, and PyTorch, which compiles nothing, honours it."""
    from repro import _keras

    network = model.from_pixels(model.stack_classifier(small_base))
    model.compile(network, chapter.FINE_TUNING, TODAY)
    _train(network, steps=1)
    model.freeze(small_base)
    before = [np.array(w) for w in small_base.get_weights()]
    if _keras.backend() == "jax":
        with pytest.raises(ValueError, match="optimizer"):
            _train(network, steps=1)
    else:
        _train(network, steps=1)
        changed = not any(map(np.array_equal, before[::2], small_base.get_weights()[::2]))
        kept = all(map(np.array_equal, before, small_base.get_weights()))
        assert kept if _keras.backend() == "torch" else changed
    model.compile(network, chapter.FINE_TUNING, TODAY)
    before = [np.array(w) for w in small_base.get_weights()]
    _train(network, steps=1)
    assert all(map(np.array_equal, before, small_base.get_weights()))


@settings(max_examples=20)
@given(seed=st.integers(0, 2**32 - 1), features=st.integers(1, 300))
def test_initial_classifier_is_glorot_uniform(seed, features):
    kernel, bias, top, top_bias = model.initial_classifier(seed, features)
    assert kernel.shape == (features, 256) and top.shape == (256, 1)
    assert not bias.any() and not top_bias.any()
    for tensor in (kernel, top):
        limit = np.sqrt(6 / sum(tensor.shape))
        assert np.abs(tensor).max() <= limit * (1 + 1e-6)
        # The standard deviation of a uniform draw, within five of its standard errors.
        assert abs(tensor.std() / (limit / np.sqrt(3)) - 1) < 5 / np.sqrt(tensor.size)
    again = model.initial_classifier(seed, features)
    assert all(map(np.array_equal, again, (kernel, bias, top, top_bias)))


def test_different_seeds_give_different_classifiers():
    first, second = model.initial_classifier(0, 64), model.initial_classifier(1, 64)
    assert not np.any(first[0] == second[0])


def test_preprocessing_of_pixels():
    """Both preprocessings against their definitions, through a model that changes nothing."""
    from repro._keras import keras

    inputs = keras.Input((2, 3, 3))
    identity = keras.Model(inputs, keras.layers.Activation("linear")(inputs))
    pixels = np.random.default_rng(0).integers(0, 256, (5, 2, 3, 3), dtype=np.uint8)
    rescaled = np.asarray(model.from_pixels(identity).predict_on_batch(pixels))
    np.testing.assert_allclose(rescaled, pixels / 255, atol=1e-6)
    centred = np.asarray(model.from_pixels(identity, "imagenet").predict_on_batch(pixels))
    bgr = pixels[..., ::-1].astype(np.float64)
    np.testing.assert_allclose(centred, bgr - [103.939, 116.779, 123.68], atol=1e-4)


def test_tensors_reach_their_layers():
    tensors = weights.seeded(3)
    base = model.conv_base(input_shape=(32, 32, 3), tensors=tensors)
    for layer in base.layers:
        for part, value in zip(("kernel", "bias"), layer.get_weights(), strict=False):
            np.testing.assert_array_equal(value, tensors[f"{layer.name}/{part}"])
    missing = {name: value for name, value in tensors.items() if name != "block4_conv2/bias"}
    with pytest.raises(OptionError, match="block4_conv2/bias"):
        model.set_tensors(base, missing)
