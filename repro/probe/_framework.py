"""Quantities that Keras and its backend compute from fixed inputs."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from repro import chapter, model
from repro.engines.keras import extractor
from repro.inspection._freezing import effects, trainable_tensors
from repro.probe import _inputs
from repro.probe._bits import SEED, bits, floats
from repro.probe._schema import Bits, Fact, Floats, Quantity
from repro.recipe import PUBLISHED, TODAY, Recipe

#: The initial draw is looked at on a layer that fits a JSON file.
DRAWN = (32, 16)


def measure(
    tensors: Mapping[str, NDArray[np.float32]], weights_path: Path | None
) -> dict[str, Quantity]:
    """Returns everything that Keras computes; the path is the file that the tensors came from."""
    from repro import _keras

    base = model.conv_base(tensors=tensors)
    maps = extractor(base, batch=_inputs.PICTURES)(_inputs.pictures())
    probabilities = _keras.as_array(model.classifier(seed=0).predict_on_batch(maps))
    return {
        "features": floats(maps),
        "probabilities": floats(probabilities),
        "initial_draw": floats(_initial_draw()),
        "rmsprop.published": floats(_optimised(PUBLISHED)),
        "rmsprop.today": floats(_optimised(TODAY)),
        "loss": floats(_of_predictions(_keras.keras.losses.binary_crossentropy)),
        "metric": floats(_of_predictions(_keras.keras.metrics.binary_accuracy)),
        **_freezing(base),
        **_saved(maps),
        "loading.keras_reads_the_same": Fact(value=_keras_reads(base, tensors, weights_path)),
        **_keras_pictures(),
    }


def _initial_draw() -> NDArray[Any]:
    from repro._keras import keras

    draw = keras.initializers.GlorotUniform(seed=SEED)
    layer = keras.layers.Dense(DRAWN[1], kernel_initializer=draw)
    layer.build((None, DRAWN[0]))
    kernel: NDArray[Any] = layer.get_weights()[0]
    return kernel


def _optimised(recipe: Recipe) -> NDArray[Any]:
    """Takes the steps on a layer that holds the weights; returns how far each step moved them."""
    from repro import _keras

    layer = _keras.keras.layers.Dense(1, use_bias=False)
    layer.build((None, len(_inputs.start())))
    layer.set_weights([_inputs.start()[:, None]])
    optimizer = _keras.rmsprop(recipe, _inputs.LEARNING_RATE)
    seen = []
    for gradient in _inputs.gradients():
        pair = (_keras.as_tensor(gradient[:, None]), layer.trainable_weights[0])
        optimizer.apply_gradients([pair])
        seen.append(layer.get_weights()[0][:, 0])
    return np.stack(seen)


def _of_predictions(function: Any) -> NDArray[Any]:
    """Returns a loss or a metric of fixed predictions, a value each: some versions average."""
    from repro import _keras

    labels, probabilities = (_keras.as_tensor(array) for array in _inputs.predictions())
    return _keras.as_array(function(labels, probabilities)).reshape(-1)


def _freezing(base: Any) -> dict[str, Quantity]:
    counts = trainable_tensors(base, model.stack_classifier(base))
    base.trainable = True
    found = effects(SEED)
    names = {"after_compile": "fresh", "after_a_step": "trained", "recompiled": "recompiled"}
    return {
        **{f"trainable_tensors.{name}": Fact(value=count) for name, count in counts.items()},
        **{f"freezing.{name}": Fact(value=found[case]) for name, case in names.items()},
    }


# ------------------------------------------------------------------------------ saving and loading


def _saved(maps: NDArray[np.float32]) -> dict[str, Quantity]:
    """Whether a classifier that was saved and loaded says the same, bit by bit."""
    from repro import _keras

    def said(network: Any) -> bytes:
        return _keras.as_array(network.predict_on_batch(maps)).tobytes()

    classifier = model.classifier(dropout=0.5, seed=1)
    with tempfile.TemporaryDirectory() as folder:
        classifier.save_weights(str(Path(folder, "classifier.weights.h5")))
        other = model.classifier(dropout=0.5, seed=2)
        other.load_weights(str(Path(folder, "classifier.weights.h5")))
        classifier.save(str(Path(folder, "classifier.keras")))
        whole = _keras.keras.models.load_model(str(Path(folder, "classifier.keras")))
    return {
        "saving.weights_come_back": Fact(value=said(other) == said(classifier)),
        "saving.model_comes_back": Fact(value=said(whole) == said(classifier)),
    }


def _keras_reads(
    base: Any, tensors: Mapping[str, NDArray[np.float32]], weights_path: Path | None
) -> bool | None:
    """Whether Keras's own loader finds in the published file what the package's reader does."""
    if weights_path is None:
        return None
    base.load_weights(str(weights_path))
    found = [array for layer in base.layers for array in layer.get_weights()]
    return all(
        np.array_equal(one, other) for one, other in zip(found, tensors.values(), strict=True)
    )


# ----------------------------------------------------------------------- Keras's own picture path


def _keras_pictures() -> dict[str, Quantity]:
    """The installed Keras's own resizing and augmentation, which the package does not use."""
    from repro import _keras

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, _inputs.JPEG_NAME)
        path.write_bytes(_inputs.jpeg())
        load = _keras.keras.utils.load_img
        picture = load(str(path), target_size=chapter.PICTURE_SIZE, interpolation="nearest")
        resized = bits(np.asarray(picture, np.uint8)[None])
    return {"keras.resizing.nearest": resized, "keras.augmentation": _keras_augmented()}


def _keras_augmented() -> Bits | Floats | Fact:
    from repro import _keras

    generator = _keras.image_data_generator()
    if generator is None:
        return Fact(value=None)
    transform = {"theta": 30, "tx": 5, "ty": -9, "shear": 10, "zx": 0.9, "zy": 1.1}
    picture = _inputs.pictures()[5].astype(np.float32)
    made = generator(fill_mode="nearest", data_format="channels_last", dtype="float32")
    return floats(made.apply_transform(picture, {**transform, "flip_horizontal": True}))
