"""Files of weights of every wrong kind."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import h5py
import numpy as np

from tests.bad_input.case import Action, Case, sparse
from tests.bad_input.pictures import drawn
from tests.fuzz import small_weights

NAME = "weights.h5"
KERNEL = "block3_conv2/block3_conv2_W_1:0"
Edit = Callable[[h5py.File], object]


def given(content: bytes | Callable[[np.random.Generator], bytes]) -> Callable[..., Action]:
    def make(folder: Path, generator: np.random.Generator) -> Action:
        path = folder / NAME
        path.write_bytes(content if isinstance(content, bytes) else content(generator))
        return ["verify", "--weights", str(path)]

    return make


def edited(edit: Edit, **options: str) -> Callable[..., Action]:
    def make(folder: Path, generator: np.random.Generator) -> Action:
        action = given(small_weights.small_file(**options))(folder, generator)
        with h5py.File(folder / NAME, "r+") as file:
            edit(file)
        return action

    return make


def placed(put: Callable[[Path], object]) -> Callable[..., Action]:
    def make(folder: Path, _: np.random.Generator) -> Action:
        put(folder / NAME)
        return ["verify", "--weights", str(folder / NAME)]

    return make


def replace(value: np.ndarray | None, **options: object) -> Edit:
    def edit(file: h5py.File) -> None:
        del file[KERNEL]
        file.create_dataset(KERNEL, data=value, **options)

    return edit


def link(made: object, place: str = KERNEL) -> Edit:
    def edit(file: h5py.File) -> None:
        del file[place]
        file[place] = made

    return edit


def _external(file: h5py.File) -> None:
    del file[KERNEL]
    file.create_dataset(KERNEL, (3, 3, 1, 2), "f4", external=[("/etc/passwd", 0, 72)])


def _swap(file: h5py.File) -> None:
    file.move("block5_conv1", "kept")
    file.move("block5_conv2", "block5_conv1")
    file.move("kept", "block5_conv2")


def _edits() -> Iterator[tuple[str, Edit, str]]:
    right = small_weights.TENSORS["block3_conv2/kernel"]
    other = right.copy()
    other.flat[5] = np.nextafter(other.flat[5], np.float32(9))
    kernel = "block3_conv2/kernel"
    for name, value in {
        "one bit of a value": other,
        "not a number": np.full_like(right, np.nan),
        "zeros": np.zeros_like(right),
        "float64": right.astype("f8"),
        "float16": right.astype("f2"),
        "whole numbers": right.astype("i4"),
        "texts": np.full(right.shape, b"x"),
        "flat": right.ravel(),
        "transposed": right.T,
        "a scalar": np.float32(1),
        "one filter less": right[..., :1],
        "nothing": np.zeros((0, 3, 1, 2), "f4"),
    }.items():
        yield name, replace(value), kernel if value.ndim == 4 else "block3_conv2"
    yield "a claim of 400 GB", replace(None, shape=(10**5, 10**5, 10, 1), dtype="f4",
                                       chunks=(1, 1, 10, 1)), kernel  # fmt: skip
    huge = replace(
        None, shape=right.shape, dtype="f4", maxshape=(None,) * 4, chunks=(400, 400, 100, 20)
    )
    yield "chunks of a gigabyte", huge, kernel
    yield "a link out of the file", link(h5py.ExternalLink("/etc/passwd", "/x")), "link"
    yield "a soft link", link(h5py.SoftLink("/block1_conv1")), "link"
    yield "a layer linked out", link(h5py.ExternalLink("x.h5", "/"), "block3_conv2"), "block3_conv2"
    yield "values in another file", _external, kernel
    yield "layers swapped", _swap, "block5_conv"
    yield "a layer twice inside itself", lambda f: link(f["block1_conv1"], "block1_conv1/block1_conv1_b_1:0")(f), "block1_conv1"  # fmt: skip  # noqa: E501
    for layer in ("block1_conv1", "block5_conv3"):
        yield f"no {layer}", lambda f, n=layer: f.__delitem__(n), layer  # type: ignore[misc]
        yield f"{layer} empty", lambda f, n=layer: (f.__delitem__(n), f.create_group(n)), layer  # type: ignore[misc]
    yield "VGG19", lambda f: f.create_group("block3_conv4"), "VGG19"
    yield "with its top", lambda f: f.create_group("fc1"), "with its top"
    yield "with predictions", lambda f: f.create_group("predictions"), "with its top"
    yield "a Keras 3 checkpoint", lambda f: f.create_group("layers"), "Keras 3 checkpoint"
    yield "ResNet", lambda f: [f.__delitem__(n) for n in list(f)], "another model"
    yield "a crowd", lambda f: [f.create_group(f"block1_conv1/{n}") for n in range(99)], "block1_conv1"  # fmt: skip  # noqa: E501


def _no_hdf5() -> Iterator[tuple[str, bytes]]:
    yield "empty", b""
    yield "text", b"the weights"
    yield "web page", b"<!DOCTYPE html><html>404</html>"
    yield "error page", b"<?xml version='1.0'?><Error><Code>AccessDenied</Code></Error>"
    yield "LFS pointer", b"version https://git-lfs.github.com/spec/v1\noid sha256:00\n"
    yield "picture", drawn()["cats", 1]
    yield "zip", b"PK\x03\x04" + bytes(99)
    yield "pickle", b"\x80\x04cposix\nsystem\n(S'touch /tmp/owned'\ntR."
    yield "torch", b"PK\x03\x04" + b"archive/data.pkl" + bytes(99)
    yield "safetensors", b"\x10\0\0\0\0\0\0\0" + b'{"__metadata__":{}}'
    yield "NumPy", b"\x93NUMPY\x01\x00v\x00{'descr': '<f4'}"
    yield "the magic alone", b"\x89HDF\r\n\x1a\n"
    yield "the magic and noise", b"\x89HDF\r\n\x1a\n" + bytes(range(256)) * 8
    yield "the magic late", bytes(512) + small_weights.small_file()


def flipped(content: bytes, generator: np.random.Generator) -> bytes:
    changed = bytearray(content)
    for place in generator.integers(len(changed), size=1 + int(generator.integers(4))):
        changed[place] ^= 1 << int(generator.integers(8))
    return bytes(changed)


def cases() -> Iterator[Case]:
    for version in ("earliest", "latest"):
        kind = "weights: sound"
        yield Case(kind, version, given(small_weights.small_file(libver=version)), True)
    for name, edit, culprit in _edits():
        yield Case("weights: other models, wrong tensors", name, edited(edit), False, culprit)
    for name, content in _no_hdf5():
        yield Case("weights: no HDF5 file", name, given(content), False, NAME)
    for name, put in {
        "missing": lambda path: None,
        "a folder": Path.mkdir,
        "a pipe": os.mkfifo,
        "a link to itself": lambda path: path.symlink_to(NAME),
        "a link to nowhere": lambda path: path.symlink_to("nowhere"),
        "a device": lambda path: path.symlink_to("/dev/zero"),
        "eight gigabytes": sparse,
    }.items():
        yield Case("weights: no HDF5 file", name, placed(put), False, NAME)
    for number in range(60):
        whole = small_weights.small_file(libver="earliest")  # the latest keeps times: other bytes
        flip = lambda g, whole=whole: flipped(whole, g)  # type: ignore[misc]  # noqa: E731
        yield Case("weights: flipped bits", f"{number}", given(flip), None)
        if number < 30:
            short = whole[: int((number + 0.5) / 30 * (len(whole) - 8))]
            yield Case("weights: truncated", f"{number}", given(short), False, NAME)
