"""The transformations against SciPy, against Keras, and against what Keras's users reported."""

from __future__ import annotations

import itertools
import math
from dataclasses import replace

import numpy as np
import pytest
from scipy import ndimage

from repro.augmentation import Parameters, Spec, apply, draw, matrices
from repro.augmentation._affine import sine_and_cosine
from repro.recipe import PUBLISHED, TODAY

SIZES = [(150, 150), (37, 61), (61, 36), (2, 9), (1, 1)]
#: The rounding to a grey level, and the kernel's 24 binary places of a weight.
HALF_LEVEL = 0.5 + 1e-4
CONVENTIONS = list(itertools.product(["shifted", "exact"], ["row_column", "column_row"]))


def pictures_of(n: int, size: tuple[int, int]) -> np.ndarray:
    """Noise: a resampling that is off by a hundredth of a pixel shows."""
    return np.random.default_rng(n).integers(0, 256, (n, *size, 3), dtype=np.uint8)


def parameters_of(rows, **convention) -> Parameters:
    theta, tx, ty, shear, zx, zy, flip = np.array(rows, dtype=float).T
    return Parameters(theta, tx, ty, shear, zx, zy, flip.astype(bool), **convention)


def tails(size: tuple[int, int], **convention) -> Parameters:
    """Every corner of the chapter's ranges, with 2017's shear."""
    height, width = size
    ends = itertools.product(
        [-math.radians(40), math.radians(40)],
        [-0.2 * height, 0.2 * height],
        [-0.2 * width, 0.2 * width],
        [-0.2, 0.2],
        [0.8, 1.2],
        [0.8, 1.2],
        [0, 1],
    )
    rows = list(ends)
    return parameters_of(rows if size[0] < 100 else rows[::8], **convention)


def scipy_affine(picture: np.ndarray, matrix: np.ndarray, flip: bool, order: int) -> np.ndarray:
    channels = [
        ndimage.affine_transform(
            channel.astype(float), matrix[:2, :2], matrix[:2, 2], order=order, mode="nearest"
        )
        for channel in np.moveaxis(picture, -1, 0)
    ]
    result = np.stack(channels, axis=-1)
    return result[:, ::-1] if flip else result


def ties(matrix: np.ndarray, flip: bool, size: tuple[int, int]) -> np.ndarray:
    """Where a source coordinate lies so near the middle of two pixels that either may be taken."""
    rows, columns = np.mgrid[: size[0], : size[1]]
    coordinates = np.tensordot(matrix[:2], np.stack([rows, columns, np.ones_like(rows)]), 1)
    near = (np.abs(coordinates % 1 - 0.5) < 1e-9).any(axis=0)
    return near[:, ::-1] if flip else near


def reference_matrix(p: Parameters, k: int, size: tuple[int, int]) -> np.ndarray:
    """The chapter's product, factor by factor."""
    cos, sin = math.cos(p.theta[k]), math.sin(p.theta[k])
    rotation = np.array([[cos, -sin, 0], [sin, cos, 0], [0, 0, 1]])
    shift = np.array([[1, 0, p.tx[k]], [0, 1, p.ty[k]], [0, 0, 1]])
    shear = np.array([[1, -math.sin(p.shear[k]), 0], [0, math.cos(p.shear[k]), 0], [0, 0, 1]])
    zoom = np.diag([p.zx[k], p.zy[k], 1])
    half = {"shifted": 0.5, "exact": -0.5}[p.centre]
    there = np.array([[1, 0, size[0] / 2 + half], [0, 1, size[1] / 2 + half], [0, 0, 1]])
    product = there @ rotation @ shift @ shear @ zoom @ np.linalg.inv(there)
    exchange = np.array([[0, 1, 0], [1, 0, 0], [0, 0, 1]])
    return product if p.axes == "row_column" else exchange @ product @ exchange


@pytest.mark.parametrize(("centre", "axes"), CONVENTIONS)
@pytest.mark.parametrize("size", SIZES, ids=str)
def test_matrix_is_rotation_shift_shear_zoom_about_the_centre(size, centre, axes):
    parameters = tails(size, centre=centre, axes=axes)
    found = matrices(parameters, size)
    expected = [reference_matrix(parameters, k, size) for k in range(len(parameters))]
    assert np.allclose(found, expected, rtol=0, atol=1e-11)


def test_sine_and_cosine_are_within_two_units_in_the_last_place():
    angles = np.concatenate([np.linspace(-7, 7, 4001), np.arange(-8, 9) * np.pi / 4])
    sine, cosine = sine_and_cosine(angles)
    assert np.allclose(sine, [math.sin(x) for x in angles], rtol=0, atol=3e-16)
    assert np.allclose(cosine, [math.cos(x) for x in angles], rtol=0, atol=3e-16)
    at_zero = sine_and_cosine(np.zeros(1))
    assert (at_zero[0][0], at_zero[1][0]) == (0.0, 1.0)


