"""What is no file, another model's, damaged or hostile is refused and said."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from repro import weights
from repro.errors import WeightsError
from repro.weights import _finding
from tests.fuzz.small_weights import table_of
from tests.weights.official import KERNEL, SMALL, edit, official_bytes

Change = Callable[[h5py.File], object]

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


@pytest.mark.usefixtures("forked")
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


@pytest.mark.usefixtures("forked")
@settings(max_examples=10)
@given(share=st.floats(0.01, 0.999))
def test_truncated_anywhere_is_refused_and_never_wrong(tmp_path_factory, share) -> None:
    content = official_bytes()
    path = tmp_path_factory.mktemp("short") / "w.h5"
    path.write_bytes(content[: max(600, int(len(content) * share))])
    with pytest.raises(WeightsError, match="truncated"):
        weights.load(path)


def test_a_huge_file_is_not_opened(tmp_path, monkeypatch) -> None:
    path = tmp_path / "w.h5"
    with path.open("wb") as stream:
        stream.truncate(2**31)  # sparse: takes no room
    with pytest.raises(WeightsError, match="2,147,483,648 bytes"):
        weights.load(path)


# ------------------------------------------------------------------------------- another model's


def without(*names: str) -> Change:
    def change(opened: h5py.File) -> None:
        for name in names:
            del opened[name]

    return change


def replaced(name: str, *arguments: object, **options: object) -> Change:
    def change(opened: h5py.File) -> None:
        del opened[name]
        opened.create_dataset(name, *arguments, **options)

    return change


def swap(opened: h5py.File) -> None:
    opened.move("block5_conv1", "kept")
    opened.move("block5_conv2", "block5_conv1")
    opened.move("kept", "block5_conv2")


def hold_itself(opened: h5py.File) -> None:
    opened["block1_conv1/again"] = opened["block1_conv1"]


def crowd(opened: h5py.File) -> None:
    for number in range(40):
        opened.create_group(f"block1_conv1/{number}")


VGG19 = "block3_conv4/block3_conv4_W_1:0"
CHANGES: dict[str, tuple[Change, str]] = {
    "VGG19": (lambda opened: opened.create_dataset(VGG19, data=np.zeros((3, 3, 2, 4))), "VGG19"),
    "a top": (lambda opened: opened.create_group("fc1"), "with its top"),
    "a top's end": (lambda opened: opened.create_group("predictions"), "with its top"),
    "layers are missing": (
        without("block2_conv1", "block5_conv3"),
        r"another model \(no block2_conv1, block5_conv3\)",
    ),
    "two layers swapped": (swap, "block5_conv1"),
    "a vast shape": (
        replaced(KERNEL, (10**5, 10**5, 10, 10), "f4", chunks=(1, 1, 10, 10)),
        "found shape",
    ),
    "vast chunks": (
        replaced(KERNEL, (3, 3, 2, 4), "f4", maxshape=(None,) * 4, chunks=(100,) * 4),
        "chunks",
    ),
    "a group that holds itself": (hold_itself, "block1_conv1"),
    "a crowded group": (crowd, "42 entries"),
    "a dataset in a layer's place": (
        replaced("block1_conv1", data=np.zeros(3, "f4")),
        "found a dataset; expected a group",
    ),
}


@pytest.mark.parametrize("kind", CHANGES)
def test_another_models_or_a_hostile_file_is_named(file, kind) -> None:
    change, said = CHANGES[kind]
    with edit(file) as opened:
        change(opened)
    with pytest.raises(WeightsError, match=said):
        weights.load(file)


@pytest.mark.parametrize("group", ["layers/conv2d/vars", "_layer_checkpoint_dependencies/x"])
def test_keras_3_checkpoints_are_named(tmp_path, group) -> None:
    with h5py.File(tmp_path / "w.h5", "w") as opened:
        opened.create_group(group)
    with pytest.raises(WeightsError, match="Keras 3 checkpoint"):
        weights.load(tmp_path / "w.h5")


# ------------------------------------------------------------------------------- wrong tensors


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
        with edit(file) as opened:
            replaced(KERNEL, data=value)(opened)
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


@pytest.mark.usefixtures("forked")
@settings(max_examples=20)
@given(data=st.data())
def test_any_changed_byte_is_refused_or_harmless(tmp_path_factory, data) -> None:
    """No damage gives other tensors, and none ends in another error than the project's own."""
    content = bytearray(official_bytes())
    position = data.draw(st.integers(0, len(content) - 1))
    content[position] ^= data.draw(st.integers(1, 255))
    path = tmp_path_factory.mktemp("changed") / "w.h5"
    path.write_bytes(content)
    ones = {name: np.ones(shape, np.float32) for name, shape in SMALL.items()}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_finding, "TABLE", table_of(ones))
        try:
            found = weights.load(path)
        except WeightsError:
            return
    assert weights.digest(found) == weights.digest(ones)
