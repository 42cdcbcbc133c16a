"""One epoch's bits, committed: every platform, version and backend has to make the same ones."""

from __future__ import annotations

import hashlib

import numpy as np
import pytest

from repro.augmentation import Spec, augment, draw
from repro.recipe import PUBLISHED, TODAY

N = 40
SIZE = (150, 150)
PARAMETERS = {
    "published": "5266652631bd62dba77c3fd0b0a44b350e30ae77826a6b40085251778a27f627",
    "today": "94749e86c8abd52507ecf2d40c4e5b309c7c0f2007e6717377fff41af119c8c7",
}
PICTURES = {
    "published": "d4bc79cf27952fb5c5ee290b02301ce06c9c16f9e9bb99cf6395927968759552",
    "today": "787ae83694afafff9236a249357095bad258103da596770c6d59c75dccb1a099",
}
BOTH_YEARS = pytest.mark.parametrize("recipe", [PUBLISHED, TODAY], ids=lambda recipe: recipe.name)


def drawn_pictures() -> np.ndarray:
    """Circles and stripes by integer arithmetic alone, so that they are the same everywhere."""
    k, row, column, channel = np.ogrid[:N, : SIZE[0], : SIZE[1], :3]
    circle = (row - 3 * k) ** 2 + (column - 75) ** 2 < (20 + k) ** 2
    stripes = (row * (5 + channel) + column * (11 - channel) + 31 * k) % 256
    return np.where(circle, 255 - stripes, stripes).astype(np.uint8)


@BOTH_YEARS
def test_one_epochs_parameters(recipe):
    p = draw(Spec.of(recipe), seed=2017, epoch=12, pictures=range(N), size=SIZE)
    columns = np.stack([p.theta, p.tx, p.ty, p.shear, p.zx, p.zy, p.flip], axis=1)
    digest = hashlib.sha256(columns.astype("<f8").tobytes()).hexdigest()
    assert digest == PARAMETERS[recipe.name]


@BOTH_YEARS
def test_one_epochs_pictures(recipe):
    augmented = augment(drawn_pictures(), range(N), Spec.of(recipe), seed=2017, epoch=12)
    assert hashlib.sha256(augmented.tobytes()).hexdigest() == PICTURES[recipe.name]
