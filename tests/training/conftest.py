from __future__ import annotations

import numpy as np
import pytest

from repro import features
from repro.training import Features, Pictures


def blobs(n, seed, size=32):
    """Pictures of two classes: a bright spot on the left (0) or on the right (1), in noise."""
    generator = np.random.default_rng(seed)
    values = generator.integers(0, 120, (n, size, size, 3), dtype=np.uint8)
    labels = np.repeat(np.array([0, 1], np.uint8), n // 2)
    for picture, label in zip(values, labels, strict=True):
        left = 20 if label else 4
        picture[8:24, left : left + 8] += 120
    return Pictures(values, labels)


FEATURES = 2 * 2 * 12


def tiny_base():
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


@pytest.fixture
def base():
    return tiny_base()


@pytest.fixture(scope="session")
def train():
    return blobs(80, 1)


@pytest.fixture(scope="session")
def folds():
    return {"validation": blobs(40, 2), "test": blobs(40, 3)}


@pytest.fixture(scope="session")
def extract():
    return features.extractor(tiny_base(), batch=40)


@pytest.fixture(scope="session")
def featured(extract, folds):
    return {name: Features(extract(fold.values), fold.labels) for name, fold in folds.items()}


@pytest.fixture(scope="session")
def train_features(extract, train):
    return Features(extract(train.values), train.labels)
