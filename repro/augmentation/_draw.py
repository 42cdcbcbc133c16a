"""What is drawn, and from which distributions."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from repro.chapter import AugmentationSettings
from repro.recipe import Interpolation, Recipe, TransformAxes, TransformCentre

RADIANS_PER_DEGREE = math.pi / 180
#: Uniform numbers a picture and epoch: theta, tx, ty, shear, zx, zy, flip, always all of them, so
#: that a range set to zero leaves the other parameters as they are.
DRAWS = 7


@dataclass(frozen=True)
class Spec(AugmentationSettings):
    """The chapter's settings of the generator, and what a recipe makes of them.

    Args:
        shear_unit: "radians" (2017) or "degrees" (today).
        interpolation: "nearest" (2017) or "bilinear" (today).
        centre: see ``transform_centre`` of :class:`repro.recipe.Recipe`.
        axes: see ``transform_axes`` of :class:`repro.recipe.Recipe`.
    """

    shear_unit: Literal["radians", "degrees"] = "degrees"
    interpolation: Interpolation = "bilinear"
    centre: TransformCentre = "exact"
    axes: TransformAxes = "column_row"

    @classmethod
    def of(cls, recipe: Recipe) -> Spec:
        """Returns the chapter's settings with the semantics of a recipe."""
        return cls(
            shear_unit=recipe.shear_unit,
            interpolation=recipe.augmentation_interpolation,
            centre=recipe.transform_centre,
            axes=recipe.transform_axes,
        )


@dataclass(frozen=True)
class Parameters:
    """The transformations of n pictures, named as Keras names them.

    Args:
        theta: rotations in radians, (n,).
        tx: shifts along the matrix's first axis, in pixels, (n,); a share of the height.
        ty: shifts along the matrix's second axis, in pixels, (n,); a share of the width.
        shear: shear angles in radians, (n,).
        zx: zooms of the matrix's first axis, (n,); above 1 shows more of the picture, smaller.
        zy: zooms of the matrix's second axis, (n,).
        flip: whether to mirror left and right, after the rest, (n,) bool.
        centre: see ``transform_centre`` of :class:`repro.recipe.Recipe`.
        axes: see ``transform_axes`` of :class:`repro.recipe.Recipe`; what "first axis" means.
    """

    theta: NDArray[np.float64]
    tx: NDArray[np.float64]
    ty: NDArray[np.float64]
    shear: NDArray[np.float64]
    zx: NDArray[np.float64]
    zy: NDArray[np.float64]
    flip: NDArray[np.bool_]
    centre: TransformCentre = "exact"
    axes: TransformAxes = "column_row"

    def __len__(self) -> int:
        return len(self.theta)


def draw(
    spec: Spec, *, seed: int, epoch: int, pictures: ArrayLike, size: tuple[int, int]
) -> Parameters:
    """Draws a transformation for each picture, from a generator of its own.

    Args:
        spec: the distributions.
        seed: of the run, >= 0.
        epoch: from 0.
        pictures: indices of the pictures, (n,), each >= 0. A picture's parameters depend on the
            seed, the epoch and its index, and on nothing else.
        size: (height, width) in pixels; the shifts are shares of it.
    """
    indices = np.asarray(pictures)
    uniform = np.empty((len(indices), DRAWS))
    for row, picture in zip(uniform, indices.tolist(), strict=True):
        np.random.default_rng([seed, epoch, picture]).random(out=row)
    # Multiplications and additions alone: NumPy rounds them the same on every platform.
    signed = 2.0 * uniform - 1.0
    height, width = size
    shear_unit = RADIANS_PER_DEGREE if spec.shear_unit == "degrees" else 1.0
    return Parameters(
        theta=signed[:, 0] * (spec.rotation_range * RADIANS_PER_DEGREE),
        tx=signed[:, 1] * (spec.height_shift_range * height),
        ty=signed[:, 2] * (spec.width_shift_range * width),
        shear=signed[:, 3] * (spec.shear_range * shear_unit),
        zx=1.0 + signed[:, 4] * spec.zoom_range,
        zy=1.0 + signed[:, 5] * spec.zoom_range,
        flip=(uniform[:, 6] < 0.5) & spec.horizontal_flip,
        centre=spec.centre,
        axes=spec.axes,
    )
