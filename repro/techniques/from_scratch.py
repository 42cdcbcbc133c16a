"""Technique 0, the book's small convnet from scratch: about 82 %, what the chapter improves on.

Its steps:

1. Stack four convolutions, each followed by pooling, and two dense layers with dropout.
2. Train all of it on augmented pictures: RMSprop at 1e-4, 100 epochs of 100 steps of 32.

The book's first try has neither augmentation nor dropout, and 30 epochs of 100 steps of 20.
"""

from __future__ import annotations

from typing import Any

from repro import chapter, model
from repro.experiments import FromScratch, Precision
from repro.plans import Trial
from repro.record import SeedRun
from repro.techniques import Outcome
from repro.training import train_on_pictures


def run(trial: Trial) -> Outcome:
    """Trains one network per seed."""
    return Outcome(tuple(_train(trial, seed) for seed in trial.seeds))


def _train(trial: Trial, seed: int) -> SeedRun:
    assert isinstance(trial.plan.training, FromScratch)
    height, width, channels = trial.train.values.shape[1:]
    network = small_convnet(
        input_shape=(height, width, channels),
        dropout=trial.hyperparameters.dropout,
        seed=seed,
        precision=trial.plan.precision,
    )
    augmented = not trial.plan.training.plain
    return train_on_pictures(trial, network, seed, augmentation_seed=seed, augmented=augmented)


def small_convnet(
    *,
    input_shape: tuple[int, int, int] = (*chapter.PICTURE_SIZE, chapter.CHANNELS),
    dropout: float = chapter.FROM_SCRATCH.dropout,
    seed: int = 0,
    precision: Precision = "float32",
) -> Any:
    """Builds the book's convnet: float pictures (n, height, width, 3) → probabilities of "dog".

    Args:
        input_shape: (height, width, channels) of the pictures.
        dropout: share of the flattened feature map dropped while training; 0 adds no such layer.
        seed: of the initial weights, drawn by NumPy as Keras's Glorot uniform.
        precision: of the convolutions' computation.
    """
    from repro import _keras

    layers = _keras.keras.layers
    with _keras.dtype_policy(precision):
        convolutions = [
            layer
            for channels in chapter.SCRATCH_CONVOLUTIONS
            for layer in (layers.Conv2D(channels, 3, activation="relu"), layers.MaxPooling2D(2))
        ]
    network = _keras.keras.Sequential(
        [
            _keras.keras.Input(input_shape),
            *convolutions,
            layers.Flatten(dtype="float32"),
            *([_keras.dropout(dropout, dtype="float32")] if dropout else []),
            layers.Dense(chapter.SCRATCH_UNITS, activation="relu", dtype="float32"),
            layers.Dense(1, activation="sigmoid", dtype="float32"),
        ]
    )
    shapes = [weight.shape for weight in network.get_weights()]
    network.set_weights(model.glorot(shapes, [seed, 0x5C2A7C4]))
    return network
