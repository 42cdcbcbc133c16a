"""Which year's semantics: what changed underneath the chapter since December 2017, as switches."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

Interpolation = Literal["nearest", "bilinear"]
TransformCentre = Literal["shifted", "exact"]
TransformAxes = Literal["row_column", "column_row"]


@dataclass(frozen=True)
class Recipe:
    """The semantics that a run uses where Keras's own have changed since 2017.

    Args:
        name: as it appears in records and on the command line.
        shear_unit: what ``shear_range=0.2`` means. Radians (±11.5°) until keras PR 8868
            (2017-12-30, first in Keras 2.1.3), degrees (±0.2°, nearly none) since.
        augmentation_interpolation: resampling of augmented pictures. Nearest neighbour until
            keras PR 8849 (2018-02-12, first in Keras 2.1.4), bilinear since.
        resize_interpolation: resampling of the resize to 150×150; nearest neighbour in both years
            (Keras 2.0.9 alone was bilinear: PRs 7975 and 8435).
        rmsprop_denominator: "outside" divides by ``sqrt(v) + epsilon`` (2017), "inside" by
            ``sqrt(v + epsilon)`` (since Keras 2.11; keras issue 435, tensorflow issue 58412).
        rmsprop_epsilon: the epsilon of that denominator: 1e-8 until Keras 2.1.2, 1e-7 since (keras
            PR 8710).
        preprocessing: "rescale" multiplies pixels by 1/255 (the chapter), "imagenet" is VGG's own:
            BGR with the ImageNet mean subtracted.
        transform_centre: the point that augmentation leaves in place. "shifted" is size/2 + 0.5,
            one pixel beyond the centre, until keras-preprocessing PR 314 (2020-10-28, released with
            Keras 2.9); "exact" is size/2 - 0.5, the centre, since.
        transform_axes: what the first coordinate of the augmentation's matrix is. "row_column"
            until keras-preprocessing PR 318 (2020-10-29, released with Keras 2.9), "column_row"
            since: a shear of the rows became one of the columns.
    """

    name: str
    shear_unit: Literal["radians", "degrees"]
    augmentation_interpolation: Interpolation
    rmsprop_denominator: Literal["outside", "inside"]
    rmsprop_epsilon: float
    resize_interpolation: Interpolation = "nearest"
    preprocessing: Literal["rescale", "imagenet"] = "rescale"
    transform_centre: TransformCentre = "exact"
    transform_axes: TransformAxes = "column_row"


#: The semantics of the Keras that the chapter was run with.
PUBLISHED = Recipe(
    "published",
    "radians",
    "nearest",
    "outside",
    1e-8,
    transform_centre="shifted",
    transform_axes="row_column",
)
#: The semantics of the Keras of today.
TODAY = Recipe("today", "degrees", "bilinear", "inside", 1e-7)
#: Today's semantics with one switch as it was in 2017, or as it is done elsewhere: what a change
#: does to accuracy shows when it alone is undone.
ABLATIONS = (
    replace(TODAY, name="today-shear-radians", shear_unit="radians"),
    replace(TODAY, name="today-augment-nearest", augmentation_interpolation="nearest"),
    replace(TODAY, name="today-centre-shifted", transform_centre="shifted"),
    replace(TODAY, name="today-axes-row-column", transform_axes="row_column"),
    replace(TODAY, name="today-rmsprop-2017", rmsprop_denominator="outside", rmsprop_epsilon=1e-8),
    replace(TODAY, name="today-resize-bilinear", resize_interpolation="bilinear"),
    replace(TODAY, name="today-imagenet-preprocessing", preprocessing="imagenet"),
)
RECIPES: dict[str, Recipe] = {recipe.name: recipe for recipe in (PUBLISHED, TODAY, *ABLATIONS)}
