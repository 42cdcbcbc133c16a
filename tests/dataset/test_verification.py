from __future__ import annotations

import io
import json
import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

from repro import dataset
from repro.dataset import fingerprints, verification
from repro.errors import DatasetError, OptionError
from tests.dataset import drawing

if TYPE_CHECKING:
    from repro.dataset.fingerprints import Table
    from repro.dataset.naming import Key


pytestmark = pytest.mark.usefixtures("table")


@pytest.fixture
def made(flat: Path, tmp_path: Path) -> dataset.Split:
    return drawing.prepare(flat, tmp_path / "made", link="copy")


def path_of(made: dataset.Split, key: Key) -> Path:
    fold = next(fold for fold, numbers in made.ranges.items() if key[1] in numbers)
    return made.paths(fold)[made.keys(fold).index(key)]


def refused(made: dataset.Split, genuine: bool = True) -> str:
    with pytest.raises(DatasetError) as caught:
        dataset.verify(made, genuine=genuine)
    return caught.value.found


@pytest.mark.parametrize("genuine", [True, False])
def test_a_good_set(made: dataset.Split, genuine: bool) -> None:
    found = dataset.verify(made, genuine=genuine)
    assert found.counts["train"] == {"cats": 6, "dogs": 6}
    assert found.ranges == {"train": (1, 6), "validation": (7, 9), "test": (10, 12)}
    assert (found.decoded, found.digest, found.genuine) == (24, made.digest, genuine)
    assert json.loads(found.model_dump_json())["unchecked"] == []


