"""What the chapter says about the network: tables, totals, shapes, the models that Keras ships."""

from __future__ import annotations

from pydantic import JsonValue

from repro import chapter
from repro.claims._claim import Claim, Value
from repro.claims._rules import observed

PLACE = "Instantiating the VGG16 convolutional base"
STACK_PLACE = "Feature extraction with data augmentation"
REMEDY = "Run `python -m repro`: it builds the model and looks."


def _rows(rows: tuple[chapter.LayerRow, ...]) -> list[list[JsonValue]]:
    """A layer table as observations keep it; names of layers without parameters aside."""
    return [[list(row.shape), row.parameters] for row in rows]


def _table(value: JsonValue) -> Value:
    if not isinstance(value, list):
        return str(value)
    parameters = [row[1] for row in value if isinstance(row, list)]
    return f"{len(value)} rows, {sum(p for p in parameters if isinstance(p, int)):,} parameters"


def _yes(value: JsonValue) -> Value:
    return ", ".join(value) if isinstance(value, dict) and all(value.values()) else str(value)


CLAIMS: tuple[Claim, ...] = (
    Claim(
        "base-layers",
        "architecture",
        PLACE,
        "The base's summary has 19 rows with the printed output shapes and parameter counts.",
        f"19 rows, {chapter.BASE_PARAMETERS:,} parameters",
        ("nothing",),
        observed(
            "architecture.base_layers",
            _rows(chapter.BASE_LAYERS),
            "Output shape and parameters of each layer, compared row by row.",
            measured=_table,
        ),
        REMEDY,
    ),
    Claim(
        "base-layer-names",
        "architecture",
        PLACE,
        "The convolutions and poolings are called block1_conv1 to block5_pool.",
        "block1_conv1 … block5_pool",
        ("nothing",),
        observed(
            "architecture.base_layer_names",
            [row.name for row in chapter.BASE_LAYERS[1:]],
            "Names of the 18 layers behind the input.",
            measured=lambda value: (
                f"{value[0]} … {value[-1]}" if isinstance(value, list) and value else str(value)
            ),
        ),
        REMEDY,
    ),
    Claim(
        "base-params",
        "architecture",
        PLACE,
        "The base has 14,714,688 parameters, all of them trainable.",
        chapter.BASE_PARAMETERS,
        ("nothing",),
        observed(
            "architecture.base_parameters",
            {"trainable": chapter.BASE_PARAMETERS, "frozen": 0},
            "Elements of the weight tensors, counted.",
            measured=lambda value: (
                str(value) if not isinstance(value, dict) else sum(_integers(value))
            ),
        ),
        REMEDY,
    ),
    Claim(
        "feature-map",
        "architecture",
        PLACE,
        "The last feature map of a 150×150 picture has shape (4, 4, 512).",
        str(chapter.FEATURE_MAP),
        ("nothing",),
        observed(
            "architecture.feature_map",
            chapter.FEATURE_MAP,
            "Shape of what the base returns for a picture of 150×150.",
            measured=lambda value: str(tuple(value)) if isinstance(value, list) else str(value),
        ),
        REMEDY,
    ),
    Claim(
        "input-shape-optional",
        "architecture",
        PLACE,
        "Without input_shape the base processes pictures of any size.",
        "any size",
        ("nothing",),
        observed(
            "architecture.any_size",
            {"97x131": [3, 4, 512], "150x150": [4, 4, 512], "224x160": [7, 5, 512]},
            "One base built without input_shape, three picture sizes put through it.",
            measured=lambda value: (
                f"accepted: {', '.join(value) if value else 'none'}"
                if isinstance(value, dict)
                else str(value)
            ),
        ),
        REMEDY,
    ),
    Claim(
        "include-top-default",
        "architecture",
        PLACE,
        "By default the model keeps its classifier of ImageNet's 1,000 classes.",
        chapter.IMAGENET_CLASSES,
        ("nothing",),
        observed(
            "architecture.top",
            {"include_top_default": True, "classes": chapter.IMAGENET_CLASSES},
            "Default argument of keras.applications.VGG16, and the classifier's units.",
            measured=lambda value: (
                show_item(value, "classes") if isinstance(value, dict) else str(value)
            ),
        ),
        REMEDY,
    ),
    Claim(
        "six-models",
        "architecture",
        PLACE,
        "Keras ships Xception, Inception V3, ResNet50, VGG16, VGG19 and MobileNet.",
        ", ".join(chapter.BASE_NAMES),
        ("nothing",),
        observed(
            "architecture.models",
            dict.fromkeys(chapter.BASE_NAMES, True),
            "Looked up in keras.applications.",
            measured=_yes,
        ),
        REMEDY,
    ),
    Claim(
        "stacked-layers",
        "architecture",
        STACK_PLACE,
        "Base, flatten, dense 256 and dense 1 stack into the printed summary of four rows.",
        f"4 rows, {chapter.STACKED_PARAMETERS:,} parameters",
        ("nothing",),
        observed(
            "architecture.stacked_layers",
            _rows(chapter.STACKED_LAYERS),
            "Output shape and parameters of each row.",
            measured=_table,
        ),
        REMEDY,
    ),
    Claim(
        "stacked-params",
        "architecture",
        STACK_PLACE,
        "The stacked model has 16,812,353 parameters.",
        chapter.STACKED_PARAMETERS,
        ("nothing",),
        observed(
            "architecture.stacked_parameters",
            chapter.STACKED_PARAMETERS,
            "Elements of the weight tensors, counted.",
        ),
        REMEDY,
    ),
    Claim(
        "classifier-params",
        "architecture",
        STACK_PLACE,
        "The classifier on top has about 2 million parameters.",
        chapter.CLASSIFIER_PARAMETERS,
        ("nothing",),
        observed(
            "architecture.classifier_parameters",
            chapter.CLASSIFIER_PARAMETERS,
            "Elements of the two dense layers' tensors.",
        ),
        REMEDY,
    ),
)


def show_item(value: dict[str, JsonValue], key: str) -> Value:
    """Returns one entry of an observation as the ledger prints it."""
    found = value.get(key)
    return found if isinstance(found, (int, float, str)) else str(found)


def _integers(value: dict[str, JsonValue]) -> list[int]:
    return [entry for entry in value.values() if isinstance(entry, int)]
