"""A picture is decoded once, and a kept array is used only where it is whole."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from repro import pictures
from repro.errors import OptionError
from tests.pictures.drawing import save


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


class Marking:
    """Unpickled, it makes a folder."""

    def __init__(self, place: Path) -> None:
        self.place = place

    def __reduce__(self):
        return os.mkdir, (str(self.place),)


def test_no_pickle_is_ever_loaded(paths, tmp_path) -> None:
    cache = tmp_path / "cache"
    whole = np.array(pictures.load(paths, cache=cache))
    marking = np.array([Marking(tmp_path / "opened")], dtype=object)
    np.save(entry(cache, "npy"), marking, allow_pickle=True)
    np.testing.assert_array_equal(pictures.load(paths, cache=cache), whole)
    assert not (tmp_path / "opened").exists()


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_change_of_the_array_is_noticed(tmp_path, data) -> None:
    cache = tmp_path / "cache"
    path = tmp_path / "a.jpg"
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
    assert pictures.load(paths, cache=cache).shape[0] == 5


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
    assert list((tmp_path / "cache").glob(".*.npy.*"))
    assert pictures.load(paths, cache=tmp_path / "cache").shape[0] == 5
    assert not list((tmp_path / "cache").glob(".*.npy.*"))
