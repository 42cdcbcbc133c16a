"""The optimizer's steps, the loss, the metric, the initial draw, saving and loading."""

import tempfile
from pathlib import Path
from typing import Any

import common
import numpy as np
from common import fact, floats


def rmsprop_steps() -> dict:
    """Three steps from the drawn weights, and a first step from zero, by drawn gradients."""
    start, gradients = common.drawn["start"], common.drawn["gradients"]
    return {
        "rmsprop.steps": floats(steps(start, gradients)),
        "rmsprop.first_step": floats(steps(0 * start, gradients[:1])[0]),
        "rmsprop.epsilon": fact(stated_epsilon()),
    }


def steps(start: Any, gradients: Any) -> Any:
    """Returns the weights after each step; the loss w·x has the gradient x, exactly."""
    keras = common.keras
    model = keras.models.Sequential()
    model.add(keras.layers.Dense(1, use_bias=False, input_shape=(len(start),)))
    model.compile(loss=lambda true, predicted: true * predicted, optimizer=common.rmsprop())
    model.set_weights([start[:, None]])
    seen = []
    for gradient in gradients:
        model.train_on_batch(gradient[None, :], np.ones((1, 1), "float32"))
        seen.append(model.get_weights()[0][:, 0])
    return np.stack(seen)


def stated_epsilon() -> Any:
    """Returns the epsilon that the release says its RMSprop has."""
    return repr(float(common.rmsprop().get_config()["epsilon"]))


def loss_and_metric() -> dict:
    """Binary cross-entropy and accuracy of the drawn predictions."""
    keras = common.keras
    tensor = getattr(keras.backend, "constant", None) or keras.ops.convert_to_tensor
    labels, predictions = (tensor(common.drawn[name]) for name in ("labels", "predictions"))
    loss = keras.losses.binary_crossentropy(labels, predictions)
    metric = keras.metrics.binary_accuracy(labels, predictions)
    return {
        "loss": floats(common.value(loss).reshape(-1)),
        "metric": floats(common.value(metric).reshape(-1)),
    }


def initial_draw() -> dict:
    """A dense layer's kernel by a seeded Glorot initialiser."""
    keras = common.keras
    make = getattr(keras.initializers, "glorot_uniform", None) or keras.initializers.GlorotUniform
    model = keras.models.Sequential()
    draw = make(seed=common.SEED)
    model.add(keras.layers.Dense(16, input_shape=(32,), kernel_initializer=draw))
    return {"initial_draw": floats(model.get_weights()[0])}


def saving() -> dict:
    """Whether a classifier that was saved and loaded says the same, bit by bit."""
    x = common.drawn["pictures"][:4, :4, :4].reshape(4, -1).astype("float32") / 255
    first, second = classifier(x.shape[1]), classifier(x.shape[1])
    with tempfile.TemporaryDirectory() as folder:
        weights, whole = (str(Path(folder, name)) for name in ("only.weights.h5", "whole.h5"))
        first.save_weights(weights)
        second.load_weights(weights)
        first.save(whole)
        loaded = common.keras.models.load_model(whole)
    said = first.predict(x)
    return {
        "saving.weights_come_back": fact(bool(np.array_equal(second.predict(x), said))),
        "saving.model_comes_back": fact(bool(np.array_equal(loaded.predict(x), said))),
    }


def classifier(size: int) -> Any:
    """The chapter's classifier of technique 1, with fewer units."""
    layers = common.keras.layers
    model = common.keras.models.Sequential()
    model.add(layers.Dense(8, activation="relu", input_shape=(size,)))
    model.add(layers.Dropout(0.5))
    model.add(layers.Dense(1, activation="sigmoid"))
    model.compile(loss="binary_crossentropy", optimizer=common.rmsprop(), metrics=["acc"])
    return model


def features() -> dict:
    """The drawn pictures' feature maps by VGG16 with its weights, where they are given."""
    if not common.weights:
        return {}
    size = common.drawn["pictures"].shape[1:]
    conv_base = common.keras.applications.VGG16(weights=None, include_top=False, input_shape=size)
    conv_base.load_weights(common.weights)
    pictures = common.drawn["pictures"].astype("float32") * np.float32(1 / 255)
    return {"features": floats(conv_base.predict(pictures, batch_size=8))}
