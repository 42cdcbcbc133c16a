from __future__ import annotations

import json
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from scipy.optimize import minimize

from repro import chapter, demonstration
from repro.errors import OptionError

FEW = {"train": range(1, 4), "validation": range(4, 6), "test": range(6, 7)}
SIDES = range(160, 241)

DRAW_PICTURE = cache(demonstration.draw_picture)


@pytest.fixture
def drawn_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Drawing takes longest; that a picture is always the same has tests of its own."""
    monkeypatch.setattr(demonstration, "draw_picture", DRAW_PICTURE)


ONCE = pytest.mark.usefixtures("drawn_once")


def pixels(folder: Path) -> dict[str, bytes]:
    return {
        path.name: np.asarray(Image.open(path)).tobytes() for path in sorted(folder.glob("*.jpg"))
    }


def test_split_is_a_fiftieth_of_the_chapters() -> None:
    assert {
        "train": range(1, 21),
        "validation": range(21, 31),
        "test": range(31, 41),
    } == demonstration.SPLIT


@ONCE
def test_folder_is_flat_and_named_like_the_originals(tmp_path) -> None:
    folder = demonstration.draw(tmp_path / "a" / "drawn", split=FEW)
    assert folder == tmp_path / "a" / "drawn"
    names = {f"{prefix}.{number}.jpg" for prefix in ("cat", "dog") for number in range(1, 7)}
    assert {path.name for path in folder.iterdir()} == names | {demonstration.MARKER}
    for name in names:
        with Image.open(folder / name) as picture:
            assert picture.format == "JPEG"
            assert picture.mode == "RGB"
            assert picture.width in SIDES
            assert picture.height in SIDES
    assert [path.name for path in (tmp_path / "a").iterdir()] == ["drawn"], "nothing left beside it"


def test_pixels_depend_on_class_and_number_alone(tmp_path) -> None:
    first = pixels(demonstration.draw(tmp_path / "first", split=FEW))
    assert pixels(demonstration.draw(tmp_path / "second", split=FEW)) == first
    assert len(set(first.values())) == len(first)
    larger = {**FEW, "test": range(6, 9)}
    found = pixels(demonstration.draw(tmp_path / "larger", split=larger))
    assert {name: found[name] for name in first} == first


@settings(max_examples=15)
@given(st.sampled_from(chapter.CLASSES), st.integers(0, 10**6), st.integers(0, 2**32))
def test_any_picture_is_a_picture(kind, number, seed) -> None:
    picture = demonstration.draw_picture(kind, number, seed)
    assert picture.dtype == np.uint8
    assert picture.shape[0] in SIDES
    assert picture.shape[1] in SIDES
    assert picture.shape[2] == 3
    assert picture.std() > 5, "something is drawn"
    np.testing.assert_array_equal(picture, demonstration.draw_picture(kind, number, seed))


@ONCE
def test_a_whole_folder_is_left_as_it_is(tmp_path, monkeypatch) -> None:
    folder = demonstration.draw(tmp_path / "drawn", split=FEW)
    monkeypatch.setattr(demonstration, "draw_picture", None)
    before = {path: path.stat().st_mtime_ns for path in folder.iterdir()}
    demonstration.draw(folder, split=FEW)
    assert {path: path.stat().st_mtime_ns for path in folder.iterdir()} == before


def garble(path: Path) -> None:
    path.write_bytes(b"x")


@ONCE
@pytest.mark.parametrize("damage", [Path.unlink, garble])
@pytest.mark.parametrize("name", ["cat.2.jpg", "dog.6.jpg"])
def test_a_damaged_folder_is_drawn_anew(tmp_path, damage, name) -> None:
    folder = demonstration.draw(tmp_path / "drawn", split=FEW)
    whole = pixels(folder)
    damage(folder / name)
    demonstration.draw(folder, split=FEW)
    assert pixels(folder) == whole


@ONCE
@pytest.mark.parametrize("marker", ["", "[]", "{}", '{"sha256": []}'])
def test_a_damaged_marker_is_no_obstacle(tmp_path, marker) -> None:
    folder = demonstration.draw(tmp_path / "drawn", split=FEW)
    whole = pixels(folder)
    (folder / demonstration.MARKER).write_text(marker)
    demonstration.draw(folder, split=FEW)
    assert pixels(folder) == whole
    assert len(json.loads((folder / demonstration.MARKER).read_text())["sha256"]) == 12


@ONCE
def test_another_split_replaces_the_folder(tmp_path) -> None:
    folder = tmp_path / "drawn"
    for split in (FEW, {"train": range(1, 2)}):
        demonstration.draw(folder, split=split)
        names = {f"{kind}.{n}.jpg" for kind in ("cat", "dog") for r in split.values() for n in r}
        assert pixels(folder).keys() == names


@ONCE
def test_other_peoples_files_are_never_touched(tmp_path) -> None:
    folder = tmp_path / "originals"
    folder.mkdir()
    (folder / "cat.1.jpg").write_bytes(b"genuine")
    for destination in (folder, folder / "cat.1.jpg"):
        with pytest.raises(OptionError, match=r"originals.*other files|a file"):
            demonstration.draw(destination, split=FEW)
    assert (folder / "cat.1.jpg").read_bytes() == b"genuine"
    drawn = demonstration.draw(tmp_path / "drawn", split=FEW)
    (drawn / "thesis.tex").write_text("mine")
    with pytest.raises(OptionError, match="other files"):
        demonstration.draw(drawn, split={"train": range(1, 2)})
    assert (drawn / "thesis.tex").read_text() == "mine"
    empty = tmp_path / "empty"
    empty.mkdir()
    assert len(pixels(demonstration.draw(empty, split=FEW))) == 12


def test_an_interrupted_drawing_leaves_nothing(tmp_path, monkeypatch) -> None:
    draw_picture = demonstration.draw_picture

    def interrupted(kind, number):
        if number == 5:
            raise KeyboardInterrupt
        return draw_picture(kind, number)

    with monkeypatch.context() as patch:
        patch.setattr(demonstration, "draw_picture", interrupted)
        with pytest.raises(KeyboardInterrupt):
            demonstration.draw(tmp_path / "drawn", split=FEW)
    assert list(tmp_path.iterdir()) == []


# ------------------------------------------------------------------- how hard the two classes are

TRAIN, HELD_OUT = range(80), range(80, 140)


def colour(picture: np.ndarray) -> np.ndarray:
    return picture.mean((0, 1))


def colour_and_contrast(picture: np.ndarray) -> np.ndarray:
    mean = colour(picture)
    return np.r_[mean, mean**2, picture.std((0, 1))]


def texture(picture: np.ndarray) -> np.ndarray:
    """How far edges share one direction: a striped coat's do, a chequered one's have two."""
    grey = picture.mean(2)
    down, across = (grey[4:] - grey[:-4])[:, :-4], (grey[:, 4:] - grey[:, :-4])[:-4]
    tensor = np.array([[(a * b).mean() for a in (down, across)] for b in (down, across)])
    low, high = np.linalg.eigvalsh(tensor)
    return np.array([(high - low) / (high + low)])


@pytest.fixture(scope="module")
def described() -> dict[object, np.ndarray]:
    """What each function says about 140 pictures of either class: (2, 140, values)."""
    rows: dict[object, list[list[np.ndarray]]] = {}
    for kind in chapter.CLASSES:
        pictures = [demonstration.draw_picture(kind, n, 0) for n in range(1, 141)]
        for describe in (colour, colour_and_contrast, texture):
            rows.setdefault(describe, []).append([describe(one / 255) for one in pictures])
    return {describe: np.array(values) for describe, values in rows.items()}


def accuracy(values: np.ndarray) -> float:
    """Held-out accuracy of a logistic regression."""
    known = values[:, TRAIN].reshape(160, -1)
    mean, spread = known.mean(0), known.std(0)

    def design(rows: np.ndarray) -> np.ndarray:
        return np.c_[(rows - mean) / spread, np.ones(len(rows))]

    labels = np.repeat([-1.0, 1.0], 80)

    def loss(weights: np.ndarray) -> float:
        return (
            np.logaddexp(0, -labels * (design(known) @ weights)).mean() + 1e-3 * weights @ weights
        )

    weights = minimize(loss, np.zeros(known.shape[1] + 1)).x
    unseen = design(values[:, HELD_OUT].reshape(120, -1))
    return float(((unseen @ weights > 0) == np.repeat([False, True], 60)).mean())


def test_colour_does_not_tell_the_classes_apart(described) -> None:
    # 120 held-out pictures: chance is 0.5 ± 0.046 (one standard error).
    assert accuracy(described[colour]) < 0.64
    assert accuracy(described[colour_and_contrast]) < 0.65


def test_the_coats_pattern_does(described) -> None:
    assert accuracy(described[texture]) > 0.68
