"""What originals and destinations can be: links, pipes, places that can't be written."""

from __future__ import annotations

import errno
import logging
import os
import shutil
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from repro.chapter import CLASSES
from repro.dataset import naming
from repro.errors import DatasetError
from tests.dataset import drawing
from tests.dataset.drawing import SPLIT, prepare, state


def test_hard_links_share_the_file_and_copies_do_not(flat: Path, tmp_path: Path) -> None:
    before = state(flat)
    linked, copied = prepare(flat, tmp_path / "1"), prepare(flat, tmp_path / "2", link="copy")
    for one, two in zip(linked.paths("train"), copied.paths("train"), strict=True):
        assert one.samefile(flat / one.name)
        assert not two.samefile(flat / two.name)
    assert linked.digest == copied.digest
    assert state(flat) == before


def test_where_links_do_not_reach_files_are_copied(
    flat: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(errno.EXDEV, "Invalid cross-device link")

    with monkeypatch.context() as patch, caplog.at_level(logging.INFO):
        patch.setattr(os, "link", refuse)
        made = prepare(flat, tmp_path / "1")
    copied = made.paths("test")[0]
    assert not copied.samefile(flat / copied.name)
    assert made.digest == prepare(flat, tmp_path / "2", link="copy").digest
    assert "copied 24 pictures" in caplog.text


def test_read_only_originals(flat: Path, tmp_path: Path) -> None:
    for path in flat.iterdir():
        path.chmod(0o444)
    flat.chmod(0o555)
    try:
        before = state(flat)
        prepare(flat, tmp_path / "1")
        made = prepare(flat, tmp_path / "2", link="copy")
        assert state(flat) == before
        assert os.access(made.paths("train")[0], os.W_OK)
    finally:
        flat.chmod(0o755)


def test_links_to_pictures_are_followed(flat: Path, tmp_path: Path) -> None:
    links = tmp_path / "links"
    links.mkdir()
    for path in flat.iterdir():
        (links / path.name).symlink_to(path)
    made = prepare(links, tmp_path / "made")
    assert not made.paths("train")[0].is_symlink()
    assert made.digest == prepare(flat, tmp_path / "other").digest


@pytest.mark.parametrize("kind", ["dangling", "loop", "folder", "pipe"])
def test_what_is_no_file_is_named_if_it_is_wanted(flat: Path, tmp_path: Path, kind: str) -> None:
    for number in (3, 99):  # the second isn't wanted
        path = flat / f"dog.{number}.jpg"
        path.unlink(missing_ok=True)
        if kind == "folder":
            path.mkdir()
        elif kind == "pipe":
            os.mkfifo(path)
        else:
            path.symlink_to(path if kind == "loop" else flat / "nowhere.jpg")
    with pytest.raises(DatasetError, match=r"dog\.3\.jpg"):
        prepare(flat, tmp_path / "made")
    assert not (tmp_path / "made").exists()
    elsewhere = {
        fold: range(r.start + 3, r.stop) for fold, r in {**SPLIT}.items() if fold == "train"
    }
    split = {**elsewhere, "validation": range(7, 9), "test": range(9, 12)}
    assert prepare(flat, tmp_path / "made", split=split).digest


@settings(max_examples=20)
@given(st.sets(st.tuples(st.sampled_from(CLASSES), st.integers(1, 12)), min_size=1))
def test_every_missing_picture_is_listed(missing) -> None:
    files = {key: b"x" for key in drawing.KEYS if key not in missing}
    with tempfile.TemporaryDirectory() as folder:
        flat = drawing.write_flat(Path(folder) / "flat", {("cats", 77): b"x", **files})
        with pytest.raises(DatasetError) as caught:
            prepare(flat, Path(folder) / "made")
    assert caught.value.found.endswith(f"missing: {naming.list_names(missing)}")


def test_nothing_there(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    for name in ("nowhere", "empty", "loop"):
        with pytest.raises(DatasetError, match=name):
            prepare(tmp_path / name, tmp_path / "made")


def test_two_files_for_one_picture(flat: Path, tmp_path: Path) -> None:
    shutil.copy(flat / "cat.4.jpg", flat / "cat.4.jpeg")
    with pytest.raises(DatasetError, match=r"two files.*cat\.4\.jpe?g"):
        prepare(flat, tmp_path / "made")


def test_a_destination_with_other_things_is_left_alone(flat: Path, tmp_path: Path) -> None:
    before = state(flat)
    with pytest.raises(DatasetError, match="other files"):
        prepare(flat, flat)
    assert state(flat) == before
    made = prepare(flat, tmp_path / "made")
    (made.root / "train" / "notes.txt").write_text("mine")
    made.paths("test")[0].unlink()
    with pytest.raises(DatasetError, match="notes"):
        prepare(flat, tmp_path / "made")
    (made.root / "train" / "notes.txt").unlink()
    (made.root / "elsewhere").symlink_to(flat)
    with pytest.raises(DatasetError, match="elsewhere"):
        prepare(flat, tmp_path / "made")
    (tmp_path / "folders" / "mine").mkdir(parents=True)
    with pytest.raises(DatasetError, match="folders"):
        prepare(flat, tmp_path / "folders")
    (tmp_path / "file").write_text("mine")
    (tmp_path / "link").symlink_to(tmp_path / "made")
    for name in ("file", "link"):
        with pytest.raises(DatasetError, match=name):
            prepare(flat, tmp_path / name)
    assert (tmp_path / "file").read_text() == "mine"
    (tmp_path / "empty").mkdir()
    assert prepare(flat, tmp_path / "empty").digest


def test_no_room(flat: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_handle: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(DatasetError, match="No space left"):
            prepare(flat, tmp_path / "place" / "made", link="copy")
    assert not (tmp_path / "place" / "made").exists()
    (tmp_path / "file").write_text("")
    with pytest.raises(DatasetError, match="can't be written"):
        prepare(flat, tmp_path / "file" / "made")
