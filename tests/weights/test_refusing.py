"""What is no file, another model's, damaged or hostile is refused and said."""

from __future__ import annotations

import shutil
from pathlib import Path

import h5py
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from repro import weights
from repro.errors import WeightsError
from repro.weights import _reading
from tests.weights.official import KERNEL, SMALL, edit, official_bytes, official_folder

# ------------------------------------------------------------------------------ what isn't a file


def test_missing_file_and_folder(tmp_path) -> None:
    for path in (tmp_path / "none.h5", tmp_path):
        with pytest.raises(WeightsError, match=r"found no (regular|such) file"):
            weights.load(path)


CONTENTS = {
    "empty": (b"", "an empty file"),
    "html": (b"<!DOCTYPE html><html><title>404</title></html>", "a web page"),
    "html, shouting, late": (b"\n\n  <HTML><body>Not Found</body></HTML>", "a web page"),
    "xml error": (b"<?xml version='1.0'?><Error><Code>AccessDenied</Code></Error>", "a web page"),
    "lfs": (b"version https://git-lfs.github.com/spec/v1\noid sha256:00", "Git LFS pointer"),
    "noise": (bytes(range(200)), "no HDF5 file"),
    "zip": (b"PK\x03\x04" + bytes(100), "no HDF5 file"),
    "magic alone": (b"\x89HDF\r\n\x1a\n", "HDF5 file"),
    "magic and noise": (b"\x89HDF\r\n\x1a\n" + bytes(range(256)) * 8, "damaged HDF5 file"),
}


@pytest.mark.parametrize("content", CONTENTS)
def test_what_is_no_hdf5_file_is_said(tmp_path, content) -> None:
    written, said = CONTENTS[content]
    path = tmp_path / "w.h5"
    path.write_bytes(written)
    with pytest.raises(WeightsError) as caught:
        weights.load(path)
    assert said in caught.value.found
    assert caught.value.subject == str(path)


