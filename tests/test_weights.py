from __future__ import annotations

import hashlib
import os
import shutil
import sys
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from types import SimpleNamespace

import h5py
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from repro import chapter, weights
from repro.errors import DownloadError, WeightsError
from repro.weights import _apart, _finding, _reading, _table
from tests.fuzz import forked

#: A small model with VGG16's layer names, so that a test's file takes a moment and not 59 MB.
SMALL = {
    f"{row.name}/{role}": (3, 3, 2, 4) if role == "kernel" else (4,)
    for row in chapter.BASE_LAYERS
    if "conv" in row.name
    for role in ("kernel", "bias")
}
LAYERS = [row.name for row in chapter.BASE_LAYERS]


@pytest.fixture(autouse=True)
def _forked(monkeypatch: pytest.MonkeyPatch) -> None:
    """A fork answers in milliseconds; ``tests/test_weights_apart.py`` starts new processes."""
    if hasattr(os, "fork"):
        monkeypatch.setattr(_apart, "ask", forked.ask)


@pytest.fixture
def tensors(monkeypatch: pytest.MonkeyPatch) -> dict[str, np.ndarray]:
    """Tensors of the small model, which the table is made to ask for."""
    rng = np.random.default_rng(5)
    drawn = {name: rng.normal(size=shape).astype(np.float32) for name, shape in SMALL.items()}
    table = {
        name: weights.TensorEntry(value.shape, weights.tensor_digest(value))
        for name, value in drawn.items()
    }
    for module in (_table, _reading, weights):
        monkeypatch.setattr(module, "TABLE", table)
    return drawn


def write_official(path: Path, tensors, names="{layer}_{letter}_1:0", *, group: str = "/") -> Path:
    """Writes the layout of Keras's own file: a group a layer, names listed in attributes."""
    with h5py.File(path, "w") as file:
        root = file.require_group(group)
        root.attrs["layer_names"] = [name.encode() for name in LAYERS]
        for layer in LAYERS:
            member = root.create_group(layer)
            listed = []
            for role, letter in (("kernel", "W"), ("bias", "b")):
                if f"{layer}/{role}" in tensors:
                    name = names.format(layer=layer, letter=letter, role=role)
                    member.create_dataset(name, data=tensors[f"{layer}/{role}"])
                    listed.append(name.encode())
            member.attrs["weight_names"] = listed
    return path


@pytest.fixture
def file(tmp_path: Path, tensors) -> Path:
    return write_official(tmp_path / "weights.h5", tensors)


def edit(path: Path):
    return h5py.File(path, "r+")


KERNEL = "block3_conv2/block3_conv2_W_1:0"

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
        assert (
            hashlib.sha256(tensor.astype("<f4").tobytes()).hexdigest() == weights.TABLE[name].sha256
        )


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
    table = {
        name: weights.TensorEntry(value.shape, weights.tensor_digest(value))
        for name, value in named.items()
    }
    monkeypatch.setattr(_reading, "TABLE", table)
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


# ------------------------------------------------------------------------------ what isn't a file


def test_missing_file_and_folder(tmp_path) -> None:
    for path in (tmp_path / "none.h5", tmp_path):
        with pytest.raises(WeightsError, match=r"found (a directory|no such file)"):
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


def official_folder() -> Path:
    import tempfile

    if not hasattr(official_folder, "kept"):
        official_folder.kept = tempfile.TemporaryDirectory()
    return Path(official_folder.kept.name)


def official_bytes() -> bytes:
    path = official_folder() / "whole.h5"
    if not path.exists():
        write_official(path, {name: np.ones(shape, np.float32) for name, shape in SMALL.items()})
    return path.read_bytes()


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


# ------------------------------------------------------------------------------- digest, seeded


@settings(deadline=None)
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
    assert weights.digest({"x" + name: value for name, value in three.items()}) != weights.digest(
        three
    )


def seeded_first(seed: int) -> np.ndarray:
    return weights.seeded(seed)["block1_conv1/kernel"]


def test_seeded_weights_are_he_normal_of_the_tables_shapes() -> None:
    drawn = weights.seeded(0)
    assert {name: value.shape for name, value in drawn.items()} == {
        name: entry.shape for name, entry in weights.TABLE.items()
    }
    assert list(drawn) == list(weights.TABLE)
    first, other = drawn["block1_conv1/kernel"], seeded_first(1)
    assert not np.array_equal(first, other)
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


