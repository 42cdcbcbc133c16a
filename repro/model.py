"""The chapter's models: the convolutional base, the classifier on top, and what is trainable."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from repro import chapter
from repro.chapter import LayerRow, Technique
from repro.errors import OptionError
from repro.recipe import Recipe

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from repro._keras import Precision

#: VGG's own preprocessing subtracts these ImageNet means, in BGR order, from pixels of 0..255.
IMAGENET_MEANS_BGR = (103.939, 116.779, 123.68)

#: The smallest height and width, in pixels, that each of the chapter's models accepts.
SMALLEST_INPUT = {
    "Xception": 71,
    "InceptionV3": 75,
    "ResNet50": 32,
    "VGG16": 32,
    "VGG19": 32,
    "MobileNet": 32,
}


def conv_base(
    name: str = chapter.BASE_NAME,
    *,
    input_shape: tuple[int, int, int] | None = (*chapter.PICTURE_SIZE, chapter.CHANNELS),
    tensors: Mapping[str, NDArray[np.float32]] | None = None,
    precision: Precision = "float32",
    include_top: bool = False,
) -> Any:
    """Builds the convolutional base.

    Args:
        name: one of the six models that the chapter lists.
        input_shape: (height, width, channels) of the pictures; None accepts any size.
        tensors: "layer/kernel" and "layer/bias" → float32 arrays, as
            :func:`repro.weights.load` returns them; None leaves Keras's random initial values.
        precision: of the computation; the weights stay in float32.
        include_top: keeps the 1000-class classifier.

    Returns:
        A Keras model, float pictures (n, height, width, 3) → feature maps.

    Raises:
        OptionError: an unknown model or a size that it does not accept.
    """
    from repro import _keras

    _check_base(name, input_shape)
    with _keras.dtype_policy(precision):
        builder = getattr(_keras.keras.applications, name)
        base = builder(weights=None, include_top=include_top, input_shape=input_shape)
    if tensors is not None:
        set_tensors(base, tensors)
    return base


def _check_base(name: str, input_shape: tuple[int, int, int] | None) -> None:
    if name not in SMALLEST_INPUT:
        raise OptionError(
            "base",
            found=repr(name),
            expected=f"one of {', '.join(SMALLEST_INPUT)}",
            remedy="Choose one of the models that the chapter lists.",
        )
    smallest = SMALLEST_INPUT[name]
    if input_shape is None:
        return
    if len(input_shape) != 3 or min(input_shape[:2]) < smallest or input_shape[2] != 3:
        raise OptionError(
            "input_shape",
            found=str(input_shape),
            expected=f"(height, width, 3) of at least {smallest} pixels for {name}",
            remedy="Give larger pictures, or None for a base that accepts any size.",
        )


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

    Keras's own draw from a seed depends on version and backend; this one does not.

    Args:
        seed: of the draw.
        features: length of the flattened feature map.

    Returns:
        Kernel (features, 256), bias (256,), kernel (256, 1), bias (1,), all float32.
    """
    generator = np.random.default_rng([seed, 0xC1A55])
    tensors: list[NDArray[np.float32]] = []
    for rows, columns in ((features, chapter.CLASSIFIER_UNITS), (chapter.CLASSIFIER_UNITS, 1)):
        limit = np.sqrt(6 / (rows + columns))
        kernel = generator.uniform(-limit, limit, (rows, columns))
        tensors += [kernel.astype(np.float32), np.zeros(columns, np.float32)]
    return tensors


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
    """Stacks the classifier onto a base, as the chapter's second and third techniques do.

    Args:
        base: what :func:`conv_base` returned, for pictures of a fixed size.
        dropout: share of the hidden units dropped while training; 0 adds no such layer.
        seed: of the classifier's initial weights.

    Returns:
        A Keras model, float pictures (n, height, width, 3) → probabilities of "dog" (n, 1).
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


def _find_layer(base: Any, layer_name: str, option: str) -> int:
    names = [layer.name for layer in base.layers]
    if layer_name not in names:
        raise OptionError(
            option,
            found=repr(layer_name),
            expected=f"a layer of {base.name}: {', '.join(names)}",
            remedy="Name one of these.",
        )
    return names.index(layer_name)


def unfreeze_from(base: Any, layer_name: str) -> None:
    """Makes the named layer and every later one trainable, and every earlier one untrainable.

    A compiled model must be compiled again.

    Raises:
        OptionError: the base has no such layer.
    """
    first = _find_layer(base, layer_name, "unfreeze_from")
    base.trainable = True
    for position, layer in enumerate(base.layers):
        layer.trainable = position >= first


def compile(model: Any, technique: Technique, recipe: Recipe, *, steps: int = 1) -> None:
    """Compiles with the technique's RMSprop, binary cross-entropy and accuracy.

    Args:
        model: ends in one sigmoid unit.
        technique: gives the learning rate.
        recipe: gives the year's RMSprop.
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

    _find_layer(base, layer_name, "layer")
    return keras.Model(base.inputs, base.get_layer(layer_name).output, name=base.name)


def layer_table(model: Any) -> tuple[LayerRow, ...]:
    """Returns a row per layer: name, output shape without the batch axis, number of parameters."""
    return tuple(
        LayerRow(layer.name, tuple(layer.output.shape[1:]), int(layer.count_params()))
        for layer in model.layers
    )


def trainable_tensors(model: Any) -> int:
    """Returns the number of trainable weight tensors."""
    return len(model.trainable_weights)


def count_parameters(model: Any) -> tuple[int, int]:
    """Returns (trainable, frozen) numbers of parameters."""

    def total(weights: list[Any]) -> int:
        return sum(int(np.prod(weight.shape)) for weight in weights)

    return total(model.trainable_weights), total(model.non_trainable_weights)
