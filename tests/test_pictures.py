from __future__ import annotations

import json
import os
import struct
import subprocess
import sys
import zlib
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from repro import pictures
from repro.errors import DatasetError, OptionError


def save(path: Path, seed: int = 0, size=(37, 53), mode: str = "RGB", **options) -> Path:
    """Saves a noisy picture of ``size`` (width, height)."""
    noise = np.random.default_rng(seed).integers(0, 256, (size[1], size[0], 3), dtype=np.uint8)
    Image.fromarray(noise).convert(mode).save(path, **options)
    return path


@pytest.fixture
def paths(tmp_path: Path) -> list[Path]:
    return [save(tmp_path / f"cat.{n}.jpg", n, (30 + n, 60 - n)) for n in range(5)]


def as_keras_loads(path: Path, interpolation: str, size: tuple[int, int]) -> np.ndarray:
    from repro._keras import keras

    picture = keras.utils.load_img(path, target_size=size, interpolation=interpolation)
    return np.asarray(picture, np.uint8)


@pytest.mark.parametrize("interpolation", ["nearest", "bilinear"])
@pytest.mark.parametrize("size", [(150, 150), (40, 70), (1, 9)])
def test_pixels_are_those_of_keras(tmp_path: Path, interpolation, size) -> None:
    files = [
        save(tmp_path / "plain.jpg", 1, (200, 200), quality=80),
        save(tmp_path / "wide.jpg", 2, (499, 117)),
        save(tmp_path / "right-size.png", 3, (size[1], size[0])),
        save(tmp_path / "grey.jpg", 4, mode="L"),
        save(tmp_path / "cmyk.jpg", 5, mode="CMYK"),
        save(tmp_path / "palette.png", 6, mode="P"),
        save(tmp_path / "alpha.png", 7, mode="RGBA"),
        save(tmp_path / "turned.jpg", 8, exif=turned()),
    ]
    found = pictures.load(files, interpolation=interpolation, size=size)
    for path, picture in zip(files, found, strict=True):
        np.testing.assert_array_equal(picture, as_keras_loads(path, interpolation, size), path.name)


def turned() -> bytes:
    exif = Image.Exif()
    exif[0x0112] = 6  # orientation: Keras does not turn such pictures
    return exif.tobytes()


@pytest.mark.originals
def test_real_pictures_are_those_of_keras(originals: Path) -> None:
    files = (
        sorted(originals.rglob("cat.1*7.jpg"))[:20] + sorted(originals.rglob("dog.1*3.jpg"))[:20]
    )
    if not files:
        pytest.skip("the originals are an archive: run with --originals FOLDER")
    found = pictures.load(files)
    for path, picture in zip(files, found, strict=True):
        np.testing.assert_array_equal(picture, as_keras_loads(path, "nearest", (150, 150)))


def test_array_is_read_only_mapped_and_in_the_order_asked_for(paths: list[Path]) -> None:
    found = pictures.load(paths)
    assert isinstance(found, np.memmap)
    assert found.dtype == np.uint8
    assert found.shape == (5, 150, 150, 3)
    assert not found.flags.writeable
    np.testing.assert_array_equal(pictures.load(paths[::-1]), found[::-1])
    assert len({picture.tobytes() for picture in found}) == 5


def count_decoded(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    decoded: list[Path] = []
    decode = pictures._decode

    def counting(path, *rest):
        decoded.append(path)
        return decode(path, *rest)

    monkeypatch.setattr(pictures, "_decode", counting)
    return decoded


def test_a_second_load_decodes_nothing(paths, monkeypatch) -> None:
    decoded = count_decoded(monkeypatch)
    first = pictures.load(paths)
    assert sorted(decoded) == sorted(paths)
    decoded.clear()
    np.testing.assert_array_equal(pictures.load(paths), first)
    assert decoded == []


def test_names_and_times_do_not_matter_but_contents_do(paths, tmp_path, monkeypatch) -> None:
    first = pictures.load(paths)
    decoded = count_decoded(monkeypatch)
    os.utime(paths[0], (1, 1))
    renamed = [path.rename(path.with_name(f"other-{path.name}")) for path in paths]
    np.testing.assert_array_equal(pictures.load(renamed), first)
    assert decoded == []
    # The same size and the same times, one other picture.
    before = renamed[0].stat()
    content = bytearray(renamed[0].read_bytes())
    content[-12] ^= 0x55
    renamed[0].write_bytes(content)
    os.utime(renamed[0], ns=(before.st_atime_ns, before.st_mtime_ns))
    pictures.load(renamed)
    assert decoded


def test_every_option_has_its_own_entry(paths, monkeypatch) -> None:
    options = [
        {"interpolation": interpolation, "size": size}
        for interpolation in ("nearest", "bilinear")
        for size in ((20, 30), (30, 20))
    ]
    arrays = [pictures.load(paths, **option) for option in options]
    assert len({array.tobytes() for array in arrays}) == 4
    decoded = count_decoded(monkeypatch)
    for option, array in zip(options, arrays, strict=True):
        np.testing.assert_array_equal(pictures.load(paths, **option), array)
    assert decoded == []


def entry(cache: Path, ending: str) -> Path:
    (found,) = cache.glob(f"*.{ending}")
    return found


def truncate(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-100])