def test_seeded_weights_are_the_same_everywhere() -> None:
    # Pinned: another NumPy, platform or framework has to draw the same bits.
    assert weights.digest(weights.seeded(0)) == (
        "0f4afd37ba3390a2c1ddde842b613e8d1a21548af183f4cc525d6121411dc16f"
    )


# ------------------------------------------------------------------------------- finding


@pytest.fixture
def keras_home(tmp_path, monkeypatch) -> Path:
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))
    (tmp_path / "keras" / "models").mkdir(parents=True)
    return tmp_path / "keras"


@pytest.fixture
def network(monkeypatch) -> SimpleNamespace:
    """Stands for the download: ``content`` is the file that arrives, ``asked`` what was asked."""
    state = SimpleNamespace(asked=[], content=None)

    def fetch(url, destination, **_):
        state.asked.append(url)
        if state.content is None:
            raise DownloadError(url, found="no network", expected="a file", remedy="Connect.")
        shutil.copyfile(state.content, destination)
        return destination

    module = SimpleNamespace(fetch=fetch)
    monkeypatch.setitem(sys.modules, "repro.download", module)
    monkeypatch.setattr("repro.download", module, raising=False)
    return state


def test_given_then_variable_then_keras_then_download(
    file, tmp_path, keras_home, network, monkeypatch
) -> None:
    network.content = file
    downloaded = weights.find()
    assert network.asked == [weights.URL]
    assert downloaded.is_relative_to(Path(_finding.settings.home()))
    assert downloaded.read_bytes() == file.read_bytes()
    assert weights.find() == downloaded
    assert len(network.asked) == 1, "what is there is not downloaded again"
    own = Path(shutil.copyfile(file, keras_home / "models" / weights.FILE_NAME))
    assert weights.find() == own == weights.cached()
    variable = Path(shutil.copyfile(file, tmp_path / "variable.h5"))
    monkeypatch.setenv("REPRO_WEIGHTS", str(variable))
    assert weights.find() == variable
    assert weights.find(file) == file
    assert len(network.asked) == 1


def test_a_given_folder_is_searched(file, tmp_path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    with pytest.raises(WeightsError, match=weights.FILE_NAME):
        weights.find(folder)
    copied = Path(shutil.copyfile(file, folder / weights.FILE_NAME))
    assert weights.find(folder) == copied


def test_a_given_path_that_is_missing_is_never_passed_over(tmp_path, keras_home, network, file):
    shutil.copyfile(file, keras_home / "models" / weights.FILE_NAME)
    with pytest.raises(WeightsError, match="no such file") as caught:
        weights.find(tmp_path / "typo.h5")
    assert "REPRO_WEIGHTS" in caught.value.remedy
    assert network.asked == []


def test_keras_home_defaults_to_the_users(tmp_path, monkeypatch, file) -> None:
    monkeypatch.delenv("KERAS_HOME", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path / "user"))
    monkeypatch.setenv("USERPROFILE", str(tmp_path / "user"))
    assert weights.cached() is None
    (tmp_path / "user/.keras/models").mkdir(parents=True)
    copied = shutil.copyfile(file, tmp_path / "user/.keras/models" / weights.FILE_NAME)
    assert weights.cached() == Path(copied)


def test_a_download_of_something_else_leaves_nothing(tmp_path, keras_home, network, tensors):
    page = tmp_path / "page"
    page.write_text("<html>sign in to this network</html>")
    for content, error in ((page, WeightsError), (None, DownloadError)):
        network.content = content
        with pytest.raises(error):
            weights.find()
        folder = _finding.settings.home() / "weights"
        assert not list(folder.glob("*.h5"))


def test_the_download_over_a_real_connection(file, tmp_path, keras_home, monkeypatch) -> None:
    served = tmp_path / "served"
    served.mkdir()
    shutil.copyfile(file, served / weights.FILE_NAME)

    class Handler(SimpleHTTPRequestHandler):
        def __init__(self, *arguments):
            super().__init__(*arguments, directory=str(served))

        def log_message(self, *_):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        address = f"http://127.0.0.1:{server.server_port}/{weights.FILE_NAME}"
        monkeypatch.setattr(_finding, "URL", address)
        found = weights.find()
        server.shutdown()
    assert found.read_bytes() == file.read_bytes()
    assert weights.find() == found
