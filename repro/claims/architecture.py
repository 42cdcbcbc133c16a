"""What the chapter says about the network: tables, totals, shapes, the models that Keras ships."""

from __future__ import annotations

from typing import Any

from pydantic import JsonValue

from repro import chapter
from repro.claims._claim import Claim, Value
from repro.claims._observed import equal

PLACE = "Instantiating the VGG16 convolutional base"
STACK_PLACE = "Feature extraction with data augmentation"


def _rows(rows: tuple[chapter.LayerRow, ...]) -> list[list[JsonValue]]:
    """A layer table as observations keep it; names of layers without parameters aside."""
    return [[list(row.shape), row.parameters] for row in rows]


def _claim(
    name: str,
    place: str,
    statement: str,
    published: Value,
    observation: str,
    expected: Any,
    evidence: str,
    measured: Value | None = None,
) -> Claim:
    """``measured`` is what the ledger prints where it agrees, if that is not as published."""
    measured = published if measured is None else measured
    rule = equal(f"architecture.{observation}", expected, evidence, measured=measured)
    remedy = "Run `python -m repro`: it builds the model and looks."
    topic = "architecture"
    return Claim(name, statement, published, rule, topic=topic, place=place, remedy=remedy)


CLAIMS: tuple[Claim, ...] = (
    _claim(
        "base-layers",
        PLACE,
        "The base's summary has 19 rows with the printed output shapes and parameter counts.",
        f"19 rows, {chapter.BASE_PARAMETERS:,} parameters",
        "base_layers",
        _rows(chapter.BASE_LAYERS),
        "Output shape and parameters of each layer, compared row by row.",
    ),
    _claim(
        "base-layer-names",
        PLACE,
        "The convolutions and poolings are called block1_conv1 to block5_pool.",
        "block1_conv1 … block5_pool",
        "base_layer_names",
        [row.name for row in chapter.BASE_LAYERS[1:]],
        "Names of the 18 layers behind the input.",
    ),
    _claim(
        "base-params",
        PLACE,
        "The base has 14,714,688 parameters, all of them trainable.",
        chapter.BASE_PARAMETERS,
        "base_parameters",
        {"trainable": chapter.BASE_PARAMETERS, "frozen": 0},
        "Elements of the weight tensors, counted.",
    ),
    _claim(
        "feature-map",
        PLACE,
        "The last feature map of a 150×150 picture has shape (4, 4, 512).",
        str(chapter.FEATURE_MAP),
        "feature_map",
        chapter.FEATURE_MAP,
        "Shape of what the base returns for a picture of 150×150.",
    ),
    _claim(
        "input-shape-optional",
        PLACE,
        "Without input_shape the base processes pictures of any size.",
        "any size",
        "any_size",
        {"97x131": [3, 4, 512], "150x150": [4, 4, 512], "224x160": [7, 5, 512]},
        "One base built without input_shape, three picture sizes put through it.",
        "accepted: 97x131, 150x150, 224x160",
    ),
    _claim(
        "include-top-default",
        PLACE,
        "By default the model keeps its classifier of ImageNet's 1,000 classes.",
        chapter.IMAGENET_CLASSES,
        "top",
        {"include_top_default": True, "classes": chapter.IMAGENET_CLASSES},
        "Default argument of keras.applications.VGG16, and the classifier's units.",
    ),
    _claim(
        "six-models",
        PLACE,
        "Keras ships Xception, Inception V3, ResNet50, VGG16, VGG19 and MobileNet.",
        ", ".join(chapter.BASE_NAMES),
        "models",
        dict.fromkeys(chapter.BASE_NAMES, True),
        "Looked up in keras.applications.",
    ),
    _claim(
        "stacked-layers",
        STACK_PLACE,
        "Base, flatten, dense 256 and dense 1 stack into the printed summary of four rows.",
        f"4 rows, {chapter.STACKED_PARAMETERS:,} parameters",
        "stacked_layers",
        _rows(chapter.STACKED_LAYERS),
        "Output shape and parameters of each row.",
    ),
    _claim(
        "stacked-params",
        STACK_PLACE,
        "The stacked model has 16,812,353 parameters.",
        chapter.STACKED_PARAMETERS,
        "stacked_parameters",
        chapter.STACKED_PARAMETERS,
        "Elements of the weight tensors, counted.",
    ),
    _claim(
        "classifier-params",
        STACK_PLACE,
        "The classifier on top has about 2 million parameters.",
        chapter.CLASSIFIER_PARAMETERS,
        "classifier_parameters",
        chapter.CLASSIFIER_PARAMETERS,
        "Elements of the two dense layers' tensors.",
    ),
)