def test_a_second_time_nothing_is_decoded(
    made: dataset.Split, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = dataset.verify(made)
    monkeypatch.setattr(verification, "_look_at_all", None)
    assert dataset.verify(made) == first


def test_what_passed_unchecked_is_checked_when_asked(made: dataset.Split) -> None:
    path_of(made, ("cats", 2)).write_bytes(drawing.encode(drawing.draw(("cats", 2), salt=9)))
    dataset.verify(made, genuine=False)
    assert "cat.2" in refused(made)


def test_every_folder_that_is_gone_is_named(made: dataset.Split) -> None:
    for place in ("train/cats", "test/dogs"):
        shutil.rmtree(made.root / place)
    # In the same fold, behind one that is gone.
    (made.root / "train" / "dogs" / "dog.3.jpg").unlink()
    again = dataset.Split(made.root, made.numbering, made.ranges)
    with pytest.raises(DatasetError) as caught:
        dataset.verify(again)
    assert str(caught.value).startswith(f"{made.root}: found ")
    found = caught.value.found
    assert "train/cats: No such file" in found and "test/dogs: No such file" in found
    assert "train/dogs lacks dog.3.jpg" in found


@pytest.mark.parametrize(
    ("identity", "reason"),
    [
        (None, "none of the genuine pictures"),
        ((("cats", 2), ""), "the right picture altered (colours)"),
        ((("cats", 2), "mirrored"), "the right picture altered (mirrored)"),
        ((("dogs", 2), "mirrored"), "pictures of the other class (mirrored)"),
        ((("cats", 5), ""), "copies of other numbers (form unchanged)"),
    ],
)
def test_an_impostor_is_told_by_what_it_is(identity: object, reason: str) -> None:
    assert verification._reason(("cats", 2), identity) == reason


def test_a_changed_file_is_looked_at_again(made: dataset.Split) -> None:
    dataset.verify(made)
    path_of(made, ("cats", 2)).write_bytes(b"broken")
    again = dataset.Split(made.root, made.numbering, made.ranges)
    assert "cat.2.jpg" in refused(again)


def test_a_memory_that_is_damaged_is_not_believed(
    made: dataset.Split, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("REPRO_HOME", str(tmp_path / "home"))
    first = dataset.verify(made)
    (memory,) = (tmp_path / "home" / "verified").iterdir()
    memory.write_text("{}")
    assert dataset.verify(made) == first
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("REPRO_HOME", str(tmp_path / "file"))  # nothing can be remembered here
    assert dataset.verify(made) == first


def test_missing_surplus_and_misnamed_files(made: dataset.Split) -> None:
    path_of(made, ("cats", 8)).rename(made.root / "test" / "dogs" / "cat.8.jpg")
    (made.root / "train" / "cats" / ".DS_Store").write_bytes(b"")
    found = refused(made)
    assert "validation/cats lacks cat.8.jpg" in found
    assert "test/dogs also has cat.8.jpg" in found
    assert "DS_Store" not in found


def bomb(side: int = 65_500) -> bytes:
    return drawing.promising(side, side, drawing.encode(Image.new("RGB", (8, 8))))


def other(form: str) -> bytes:
    stream = io.BytesIO()
    Image.new("RGB", (20, 20)).save(stream, form)
    return stream.getvalue()


@pytest.mark.parametrize("genuine", [True, False])
@pytest.mark.parametrize(
    "content",
    [b"", b"\xff\xd8", b"<html>", bytes(5000), bomb(), other("PNG"), other("GIF"), other("TIFF")],
    ids=["empty", "header", "page", "zeros", "bomb", "png", "gif", "tiff"],
)
def test_broken_pictures(made: dataset.Split, genuine: bool, content: bytes) -> None:
    for key in (("cats", 2), ("dogs", 12)):
        path_of(made, key).write_bytes(content)
    found = refused(made, genuine)
    assert found.startswith("2 broken pictures: cat.2.jpg (")
    assert "dog.12.jpg (" in found


def test_a_picture_too_large_is_not_decoded(made: dataset.Split) -> None:
    path_of(made, ("cats", 2)).write_bytes(bomb(6000))
    assert "cat.2.jpg (6000×6000 pixels)" in refused(made, genuine=False)


def test_truncated_pictures(made: dataset.Split) -> None:
    path = path_of(made, ("cats", 2))
    whole = path.read_bytes()
    for share in (0.3, 0.6, 0.95):
        path.write_bytes(whole[: int(len(whole) * share)])
        assert "1 broken pictures: cat.2.jpg" in refused(made, genuine=False)


def test_pipes_and_huge_files_are_not_read(made: dataset.Split) -> None:
    path = path_of(made, ("cats", 2))
    path.unlink()
    os.mkfifo(path)
    with path_of(made, ("cats", 3)).open("r+b") as stream:
        stream.truncate(2**26)
    (made.root / "manifest.json").unlink()
    found = refused(dataset.Split(made.root, "r", made.ranges))
    assert "cat.2.jpg" in found


@pytest.mark.parametrize("mode", ["L", "CMYK"])
def test_other_colour_spaces_become_rgb(made: dataset.Split, mode: str) -> None:
    picture = drawing.draw(("cats", 2))
    path_of(made, ("cats", 2)).write_bytes(drawing.encode(picture.convert(mode)))
    assert dataset.verify(made, genuine=False).decoded == 24


def test_a_picture_in_two_folds(made: dataset.Split) -> None:
    content = path_of(made, ("cats", 2)).read_bytes()
    path_of(made, ("cats", 8)).write_bytes(content)
    found = refused(made, genuine=False)
    assert "train/cats/cat.2.jpg = validation/cats/cat.8.jpg" in found


def test_a_picture_twice_in_a_fold_under_other_bytes(made: dataset.Split) -> None:
    path_of(made, ("cats", 3)).write_bytes(path_of(made, ("cats", 2)).read_bytes() + b"\0")
    found = refused(made, genuine=False)
    assert "train/cats/cat.2.jpg = train/cats/cat.3.jpg" in found


def test_a_near_duplicate_in_another_fold(made: dataset.Split) -> None:
    picture = drawing.draw(("dogs", 2)).resize((160, 200))
    path_of(made, ("dogs", 11)).write_bytes(drawing.encode(picture, 60))
    found = refused(made, genuine=False)
    assert "train/dogs/dog.2.jpg ≈ test/dogs/dog.11.jpg" in found


def test_known_near_duplicates_are_reported_and_no_others(
    made: dataset.Split, table: Table, monkeypatch: pytest.MonkeyPatch
) -> None:
    near = np.asarray(drawing.draw(("dogs", 2)).resize((160, 200)))
    path_of(made, ("dogs", 11)).write_bytes(drawing.encode(Image.fromarray(near)))
    rows = table.rows()
    order = list(range(len(table.keys)))
    order[rows["dogs", 11]] = rows["dogs", 2]
    prints = table.fingerprints[order]
    pair = (rows["dogs", 2], rows["dogs", 11])
    knowing = fingerprints.Table(table.keys, prints, (pair,))
    drawing.take_for_genuine(knowing, monkeypatch)
    found = dataset.verify(made)
    assert found.known_near_duplicates == (("train/dogs/dog.2.jpg", "test/dogs/dog.11.jpg"),)
    drawing.take_for_genuine(fingerprints.Table(table.keys, prints), monkeypatch)
    assert "≈" in refused(made)


def test_swapped_classes(flat: Path, tmp_path: Path, drawn: dict) -> None:
    swapped = {("dogs" if c == "cats" else "cats", n): drawn[c, n] for c, n in drawn}
    drawing.write_flat(flat, swapped)
    found = refused(drawing.prepare(flat, tmp_path / "made"))
    assert found.startswith("24 impostors")
    assert "pictures of the other class (form unchanged): cat.1–12, dog.1–12" in found


def test_number_0_is_reported_as_unchecked_and_is_no_copy(
    flat: Path, tmp_path: Path, drawn: dict
) -> None:
    split = {**drawing.SPLIT, "train": range(7)}
    options = {"split": split, "numbering": "python", "link": "copy"}
    new = {(c, 0): drawing.encode(drawing.draw((c, 0))) for c in ("cats", "dogs")}
    made = drawing.prepare(drawing.write_flat(flat, new), tmp_path / "1", **options)
    assert dataset.verify(made).unchecked == ("cat.0.jpg", "dog.0.jpg")
    copy = {("dogs", 0): drawing.encode(drawing.draw(("dogs", 5)).rotate(180))}
    made = drawing.prepare(drawing.write_flat(flat, copy), tmp_path / "2", **options)
    assert "copies of other numbers (rotated by 180°): dog.0" in refused(made)


def test_numbers_beyond_the_table(flat: Path, tmp_path: Path, drawn: dict) -> None:
    split = {**drawing.SPLIT, "test": range(10, 15)}
    more = {(c, n): drawn[c, 1] + bytes([n]) for c in ("cats", "dogs") for n in (13, 14)}
    drawing.write_flat(flat, more)
    made = drawing.prepare(flat, tmp_path / "made", split=split)
    with pytest.raises(OptionError, match=r"cat\.13–14, dog\.13–14"):
        dataset.verify(made)