def test_only_the_projects_own_copy_is_to_be_deleted(tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("REPRO_HOME", str(tmp_path / "home"))
    own = tmp_path / "home" / "weights" / weights.FILE_NAME
    own.parent.mkdir(parents=True)
    for path in (own, tmp_path / weights.FILE_NAME):
        path.write_bytes(b"neither is HDF5")
        with pytest.raises(WeightsError) as caught:
            weights.load(path)
        assert ("elete" in caught.value.remedy) == (path == own)


@settings(max_examples=20, deadline=None)
@given(share=st.floats(0.01, 0.999))
def test_truncated_anywhere_is_refused_and_never_wrong(share) -> None:
    content = official_bytes()
    short = content[: max(600, int(len(content) * share))]
    path = Path(official_folder(), f"short-{len(short)}.h5")
    path.write_bytes(short)
    with pytest.raises(WeightsError, match="truncated"):
        weights.load(path)
    path.unlink()


def test_a_huge_file_is_not_opened(tmp_path, monkeypatch) -> None:
    path = tmp_path / "w.h5"
    with path.open("wb") as stream:
        stream.truncate(2**31)  # sparse: takes no room
    with pytest.raises(WeightsError, match="2,147,483,648 bytes"):
        weights.load(path)


# ------------------------------------------------------------------------------- another model's


def test_vgg19_is_named(file) -> None:
    with edit(file) as opened:
        opened.create_dataset("block3_conv4/block3_conv4_W_1:0", data=np.zeros((3, 3, 2, 4), "f4"))
    with pytest.raises(WeightsError, match="VGG19"):
        weights.load(file)


@pytest.mark.parametrize("layer", ["fc1", "predictions"])
def test_vgg16_with_its_top_is_named(file, layer) -> None:
    with edit(file) as opened:
        opened.create_group(layer)
    with pytest.raises(WeightsError, match="with its top"):
        weights.load(file)


@pytest.mark.parametrize("group", ["layers/conv2d/vars", "_layer_checkpoint_dependencies/x"])
def test_keras_3_checkpoints_are_named(tmp_path, group) -> None:
    with h5py.File(tmp_path / "w.h5", "w") as opened:
        opened.create_group(group)
    with pytest.raises(WeightsError, match="Keras 3 checkpoint"):
        weights.load(tmp_path / "w.h5")


def test_another_models_missing_layers_are_listed(file) -> None:
    with edit(file) as opened:
        del opened["block2_conv1"], opened["block5_conv3"]
    with pytest.raises(WeightsError, match=r"another model \(no block2_conv1, block5_conv3\)"):
        weights.load(file)


# ------------------------------------------------------------------------------- wrong tensors


def replace(path: Path, value, **options) -> None:
    with edit(path) as opened:
        del opened[KERNEL]
        opened.create_dataset(KERNEL, data=value, **options)


def test_every_tensor_is_verified(file, tensors) -> None:
    for name in tensors:
        layer, role = name.split("/")
        place = f"{layer}/{layer}_{'W' if role == 'kernel' else 'b'}_1:0"
        with edit(file) as opened:
            before = opened[place][()]
            changed = before.copy()
            changed.flat[-1] = np.nextafter(changed.flat[-1], np.float32(np.inf))
            opened[place][...] = changed
        with pytest.raises(WeightsError, match=f"{name}: found other values"):
            weights.load(file)
        with edit(file) as opened:
            opened[place][...] = before
    weights.load(file)


def test_two_layers_swapped_are_noticed(file) -> None:
    with edit(file) as opened:
        opened.move("block5_conv1", "kept")
        opened.move("block5_conv2", "block5_conv1")
        opened.move("kept", "block5_conv2")
    with pytest.raises(WeightsError, match="block5_conv1"):
        weights.load(file)


def test_wrong_shapes_and_types_are_named(file, tensors) -> None:
    right = tensors["block3_conv2/kernel"]
    for value, said in (
        (right[:, :, :, :3], r"shape \(3, 3, 2, 3\)"),
        (right.transpose(3, 2, 0, 1), r"shape \(4, 2, 3, 3\)"),
        (right.astype(np.float64), "float64"),
        (right.astype(np.float16), "float16"),
        (right.view(np.int32), "int32"),
        (right.ravel(), "one tensor"),
    ):
        replace(file, value)
        with pytest.raises(WeightsError, match=said) as caught:
            weights.load(file)
        assert "block3_conv2/kernel" in caught.value.subject


# ------------------------------------------------------------------------------- hostile files


def test_no_link_out_of_the_file_is_followed(file, tensors, tmp_path) -> None:
    elsewhere = shutil.copyfile(file, tmp_path / "elsewhere.h5")
    for link in (h5py.ExternalLink(str(elsewhere), f"/{KERNEL}"), h5py.SoftLink("/block1_conv1")):
        for place in (KERNEL, "block3_conv2"):
            copy = Path(shutil.copyfile(elsewhere, tmp_path / "copy.h5"))
            with edit(copy) as opened:
                del opened[place]
                opened[place] = link
            with pytest.raises(WeightsError, match="link to elsewhere"):
                weights.load(copy)


def test_no_values_kept_elsewhere_are_read(file, tensors, tmp_path) -> None:
    value = tensors["block3_conv2/kernel"]
    (tmp_path / "raw").write_bytes(value.tobytes())
    with edit(file) as opened:
        del opened[KERNEL]
        external = [(str(tmp_path / "raw"), 0, value.nbytes)]
        opened.create_dataset(KERNEL, value.shape, "f4", external=external)
    with pytest.raises(WeightsError, match="another file"):
        weights.load(file)
    layout = h5py.VirtualLayout(value.shape, "f4")
    with h5py.File(tmp_path / "source.h5", "w") as source:
        source["x"] = value
    layout[:] = h5py.VirtualSource(str(tmp_path / "source.h5"), "x", value.shape)
    with edit(file) as opened:
        del opened[KERNEL]
        opened.create_virtual_dataset(KERNEL, layout)
    with pytest.raises(WeightsError, match="another file"):
        weights.load(file)


def test_declared_sizes_are_not_believed(file, tensors) -> None:
    with edit(file) as opened:
        del opened[KERNEL]
        opened.create_dataset(KERNEL, (10**5, 10**5, 10, 10), "f4", chunks=(1, 1, 10, 10))
    with pytest.raises(WeightsError, match="shape"):
        weights.load(file)
    with edit(file) as opened:
        del opened[KERNEL]
        opened.create_dataset(
            KERNEL, (3, 3, 2, 4), "f4", maxshape=(None,) * 4, chunks=(100, 100, 100, 100)
        )
    with pytest.raises(WeightsError, match="chunks"):
        weights.load(file)


def test_deep_and_crowded_and_endless_groups_end(file) -> None:
    with edit(file) as opened:
        opened["block1_conv1/again"] = opened["block1_conv1"]  # a group that holds itself
    with pytest.raises(WeightsError, match="block1_conv1"):
        weights.load(file)
    with edit(file) as opened:
        del opened["block1_conv1/again"]
        for number in range(40):
            opened.create_group(f"block1_conv1/{number}")
    with pytest.raises(WeightsError, match="42 entries"):
        weights.load(file)


def test_a_dataset_in_a_layers_place_is_refused(file) -> None:
    with edit(file) as opened:
        del opened["block1_conv1"]
        opened["block1_conv1"] = np.zeros(3, "f4")
    with pytest.raises(WeightsError, match="found a dataset; expected a group"):
        weights.load(file)


@settings(max_examples=30, deadline=None)
@given(data=st.data())
def test_any_changed_byte_is_refused_or_harmless(data) -> None:
    """No damage gives other tensors, and none ends in another error than the project's own."""
    content = bytearray(official_bytes())
    position = data.draw(st.integers(0, len(content) - 1))
    content[position] ^= data.draw(st.integers(1, 255))
    path = official_folder() / "changed.h5"
    path.write_bytes(content)
    ones = {name: np.ones(shape, np.float32) for name, shape in SMALL.items()}
    table = {
        name: weights.TensorEntry(value.shape, weights.tensor_digest(value))
        for name, value in ones.items()
    }
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_reading, "TABLE", table)
        try:
            found = weights.load(path)
        except WeightsError:
            return
    assert weights.digest(found) == weights.digest(ones)
