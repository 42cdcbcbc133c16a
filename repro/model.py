"""The chapter's models: the convolutional base, the classifier on top, and what is trainable."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from repro import chapter
from repro.chapter import LayerRow, Technique
from repro.errors import OptionError, check_known
from repro.experiments import Precision
from repro.recipe import Recipe

#: VGG's own preprocessing subtracts these ImageNet means, in BGR order, from pixels of 0..255.
IMAGENET_MEANS_BGR = (103.939, 116.779, 123.68)


def conv_base(
    name: str = chapter.BASE_NAME,
    *,
    input_shape: tuple[int, int, int] | None = (*chapter.PICTURE_SIZE, chapter.CHANNELS),
    tensors: Mapping[str, NDArray[np.float32]] | None = None,
    precision: Precision = "float32",
    include_top: bool = False,
) -> Any:
    """Builds the convolutional base: float pictures (n, height, width, 3) → feature maps.

    Args:
        name: one of the six models that the chapter lists.
        input_shape: (height, width, channels) of the pictures; None accepts any size.
        tensors: "layer/kernel" and "layer/bias" → float32 arrays, as
            :func:`repro.weights.load` returns them; None leaves Keras's random initial values.
        precision: of the computation; the weights stay in float32.
        include_top: keeps the 1000-class classifier.

    Raises:
        OptionError: the tensors are not those of this base.
    """
    from repro import _keras

    with _keras.dtype_policy(precision):
        builder = getattr(_keras.keras.applications, name)
        base = builder(weights=None, include_top=include_top, input_shape=input_shape)
    if tensors is not None:
        set_tensors(base, tensors)
    return base


def set_tensors(base: Any, tensors: Mapping[str, NDArray[np.float32]]) -> None:
    """Puts kernels and biases into the base's layers by name.

    Raises:
        OptionError: a layer's tensor is missing, or one is left over.
    """
    layers = {layer.name: layer for layer in base.layers if layer.weights}
    wanted = {f"{name}/{part}" for name in layers for part in ("kernel", "bias")}
    if wanted != set(tensors):
        raise OptionError(
            "tensors",
            found=f"missing {sorted(wanted - {*tensors})}, surplus {sorted({*tensors} - wanted)}",
            expected=f"the {len(wanted)} tensors of {base.name}",
            remedy="Load them with repro.weights.load.",
        )
    for name, layer in layers.items():
        layer.set_weights([tensors[f"{name}/kernel"], tensors[f"{name}/bias"]])


def initial_classifier(
    seed: int, features: int = int(np.prod(chapter.FEATURE_MAP))
) -> list[NDArray[np.float32]]:
    """Draws the classifier's initial weights: Glorot uniform kernels and zero biases.

    Keras's own draw from a seed depends on version and backend; this one does not. Returns kernel
    (features, 256), bias (256,), kernel (256, 1) and bias (1,), all float32.
    """
    units = chapter.CLASSIFIER_UNITS
    return glorot([(features, units), (units,), (units, 1), (1,)], [seed, 0xC1A55])


def glorot(shapes: Iterable[tuple[int, ...]], seed: Sequence[int]) -> list[NDArray[np.float32]]:
    """Draws Glorot uniform kernels, (…, inputs, outputs), and zeros where a shape has one axis."""
    generator = np.random.default_rng(seed)
    drawn = []
    for shape in shapes:
        if len(shape) == 1:
            drawn.append(np.zeros(shape, np.float32))
            continue
        *field, rows, columns = shape
        limit = np.sqrt(6 / (math.prod(field) * (rows + columns)))
        drawn.append(generator.uniform(-limit, limit, shape).astype(np.float32))
    return drawn


def _classifier_layers(dropout: float) -> list[Any]:
    from repro import _keras

    layers = _keras.keras.layers
    # The classifier computes in float32 whatever the base does: it is cheap, and the loss needs it.
    hidden = [
        layers.Flatten(name="flatten", dtype="float32"),
        layers.Dense(chapter.CLASSIFIER_UNITS, activation="relu", name="dense", dtype="float32"),
    ]
    if dropout:
        hidden.append(_keras.dropout(dropout, name="dropout", dtype="float32"))
    return [*hidden, layers.Dense(1, activation="sigmoid", name="dense_1", dtype="float32")]


def classifier(
    *, dropout: float = 0.0, seed: int = 0, feature_map: tuple[int, ...] = chapter.FEATURE_MAP
) -> Any:
    """Builds the classifier alone: feature maps (n, *feature_map) → probabilities of "dog" (n, 1).

    Args:
        dropout: share of the hidden units dropped while training; 0 adds no such layer.
        seed: of the initial weights (:func:`initial_classifier`).
        feature_map: shape of one feature map, (height, width, channels).
    """
    from repro._keras import keras

    stack = keras.Sequential([keras.Input(feature_map), *_classifier_layers(dropout)])
    stack.set_weights(initial_classifier(seed, int(np.prod(feature_map))))
    return stack


def stack_classifier(base: Any, *, dropout: float = 0.0, seed: int = 0) -> Any:
    """Stacks the classifier onto a base for pictures of a fixed size, as techniques 2 and 3 do.

    The model takes float pictures (n, height, width, 3) to probabilities of "dog" (n, 1). For the
    other arguments see :func:`classifier`.
    """
    from repro._keras import keras

    stack = keras.Sequential(
        [keras.Input(base.input.shape[1:]), base, *_classifier_layers(dropout)]
    )
    features = int(np.prod(base.output.shape[1:]))
    for layer, position in ((stack.get_layer("dense"), 0), (stack.get_layer("dense_1"), 2)):
        layer.set_weights(initial_classifier(seed, features)[position : position + 2])
    return stack


def from_pixels(model: Any, preprocessing: str = "rescale") -> Any:
    """Puts the recipe's preprocessing in front: takes uint8 pictures, returns what ``model`` does.

    Args:
        model: takes float pictures (n, height, width, 3); its layers are shared, not copied.
        preprocessing: "rescale" multiplies by 1/255, "imagenet" is BGR with the mean subtracted.
    """
    from repro import _keras

    keras = _keras.keras
    shape = tuple(model.inputs[0].shape[1:])
    pixels = keras.Input(shape, dtype="uint8", name="pixels")
    # In float32, so that bfloat16 rounds once, at the first convolution.
    if preprocessing == "rescale":
        scaled = keras.layers.Rescaling(chapter.RESCALE, dtype="float32")(pixels)
    else:
        offsets = [-mean for mean in IMAGENET_MEANS_BGR]
        reversed_pixels = _keras.reverse_channels(pixels)
        scaled = keras.layers.Rescaling(1.0, offsets, dtype="float32")(reversed_pixels)
    return keras.Model(pixels, model(scaled))


def freeze(base: Any) -> None:
    """Makes every layer of the base untrainable. A compiled model must be compiled again."""
    _set_trainable(base, False)


def unfreeze(base: Any) -> None:
    """Makes every layer of the base trainable. A compiled model must be compiled again."""
    _set_trainable(base, True)


def _set_trainable(base: Any, trainable: bool) -> None:
    # Layer by layer: a model whose own flag already has the value may not pass it to its layers.
    base.trainable = trainable
    for layer in base.layers:
        layer.trainable = trainable


def unfreeze_from(base: Any, layer_name: str) -> None:
    """Makes the named layer and every later one trainable, and every earlier one untrainable.

    A compiled model must be compiled again.

    Raises:
        OptionError: the base has no such layer.
    """
    names = [layer.name for layer in base.layers]
    check_known("unfreeze_from", layer_name, names)
    first = names.index(layer_name)
    base.trainable = True
    for position, layer in enumerate(base.layers):
        layer.trainable = position >= first


def compile(model: Any, technique: Technique, recipe: Recipe, *, steps: int = 1) -> None:
    """Compiles with the technique's rate, the year's RMSprop, binary cross-entropy and accuracy.

    Args:
        model: ends in one sigmoid unit.
        technique: gives the rate.
        recipe: gives the year.
        steps: training steps that one call into the backend may take.
    """
    from repro import _keras

    model.compile(
        optimizer=_keras.rmsprop(recipe, technique.learning_rate),
        loss="binary_crossentropy",
        metrics=["accuracy"],
        steps_per_execution=_keras.steps_per_execution(steps),
    )


def up_to(base: Any, layer_name: str) -> Any:
    """Returns the base cut off behind a layer, sharing its layers.

    Raises:
        OptionError: the base has no such layer.
    """
    from repro._keras import keras

    check_known("layer", layer_name, [layer.name for layer in base.layers])
    return keras.Model(base.inputs, base.get_layer(layer_name).output, name=base.name)


def layer_table(model: Any) -> tuple[LayerRow, ...]:
    """Returns a row per layer: name, output shape without the batch axis, number of parameters."""
    return tuple(
        LayerRow(layer.name, tuple(layer.output.shape[1:]), int(layer.count_params()))
        for layer in model.layers
    )


def count_parameters(model: Any) -> tuple[int, int]:
    """Returns (trainable, frozen) numbers of parameters."""

    def total(weights: list[Any]) -> int:
        return sum(int(np.prod(weight.shape)) for weight in weights)

    return total(model.trainable_weights), total(model.non_trainable_weights)
