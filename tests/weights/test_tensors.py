"""Every layout of the file gives the published tensors; drawn ones are the same everywhere."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from repro import chapter, weights
from repro.errors import WeightsError
from repro.weights import _finding
from tests.fuzz.small_weights import table_of
from tests.weights.official import KERNEL, LAYERS, SMALL, edit, write_official

# -------------------------------------------------------------------------------------- the table


def test_table_has_the_chapters_layers_and_parameters() -> None:
    rows = {row.name: row for row in chapter.BASE_LAYERS}
    counted: dict[str, int] = {}
    for name, entry in weights.TABLE.items():
        layer = name.split("/")[0]
        counted[layer] = counted.get(layer, 0) + int(np.prod(entry.shape))
        assert entry.shape[-1] == rows[layer].shape[-1]
        assert len(entry.sha256) == 64
    assert counted == {name: row.parameters for name, row in rows.items() if row.parameters}
    assert sum(counted.values()) == chapter.BASE_PARAMETERS
    assert list(counted) == [name for name in rows if name in counted]
    assert len({entry.sha256 for entry in weights.TABLE.values()}) == 26


@pytest.mark.weights
def test_the_real_weights_are_the_tables(weights_path: Path) -> None:
    tensors = weights.load(weights_path)
    assert list(tensors) == list(weights.TABLE)
    for name, tensor in tensors.items():
        assert tensor.dtype == np.float32
        found = hashlib.sha256(tensor.astype("<f4").tobytes()).hexdigest()
        assert found == weights.TABLE[name].sha256


@pytest.mark.weights
def test_one_changed_bit_of_the_real_weights_is_named(weights_path: Path, tmp_path: Path) -> None:
    copy = Path(shutil.copyfile(weights_path, tmp_path / "changed.h5"))
    with edit(copy) as opened:
        layer = opened["block4_conv2"]
        bias = next(layer[name] for name in layer if layer[name].ndim == 1)
        bias[17] = np.nextafter(bias[17], np.float32(9))
    with pytest.raises(WeightsError, match="block4_conv2/bias"):
        weights.load(copy)


# ------------------------------------------------------------------------------- layouts that work

LAYOUTS = {
    "official": {"names": "{layer}_{letter}_1:0"},
    "keras 2": {"names": "{layer}/{role}:0"},
    "keras 3, .h5": {"names": "{layer}/{role}"},
    "flat": {"names": "{role}:0"},
    "whole model": {"names": "{layer}/{role}:0", "group": "model_weights"},
}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_every_layout_gives_the_same_tensors(tmp_path, tensors, layout) -> None:
    found = weights.load(write_official(tmp_path / "w.h5", tensors, **LAYOUTS[layout]))
    assert list(found) == list(tensors)
    for name, tensor in found.items():
        np.testing.assert_array_equal(tensor, tensors[name])
    assert weights.digest(found) == weights.digest(tensors)


def small_keras_model():
    from repro._keras import keras

    inputs = values = keras.Input((4, 4, 3))
    for layer in LAYERS:
        if "conv" in layer:
            values = keras.layers.Conv2D(3, 2, padding="same", name=layer)(values)
    return keras.Model(inputs, values)


def test_a_file_that_keras_writes_is_read(tmp_path, monkeypatch) -> None:
    from repro._keras import KERAS_3

    model = small_keras_model()
    rng = np.random.default_rng(0)
    drawn = [rng.normal(size=value.shape).astype(np.float32) for value in model.get_weights()]
    model.set_weights(drawn)
    named = dict(zip(SMALL, drawn, strict=True))
    monkeypatch.setattr(_finding, "TABLE", table_of(named))
    model.save(tmp_path / "model.h5")
    assert weights.digest(weights.load(tmp_path / "model.h5")) == weights.digest(named)
    if not KERAS_3:
        model.save_weights(tmp_path / "saved.h5")
        assert weights.digest(weights.load(tmp_path / "saved.h5")) == weights.digest(named)
        return
    model.save_weights(tmp_path / "new.weights.h5")
    with pytest.raises(WeightsError, match="Keras 3 checkpoint"):
        weights.load(tmp_path / "new.weights.h5")


def test_big_endian_values_are_the_same_values(file, tensors) -> None:
    with edit(file) as opened:
        del opened[KERNEL]
        opened[KERNEL] = tensors["block3_conv2/kernel"].astype(">f4")
    found = weights.load(file)["block3_conv2/kernel"]
    assert found.dtype == np.dtype("<f4")
    np.testing.assert_array_equal(found, tensors["block3_conv2/kernel"])


# ------------------------------------------------------------------------------- digest, seeded


@given(arrays(np.float32, array_shapes(min_dims=1, max_dims=4, max_side=5)), st.randoms())
def test_digest_sees_values_names_and_shapes_and_nothing_else(value, random) -> None:
    three = {"a/kernel": value, "b/kernel": value[::-1], "c/bias": value.ravel()}
    names = list(three)
    random.shuffle(names)
    stored = {name: np.asfortranarray(three[name]) for name in names}
    assert weights.digest(stored) == weights.digest(three)
    changed = value.copy()
    changed.view(np.uint32).flat[0] ^= 1
    assert weights.digest({**three, "a/kernel": changed}) != weights.digest(three)
    assert weights.digest({**three, "a/kernel": value[None]}) != weights.digest(three)
    renamed = {"x" + name: value for name, value in three.items()}
    assert weights.digest(renamed) != weights.digest(three)


@pytest.fixture(scope="module")
def drawn() -> dict[str, np.ndarray]:
    return weights.seeded(0)


def test_seeded_weights_are_he_normal_of_the_tables_shapes(drawn) -> None:
    assert {name: value.shape for name, value in drawn.items()} == {
        name: entry.shape for name, entry in weights.TABLE.items()
    }
    assert list(drawn) == list(weights.TABLE)
    first = "block1_conv1/kernel"
    assert not np.array_equal(drawn[first], weights.seeded(1)[first])
    for name, value in drawn.items():
        assert value.dtype == np.float32
        if name.endswith("kernel"):
            wanted = np.sqrt(2 / np.prod(value.shape[:-1]))
            error = 5 / np.sqrt(2 * value.size)  # five standard errors of a standard deviation
            assert value.std() == pytest.approx(wanted, rel=error)
            assert abs(value.mean()) < 5 * wanted / np.sqrt(value.size)
        else:
            assert 0 < np.abs(value).max() < 0.1
    same_shape = [value for value in drawn.values() if value.shape == (3, 3, 512, 512)]
    assert abs(np.corrcoef(same_shape[0].ravel(), same_shape[1].ravel())[0, 1]) < 0.01


def test_seeded_weights_are_the_same_everywhere(drawn) -> None:
    # Pinned: another NumPy, platform or framework has to draw the same bits.
    assert weights.digest(drawn) == (
        "0f4afd37ba3390a2c1ddde842b613e8d1a21548af183f4cc525d6121411dc16f"
    )
