"""Small pictures, a small base, and trials on them, which are trained in milliseconds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np

from repro import features
from repro.experiments import Experiment, Training
from repro.folds import Pictures
from repro.plans import Materials, Plan, Trial, bind
from repro.recipe import TODAY, Recipe

#: Length of the tiny base's flattened feature map.
FEATURES = 2 * 2 * 12


@cache
def blobs(n: int, seed: int, size: int = 32) -> Pictures:
    """Pictures of two classes: a bright spot on the left (0) or on the right (1), in noise."""
    generator = np.random.default_rng(seed)
    values = generator.integers(0, 120, (n, size, size, 3), dtype=np.uint8)
    labels = np.repeat(np.array([0, 1], np.uint8), n // 2)
    for picture, label in zip(values, labels, strict=True):
        left = 20 if label else 4
        picture[8:24, left : left + 8] += 120
    for shared in (values, labels):
        shared.flags.writeable = False
    return Pictures(values, labels)


def tiny_base(**_: Any) -> Any:
    """Three blocks of one convolution, named as VGG16's: a step costs a millisecond."""
    from repro._keras import keras

    layers = keras.layers
    inputs = keras.Input((32, 32, 3))
    values = inputs
    for block, channels in ((1, 4), (3, 8), (5, 12)):
        convolution = layers.Conv2D(
            channels, 3, padding="same", activation="relu", name=f"block{block}_conv1"
        )
        values = convolution(values)
        values = layers.MaxPooling2D(4 if block < 5 else 1, name=f"block{block}_pool")(values)
    base = keras.Model(inputs, values, name="tiny")
    generator = np.random.default_rng(4)
    base.set_weights([generator.normal(0, 0.3, w.shape) for w in base.get_weights()])
    return base


def tensors() -> dict[str, Any]:
    """The tiny base's tensors, by the names that VGG16's have."""
    return {
        f"{layer.name}/{part}": value
        for layer in tiny_base().layers
        for part, value in zip(("kernel", "bias"), layer.get_weights(), strict=False)
    }


def materials(folds: Mapping[Any, Pictures] | None = None, **changes: Any) -> Materials:
    """Eighty pictures to train on, forty in each other fold, unless others are given."""
    folds = folds or {"train": blobs(80, 1), "validation": blobs(40, 2), "test": blobs(40, 3)}
    digests = {f"pixels-{f}": features.digest_pictures(p.values) for f, p in folds.items()}
    values: dict[str, Any] = {
        "folds": folds,
        "names": {
            fold: tuple(f"{'dog' if label else 'cat'}.{n}.jpg" for n, label in enumerate(p.labels))
            for fold, p in folds.items()
        },
        "tensors": {},
        "demonstration": True,
        "digests": {"weights": "w", "split": "s", **digests},
        "verification": {},
        "split": None,
        "originals": None,
    }
    return Materials(**values | changes)


def trial(
    training: Training,
    *,
    seeds: tuple[int, ...] = (0,),
    epochs: int = 2,
    rate: float | None = None,
    recipe: Recipe = TODAY,
    on: Materials | None = None,
    name: str = "small",
    **plan: Any,
) -> Trial:
    """A trial on small materials.

    Args:
        training: what is trained.
        seeds: one run each.
        epochs: to train.
        rate: learning rate; the chapter's teaches nothing in so few steps.
        recipe: the year's semantics.
        on: other materials.
        name: of the experiment.
        plan: further fields of the plan.
    """
    if rate is not None:
        changed = replace(training.hyperparameters, learning_rate=rate)
        training = replace(training, hyperparameters=changed)
    wanted = Plan(Experiment(name, "", training), recipe, seeds=seeds, epochs=epochs, **plan)
    return bind(wanted, on or materials())


def plain(runs: Any) -> list[dict[str, Any]]:
    """Everything in some runs but the clock."""
    return [run.model_dump(exclude={"history": {"seconds"}}) for run in runs]