@pytest.mark.parametrize("year", [PUBLISHED, TODAY], ids=lambda recipe: recipe.name)
@pytest.mark.parametrize("which", ["drawn", "tails"])
@pytest.mark.parametrize("size", SIZES, ids=str)
def test_same_picture_as_scipy(size, which, year):
    spec = Spec.of(year)
    if which == "tails":
        parameters = tails(size, centre=spec.centre, axes=spec.axes)
    else:
        parameters = draw(spec, seed=0, epoch=1, pictures=range(16), size=size)
    originals = pictures_of(len(parameters), size)
    found = apply(originals, parameters, interpolation=spec.interpolation)
    for k, matrix in enumerate(matrices(parameters, size)):
        flip = bool(parameters.flip[k])
        order = {"nearest": 0, "bilinear": 1}[spec.interpolation]
        expected = scipy_affine(originals[k], matrix, flip, order)
        if order == 1:
            assert np.abs(found[k] - expected).max() <= HALF_LEVEL
        else:
            clear = ~ties(matrix, flip, size)
            assert np.array_equal(found[k][clear], expected[clear])


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize("which", ["drawn", "tails"])
@pytest.mark.parametrize("size", SIZES[:3], ids=str)
def test_same_picture_as_the_installed_keras(size, which):
    from repro import _keras

    of_keras = _keras.image_data_generator()
    if of_keras is None:
        pytest.skip("the installed Keras has no ImageDataGenerator")
    spec = Spec.of(TODAY)
    drawn = draw(spec, seed=2, epoch=0, pictures=range(24), size=size)
    parameters = tails(size) if which == "tails" else drawn
    originals = pictures_of(len(parameters), size)
    found = apply(originals, parameters, interpolation="bilinear")
    generator = of_keras(fill_mode="nearest", data_format="channels_last")
    p = parameters
    for k in range(0, len(p), 3):
        named = {
            "theta": math.degrees(p.theta[k]),
            "tx": p.tx[k],
            "ty": p.ty[k],
            "shear": math.degrees(p.shear[k]),
            "zx": p.zx[k],
            "zy": p.zy[k],
            "flip_horizontal": bool(p.flip[k]),
        }
        expected = generator.apply_transform(originals[k].astype(np.float32), named)
        assert np.abs(found[k] - expected).max() <= HALF_LEVEL


def grey(rows) -> np.ndarray:
    return np.repeat(np.array(rows, dtype=np.uint8)[None, ..., None], 3, axis=-1)


@pytest.mark.parametrize("interpolation", ["nearest", "bilinear"])
@pytest.mark.parametrize(
    ("centre", "expected"), [("shifted", [[0, 0], [0, 0]]), ("exact", [[0, 0], [0, 1]])]
)
def test_quarter_turn_of_the_report_on_the_centre(interpolation, centre, expected):
    # keras-preprocessing PR 314: a quarter turn about the shifted centre loses the only white
    # pixel of [[0, 1], [0, 0]]. Rows come first, as they did then.
    quarter = parameters_of([[math.pi / 2, 0, 0, 0, 1, 1, 0]], centre=centre, axes="row_column")
    found = apply(grey([[0, 1], [0, 0]]), quarter, interpolation=interpolation)
    assert np.array_equal(found[0, ..., 0], expected)


@pytest.mark.parametrize("interpolation", ["nearest", "bilinear"])
def test_shift_of_the_report_on_the_axes(interpolation):
    # keras-preprocessing issue 315: tx moved a picture up until Keras 2.9, moves it left since.
    rows = grey([[1, 1, 1], [2, 2, 2], [3, 3, 3]])
    moved = {
        axes: apply(
            rows,
            parameters_of([[0, 1, 0, 0, 1, 1, 0]], axes=axes),
            interpolation=interpolation,
        )
        for axes in ("row_column", "column_row")
    }
    assert np.array_equal(moved["row_column"][0, ..., 0], [[2, 2, 2], [3, 3, 3], [3, 3, 3]])
    assert np.array_equal(moved["column_row"], rows)


def test_a_shear_tilts_rows_then_and_columns_now():
    for recipe, tilted in ((PUBLISHED, 0), (TODAY, 1)):
        spec = Spec.of(recipe)
        sheared = parameters_of([[0, 0, 0, 0.2, 1, 1, 0]], centre=spec.centre, axes=spec.axes)
        matrix = matrices(sheared, (150, 150))[0]
        assert matrix[tilted, 1 - tilted] == pytest.approx(-math.sin(0.2))
        assert matrix[1 - tilted, tilted] == 0


@pytest.mark.parametrize(("recipe", "fixed"), [(PUBLISHED, 75.5), (TODAY, 74.5)])
def test_the_point_left_in_place_was_one_pixel_off(recipe, fixed):
    unshifted = replace(Spec.of(recipe), width_shift_range=0.0, height_shift_range=0.0)
    drawn = draw(unshifted, seed=0, epoch=0, pictures=range(9), size=(150, 150))
    points = matrices(drawn, (150, 150)) @ [fixed, fixed, 1]
    assert np.allclose(points, [fixed, fixed, 1], rtol=0, atol=1e-11)
