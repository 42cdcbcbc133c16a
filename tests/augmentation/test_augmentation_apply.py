"""What augmentation keeps of a picture, whatever was drawn; and what it refuses."""

from __future__ import annotations

from dataclasses import fields, replace
from unittest import mock

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from repro import environment
from repro.augmentation import Parameters, Spec, apply, augment, draw
from repro.augmentation._compile import compile_with_cache
from repro.errors import OptionError
from repro.recipe import PUBLISHED, TODAY

SPECS = [Spec.of(PUBLISHED), Spec.of(TODAY)]
BOTH_YEARS = pytest.mark.parametrize("spec", SPECS, ids=["published", "today"])
NOTHING = {
    "rotation_range": 0.0,
    "width_shift_range": 0.0,
    "height_shift_range": 0.0,
    "shear_range": 0.0,
    "zoom_range": 0.0,
    "horizontal_flip": False,
}
SETS = arrays.arrays(
    np.uint8, st.tuples(st.integers(1, 3), st.integers(1, 12), st.integers(1, 12), st.just(3))
)


def noise(n: int = 12, size: tuple[int, int] = (40, 31)) -> np.ndarray:
    return np.random.default_rng(11).integers(0, 256, (n, *size, 3), dtype=np.uint8)


def taken(parameters: Parameters, chosen: list[int]) -> Parameters:
    arrays_of = {
        field.name: getattr(parameters, field.name)[chosen]
        for field in fields(parameters)
        if isinstance(getattr(parameters, field.name), np.ndarray)
    }
    return replace(parameters, **arrays_of)


@BOTH_YEARS
@settings(max_examples=40)
@given(pictures=SETS, epoch=st.integers(0, 9))
def test_zero_ranges_are_the_identity(spec, pictures, epoch):
    spec = replace(spec, **NOTHING)
    found = augment(pictures, range(len(pictures)), spec, seed=0, epoch=epoch)
    assert np.array_equal(found, pictures)


@BOTH_YEARS
@settings(max_examples=40)
@given(pictures=SETS)
def test_flip_alone_mirrors_and_is_an_involution(spec, pictures):
    spec = replace(spec, **{**NOTHING, "horizontal_flip": True})
    n = len(pictures)
    drawn = draw(spec, seed=4, epoch=0, pictures=range(n), size=pictures.shape[1:3])
    flipped = replace(drawn, flip=np.ones(n, bool))
    once = apply(pictures, flipped, interpolation=spec.interpolation)
    assert np.array_equal(once, pictures[:, :, ::-1])
    assert np.array_equal(apply(once, flipped, interpolation=spec.interpolation), pictures)


@BOTH_YEARS
@settings(max_examples=40)
@given(pictures=SETS, epoch=st.integers(0, 50))
def test_shape_type_and_range_of_each_channel_are_kept(spec, pictures, epoch):
    before = pictures.copy()
    found = augment(pictures, range(len(pictures)), spec, seed=1, epoch=epoch)
    assert (found.shape, found.dtype) == (pictures.shape, np.uint8)
    assert np.all(found.min(axis=(1, 2)) >= pictures.min(axis=(1, 2)))
    assert np.all(found.max(axis=(1, 2)) <= pictures.max(axis=(1, 2)))
    assert np.array_equal(pictures, before)


@BOTH_YEARS
@settings(max_examples=40)
@given(colour=st.tuples(*[st.integers(0, 255)] * 3), epoch=st.integers(0, 50))
def test_a_constant_picture_stays_constant(spec, colour, epoch):
    pictures = np.broadcast_to(np.array(colour, np.uint8), (2, 17, 12, 3))
    assert np.array_equal(augment(pictures, [1, 0], spec, seed=0, epoch=epoch), pictures)


def threads(number):
    return mock.patch.object(environment, "cores", lambda: number)


@BOTH_YEARS
@settings(max_examples=40)
@given(data=st.data())
def test_same_bits_whatever_batch_order_and_threads(spec, data):
    pictures = noise()
    with threads(1):
        whole = augment(pictures, range(12), spec, seed=9, epoch=3)
    chosen = data.draw(st.lists(st.integers(0, 11), min_size=1, max_size=14))
    with threads(data.draw(st.sampled_from([1, 2, 3, 16]))):
        part = augment(pictures, chosen, spec, seed=9, epoch=3)
    assert np.array_equal(part, whole[chosen])


