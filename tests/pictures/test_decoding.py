"""The pixels are Keras's own, and what is no picture is named."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from repro import pictures
from repro.dataset import decoding
from repro.errors import DatasetError, OptionError
from tests.dataset import drawing
from tests.pictures.drawing import save


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
        save(tmp_path / "right-size.jpg", 3, (size[1], size[0])),
        save(tmp_path / "grey.jpg", 4, mode="L"),
        save(tmp_path / "cmyk.jpg", 5, mode="CMYK"),
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


JPEG = drawing.encode(drawing.draw(("cats", 1)))


def png() -> bytes:
    stream = BytesIO()
    Image.new("RGB", (16, 16)).save(stream, "PNG")
    return stream.getvalue()


BROKEN = {
    "empty": (b"", "an empty file"),
    "text": (b"<html>not found</html>", "no JPEG picture"),
    "another kind": (png(), "no JPEG picture"),
    "cut off": (JPEG[:1500], "damaged picture"),
    "bomb": (drawing.promising(30_000, 30_000, JPEG), "pixels"),
    "large": (drawing.promising(6_000, 5_000, JPEG), "6000×5000"),
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
    monkeypatch.setattr(decoding, "LARGEST_BYTES", 100)
    with pytest.raises(DatasetError, match=r"cat\.0\.jpg: found a file of [0-9,]+ bytes"):
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


def test_another_interpolation_is_refused(paths) -> None:
    with pytest.raises(OptionError, match="cubic"):
        pictures.load(paths, interpolation="cubic")
