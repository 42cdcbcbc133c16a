"""Layer tables, totals and shapes, from models that are really built."""

from __future__ import annotations

import inspect
from typing import Any

import numpy as np
from pydantic import JsonValue

from repro import chapter, model

#: Heights and widths that a base built without input_shape is asked to accept, in pixels.
SIZES = ((97, 131), (150, 150), (224, 160))


def observe_architecture(seed: int) -> dict[str, JsonValue]:
    """Returns the observations whose names begin with ``architecture.``."""
    from repro._keras import keras

    # No observation depends on the seed, but a backend made deterministic demands one.
    keras.utils.set_random_seed(seed)
    base = model.conv_base()
    trainable, frozen = model.count_parameters(base)
    stack = model.stack_classifier(base)
    top = model.layer_table(stack)[1:]
    return {
        "architecture.base_layers": _rows(base),
        "architecture.base_layer_names": [row.name for row in model.layer_table(base)[1:]],
        "architecture.base_parameters": {"trainable": trainable, "frozen": frozen},
        "architecture.feature_map": _output_shape(base, *chapter.PICTURE_SIZE),
        "architecture.stacked_layers": _rows(stack),
        "architecture.stacked_parameters": sum(model.count_parameters(stack)),
        "architecture.classifier_parameters": sum(row.parameters for row in top),
        "architecture.any_size": _any_size(),
        "architecture.top": _top(),
        "architecture.models": {
            name: callable(getattr(keras.applications, name, None)) for name in chapter.BASE_NAMES
        },
    }


def _rows(built: Any) -> list[JsonValue]:
    return [[list(row.shape), row.parameters] for row in model.layer_table(built)]


def _output_shape(base: Any, height: int, width: int) -> list[JsonValue]:
    from repro import _keras

    picture = np.zeros((1, height, width, chapter.CHANNELS), np.float32)
    return [int(size) for size in _keras.as_array(base(picture)).shape[1:]]


def _any_size() -> dict[str, JsonValue]:
    base = model.conv_base(input_shape=None)
    return {f"{height}x{width}": _output_shape(base, height, width) for height, width in SIZES}


def _top() -> dict[str, JsonValue]:
    from repro._keras import keras

    signature = inspect.signature(keras.applications.VGG16)
    # Random weights and small pictures: the width of the classifier depends on neither.
    whole = keras.applications.VGG16(weights=None, input_shape=(32, 32, chapter.CHANNELS))
    return {
        "include_top_default": bool(signature.parameters["include_top"].default),
        "classes": int(whole.output.shape[-1]),
    }