def flip(position: int):
    def change(path: Path) -> None:
        content = bytearray(path.read_bytes())
        content[position] ^= 1
        path.write_bytes(content)

    return change


DAMAGE = {
    "last pixel": ("npy", flip(-1)),
    "first pixel": ("npy", flip(128)),
    "header": ("npy", flip(70)),
    "magic": ("npy", flip(0)),
    "truncated": ("npy", truncate),
    "longer": ("npy", lambda path: path.write_bytes(path.read_bytes() + b"x" * 67_500)),
    "empty array": ("npy", lambda path: path.write_bytes(b"")),
    "no array": ("npy", Path.unlink),
    "no sidecar": ("json", Path.unlink),
    "empty sidecar": ("json", lambda path: path.write_text("")),
    "sidecar of another kind": ("json", lambda path: path.write_text("[1]")),
    "sidecar without checksum": ("json", lambda path: path.write_text("{}")),
    "other checksum": ("json", lambda path: path.write_text('{"crc32": 1}')),
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_damaged_entry_is_made_anew(paths, tmp_path, damage) -> None:
    cache = tmp_path / "cache"
    whole = np.array(pictures.load(paths, cache=cache))
    ending, change = DAMAGE[damage]
    change(entry(cache, ending))
    np.testing.assert_array_equal(pictures.load(paths, cache=cache), whole)
    # … and is whole again afterwards.
    assert json.loads(entry(cache, "json").read_text())["shape"] == list(whole.shape)
    np.testing.assert_array_equal(np.load(entry(cache, "npy")), whole)


def test_an_entry_of_the_wrong_shape_or_type_is_made_anew(paths, tmp_path) -> None:
    cache = tmp_path / "cache"
    whole = np.array(pictures.load(paths, cache=cache))
    for impostor in (whole.transpose(0, 2, 3, 1), whole.view(np.int8), whole[:3]):
        pixels = np.ascontiguousarray(impostor)
        np.save(entry(cache, "npy"), pixels)
        entry(cache, "json").write_text(json.dumps({"crc32": zlib.crc32(pixels.tobytes())}))
        np.testing.assert_array_equal(pictures.load(paths, cache=cache), whole)


def test_no_pickle_is_ever_loaded(paths, tmp_path) -> None:
    cache = tmp_path / "cache"
    whole = np.array(pictures.load(paths, cache=cache))
    np.save(entry(cache, "npy"), np.array([print], dtype=object), allow_pickle=True)
    np.testing.assert_array_equal(pictures.load(paths, cache=cache), whole)


@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_any_change_of_the_array_is_noticed(tmp_path, data) -> None:
    cache = tmp_path / "cache"
    path = tmp_path / "a.png"
    whole = np.array(
        pictures.load([path if path.exists() else save(path)], size=(9, 7), cache=cache)
    )
    array = entry(cache, "npy")
    content = bytearray(array.read_bytes())
    position = data.draw(st.integers(128, len(content) - 1))
    content[position] ^= data.draw(st.integers(1, 255))
    array.write_bytes(content)
    np.testing.assert_array_equal(pictures.load([path], size=(9, 7), cache=cache), whole)


def test_an_interrupted_load_leaves_nothing_that_looks_finished(paths, tmp_path, monkeypatch):
    cache = tmp_path / "cache"
    decode = pictures._decode

    def interrupted(path, *rest):
        if path == paths[3]:
            raise KeyboardInterrupt
        return decode(path, *rest)

    with monkeypatch.context() as patch:
        patch.setattr(pictures, "_decode", interrupted)
        with pytest.raises(KeyboardInterrupt):
            pictures.load(paths, cache=cache)
    assert [path.suffix for path in cache.iterdir() if path.suffix != ".lock"] == []
    # One that was killed could not tidy up: its rest is no obstacle.
    (cache / entry(cache, "lock").with_suffix(".partial").name).write_bytes(b"half")
    assert pictures.load(paths, cache=cache).shape[0] == 5
    assert not list(cache.glob("*.partial"))


def test_many_at_once_get_the_same_pixels(paths, tmp_path) -> None:
    with ThreadPoolExecutor(6) as pool:
        jobs = [pool.submit(pictures.load, paths, cache=tmp_path / "cache") for _ in range(6)]
        arrays = [np.array(job.result()) for job in jobs]
    for array in arrays[1:]:
        np.testing.assert_array_equal(array, arrays[0])
    assert len(list((tmp_path / "cache").glob("*.npy"))) == 1


def test_default_cache_lies_under_the_projects_home(paths, tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("REPRO_HOME", str(tmp_path / "elsewhere"))
    pictures.load(paths)
    assert list((tmp_path / "elsewhere" / "pictures").glob("*.npy"))


def jpeg(**options) -> bytes:
    stream = BytesIO()
    noise = np.random.default_rng(0).integers(0, 256, (60, 60, 3), dtype=np.uint8)
    Image.fromarray(noise).save(stream, "JPEG", **options)
    return stream.getvalue()


def vast(width: int, height: int) -> bytes:
    """A PNG of a few bytes whose header promises ``width`` × ``height`` pixels."""
    stream = BytesIO()
    Image.new("1", (1, 1)).save(stream, "PNG")
    content = stream.getvalue()
    header = b"IHDR" + struct.pack(">II", width, height) + content[24:29]
    return content[:12] + header + struct.pack(">I", zlib.crc32(header)) + content[33:]


def icon() -> bytes:
    stream = BytesIO()
    Image.new("RGB", (16, 16)).save(stream, "ICO")
    return stream.getvalue()


BROKEN = {
    "empty": (b"", "no picture"),
    "text": (b"<html>not found</html>", "no picture"),
    "another kind": (icon(), "no picture"),
    "cut off": (jpeg()[:1500], "damaged picture"),
    "bomb": (vast(30_000, 30_000), "pixels"),
    "large": (vast(8_000, 7_000), "8000 × 7000"),
}


@pytest.mark.parametrize("broken", BROKEN)
def test_a_broken_picture_is_named(paths, tmp_path, broken) -> None:
    content, said = BROKEN[broken]
    culprit = tmp_path / "dog.77.jpg"
    culprit.write_bytes(content)
    with pytest.raises(DatasetError, match=r"dog\.77\.jpg") as caught:
        pictures.load([*paths, culprit], cache=tmp_path / "cache")
    assert said in str(caught.value)
    assert not list((tmp_path / "cache").glob("*.npy"))


def test_missing_files_folders_and_huge_files_are_named(paths, tmp_path, monkeypatch) -> None:
    for culprit in (tmp_path / "dog.9.jpg", tmp_path):
        with pytest.raises(DatasetError) as caught:
            pictures.load([*paths, culprit])
        assert caught.value.subject == str(culprit)
    monkeypatch.setattr(pictures, "LARGEST_BYTES", 100)
    with pytest.raises(DatasetError, match="at most 100"):
        pictures.load(paths)


def test_a_picture_that_changes_meanwhile_does_not_enter(paths, tmp_path, monkeypatch) -> None:
    digest = pictures._digest

    def changing(path):
        found = digest(path)
        if path == paths[2]:
            save(path, seed=99)
        return found

    monkeypatch.setattr(pictures, "_digest", changing)
    with pytest.raises(DatasetError, match=r"cat\.2\.jpg.*changed"):
        pictures.load(paths, cache=tmp_path / "cache")


def test_options_out_of_range_are_refused(paths) -> None:
    with pytest.raises(DatasetError, match="at least one"):
        pictures.load([])
    with pytest.raises(OptionError, match="cubic"):
        pictures.load(paths, interpolation="cubic")
    for size in ((0, 5), (5, -1), (10**6, 10**6), (150,), (1, 2, 3)):
        with pytest.raises(OptionError, match="size"):
            pictures.load(paths, size=size)


def test_a_cache_that_cannot_be_written_is_named(paths, tmp_path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(OptionError, match="REPRO_HOME") as caught:
        pictures.load(paths, cache=tmp_path / "file")
    assert caught.value.subject == str(tmp_path / "file")


def test_a_killed_process_leaves_nothing_that_looks_finished(paths, tmp_path) -> None:
    code = (
        "import os, sys; from pathlib import Path; from repro import pictures\n"
        "decode = pictures._decode\n"
        "def dying(path, *rest):\n"
        "    if path.name == 'cat.4.jpg': os._exit(9)\n"
        "    return decode(path, *rest)\n"
        "pictures._decode = dying\n"
        "pictures.load([Path(p) for p in sys.argv[2:]], cache=Path(sys.argv[1]))\n"
    )
    command = [sys.executable, "-c", code, str(tmp_path / "cache"), *map(str, paths)]
    assert subprocess.run(command, check=False).returncode == 9
    assert not list((tmp_path / "cache").glob("*.npy"))
    assert pictures.load(paths, cache=tmp_path / "cache").shape[0] == 5