@BOTH_YEARS
def test_augment_draws_and_applies(spec):
    pictures = noise()
    chosen = [7, 2, 2, 0]
    drawn = draw(spec, seed=2, epoch=5, pictures=chosen, size=pictures.shape[1:3])
    applied = apply(pictures[chosen], drawn, interpolation=spec.interpolation)
    assert np.array_equal(augment(pictures, chosen, spec, seed=2, epoch=5), applied)


@BOTH_YEARS
def test_the_model_never_sees_the_same_picture_twice(spec):
    pictures = noise(3)
    versions = [
        picture.tobytes()
        for seed in (0, 1)
        for epoch in range(30)
        for picture in augment(pictures, range(3), spec, seed=seed, epoch=epoch)
    ]
    assert len(set(versions)) == 2 * 30 * 3


@BOTH_YEARS
def test_memory_mapped_and_strided_pictures_are_read_as_they_are(spec, tmp_path):
    pictures = noise()
    expected = augment(pictures, [3, 1], spec, seed=0, epoch=0)
    np.save(tmp_path / "pictures.npy", pictures)
    mapped = np.load(tmp_path / "pictures.npy", mmap_mode="r")
    assert np.array_equal(augment(mapped, [3, 1], spec, seed=0, epoch=0), expected)
    strided = np.repeat(pictures, 2, axis=0)[::2]
    assert np.array_equal(augment(strided, [3, 1], spec, seed=0, epoch=0), expected)
    assert type(augment(mapped, [3], spec, seed=0, epoch=0)) is np.ndarray


def test_no_pictures_give_no_pictures():
    assert augment(noise(), [], SPECS[0], seed=0, epoch=0).shape == (0, 40, 31, 3)


@pytest.mark.parametrize(
    ("subject", "changed"),
    [
        ("pictures", {"pictures": noise().astype(np.float32)}),
        ("pictures", {"pictures": noise()[..., :1]}),
        ("pictures", {"pictures": noise()[:5]}),
        ("pictures", {"pictures": noise()[:, :0]}),
        ("interpolation", {"interpolation": "bicubic"}),
    ],
)
def test_bad_arguments_are_refused_by_name(subject, changed):
    pictures = noise()
    drawn = draw(SPECS[1], seed=0, epoch=0, pictures=range(12), size=pictures.shape[1:3])
    arguments = {"pictures": pictures, "interpolation": "bilinear", **changed}
    with pytest.raises(OptionError, match=f"^{subject}: "):
        apply(arguments.pop("pictures"), drawn, **arguments)


@pytest.mark.parametrize("shift", [np.nan, np.inf, 1e9])
def test_a_shift_out_of_this_world_is_refused(shift):
    pictures = noise()
    drawn = draw(SPECS[1], seed=0, epoch=0, pictures=range(12), size=pictures.shape[1:3])
    with pytest.raises(OptionError, match="parameters"):
        apply(pictures, replace(drawn, tx=np.full(12, shift)), interpolation="nearest")


@pytest.mark.parametrize(("zoom", "refused"), [(5e4, False), (1.2e5, True), (np.nan, True)])
def test_a_zoom_out_of_this_world_is_refused_by_the_size_of_the_picture(zoom, refused):
    pictures = noise()
    drawn = draw(SPECS[1], seed=0, epoch=0, pictures=range(12), size=pictures.shape[1:3])
    zeros = {name: np.zeros(12) for name in ("theta", "tx", "ty", "shear")}
    drawn = replace(drawn, **zeros, zx=np.full(12, zoom), zy=np.ones(12))
    if refused:
        with pytest.raises(OptionError, match="parameters"):
            apply(pictures, drawn, interpolation="nearest")
    else:
        assert apply(pictures, drawn, interpolation="nearest").shape == pictures.shape


def test_an_index_beyond_the_set_is_refused():
    with pytest.raises(OptionError, match="less than 12"):
        augment(noise(), [3, 12], SPECS[0], seed=0, epoch=0)


@pytest.mark.parametrize("writable", ["numba's folder", "ours", "none"])
def test_compiles_wherever_a_cache_can_be_kept_or_not(writable, tmp_path):
    from numba import config

    before = config.CACHE_DIR
    tried = []

    def compiler(*, cache):
        def compile_(function):
            tried.append(config.CACHE_DIR if cache else None)
            kept = {"numba's folder": before, "ours": str(tmp_path), "none": None}[writable]
            if tried[-1] != kept:
                raise RuntimeError("cannot cache function: no locator available")
            return function

        return compile_

    assert compile_with_cache(compiler, len, tmp_path) is len
    order = [before, str(tmp_path), None]
    assert tried == order[: 1 + ["numba's folder", "ours", "none"].index(writable)]
    assert before == config.CACHE_DIR
