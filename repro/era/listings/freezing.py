"""Freezing the base: what is printed, what is collected for training, what changes."""

from typing import Any

import common
import numpy as np
from common import fact, under

#: When the base is frozen. "never" is the control: then all has to change.
WHEN = ("never", "before_stacking", "before_compile", "after_compile", "after_a_step", "recompiled")


# ------------------------------------------------------------------------- as the chapter writes it


def vgg16() -> Any:
    """VGG16 as the chapter makes it, for small pictures and with random weights."""
    return common.keras.applications.VGG16(weights=None, include_top=False, input_shape=(48, 48, 3))


def listing() -> dict:
    """Section "feature extraction with data augmentation", two steps of it."""
    layers, models = common.keras.layers, common.keras.models
    conv_base = vgg16()

    model = models.Sequential()
    model.add(conv_base)
    model.add(layers.Flatten())
    model.add(layers.Dense(256, activation="relu"))
    model.add(layers.Dense(1, activation="sigmoid"))

    before = len(model.trainable_weights)  # "This is the number of trainable weights before …: 30"
    conv_base.trainable = False
    after = len(model.trainable_weights)  # "This is the number of trainable weights after …: 4"

    found = under("listing", compile_and_train(model, conv_base))
    found["listing.printed_before"] = fact(before)
    found["listing.printed_after"] = fact(after)
    return found


def fine_tuning() -> dict:
    """Section "fine-tuning": the base's last block, two steps of it."""
    conv_base = vgg16()
    model = first_layer(conv_base)

    conv_base.trainable = True
    set_trainable = False
    for layer in conv_base.layers:
        if layer.name == "block5_conv1":
            set_trainable = True
        if set_trainable:
            layer.trainable = True
        else:
            layer.trainable = False

    return under("fine_tuning", compile_and_train(model, conv_base))


# ---------------------------------------------------------------------------------- in all its ways


def every_way() -> dict:
    """Each place of the base, each way to freeze it, each moment to do it."""
    found = {}
    for place in (first_layer, later_layer, functional):
        for way in (container, layer_by_layer):
            for when in WHEN:
                name = f"freezing.{place.__name__}.{way.__name__}.{when}"
                try:
                    found.update(under(name, freeze(place, way, when)))
                except Exception as error:  # a release that refuses says so
                    found[name + ".refused"] = fact(type(error).__name__)
        common.keras.backend.clear_session()
    return found


def small_base() -> Any:
    """A convolutional base of four tensors, a functional model as VGG16 is one."""
    layers, models = common.keras.layers, common.keras.models
    picture = layers.Input(shape=(12, 12, 3))
    x = layers.Conv2D(4, (3, 3), activation="relu")(picture)
    x = layers.Conv2D(4, (3, 3), activation="relu")(x)
    return models.Model(picture, x)


def first_layer(conv_base: Any) -> Any:
    """The base as the first layer of a Sequential, as in the chapter."""
    return on_top(common.keras.models.Sequential(), conv_base)


def later_layer(conv_base: Any) -> Any:
    """The base behind another layer of a Sequential."""
    model = common.keras.models.Sequential()
    model.add(common.keras.layers.Activation("linear", input_shape=(12, 12, 3)))
    return on_top(model, conv_base)


def on_top(model: Any, conv_base: Any) -> Any:
    """Adds the base and the chapter's two dense layers, with few units."""
    layers = common.keras.layers
    model.add(conv_base)
    model.add(layers.Flatten())
    model.add(layers.Dense(8, activation="relu"))
    model.add(layers.Dense(1, activation="sigmoid"))
    return model


def functional(conv_base: Any) -> Any:
    """The base as a layer of a functional model."""
    layers, models = common.keras.layers, common.keras.models
    picture = layers.Input(shape=(12, 12, 3))
    x = layers.Flatten()(conv_base(picture))
    x = layers.Dense(8, activation="relu")(x)
    return models.Model(picture, layers.Dense(1, activation="sigmoid")(x))


def container(conv_base: Any) -> None:
    """``conv_base.trainable = False``; in R, ``freeze_weights(conv_base)``."""
    conv_base.trainable = False


def layer_by_layer(conv_base: Any) -> None:
    """Each layer's own flag; in R, ``freeze_weights(conv_base, from = , to = )``."""
    for layer in conv_base.layers:
        layer.trainable = False


def freeze(place: Any, way: Any, when: str) -> dict:
    """Freezes a small base in one way and at one moment, and trains."""
    conv_base = small_base()
    if when == "before_stacking":
        way(conv_base)
    model = place(conv_base)
    # Every unit is the mean of its inputs: none is dead, so what trains changes.
    means = [np.full(w.shape, (w.ndim > 1) / w[..., 0].size) for w in model.get_weights()]
    model.set_weights(means)
    if when == "before_compile":
        way(conv_base)
    if when in ("after_compile", "after_a_step", "recompiled"):
        compile_as_the_chapter(model)
        if when != "after_compile":
            fit(model, conv_base, steps=1)
        way(conv_base)
    if when in ("after_compile", "after_a_step"):
        return train(model, conv_base)
    return compile_and_train(model, conv_base)


# ----------------------------------------------------------------------------------------- training


def compile_as_the_chapter(model: Any) -> None:
    """Compiles with the chapter's loss and optimizer."""
    model.compile(loss="binary_crossentropy", optimizer=common.rmsprop(), metrics=["acc"])


def fit(model: Any, conv_base: Any, steps: int) -> None:
    """Takes training steps of two pictures each."""
    size = conv_base.input_shape[1]
    pictures = common.drawn["pictures"][: 2 * steps, :size, :size].astype("float32") / 255
    labels = np.arange(2 * steps).astype("float32").reshape(-1, 1) % 2
    model.fit(pictures, labels, batch_size=2, epochs=1, shuffle=False, verbose=0)


def compile_and_train(model: Any, conv_base: Any) -> dict:
    """Compiles, takes two steps, and counts."""
    compile_as_the_chapter(model)
    return train(model, conv_base)


def train(model: Any, conv_base: Any) -> dict:
    """Takes two steps and counts the base's tensors that changed in any bit."""
    before = conv_base.get_weights()
    fit(model, conv_base, steps=2)
    after = conv_base.get_weights()
    changed = sum(not np.array_equal(one, other) for one, other in zip(before, after))
    return {
        "printed": fact(len(model.trainable_weights)),
        "collected": fact(collected(model)),
        "changed": fact(changed),
        "tensors": fact(len(before)),
    }


def collected(model: Any) -> Any:
    """Counts the tensors that compiling collected for training; None where it collects none."""
    compiled = getattr(model, "model", None) or model  # Sequential has a model inside, up to 2.1
    found = getattr(compiled, "_collected_trainable_weights", None)
    return None if found is None else len(found)
