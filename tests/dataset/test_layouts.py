"""From whatever layout the originals come, the same set comes out."""

from __future__ import annotations

import io
import logging
import shutil
import tempfile
import zipfile
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from repro.chapter import CLASSES, PREFIXES
from repro.dataset import archives, fingerprints, layouts
from repro.dataset.decoding import decode
from repro.errors import DatasetError
from tests.dataset import drawing

Files = dict  # class and number → content
FOLDER = {"cats": "Cat", "dogs": "Dog"}
genuine = partial(drawing.prepare, genuine=True)


def kaggle_names(files: Files, prefix: str = "") -> dict[str, bytes]:
    return {f"{prefix}{PREFIXES[c]}.{n}.jpg": content for (c, n), content in files.items()}


def microsoft_names(files: Files, separator: str = "/") -> dict[str, bytes]:
    names = {separator.join(("PetImages", FOLDER[c], f"{n}.jpg")): b for (c, n), b in files.items()}
    return names | {separator.join(("PetImages", "Cat", "Thumbs.db")): b"thumbs"}


def zipped(names: dict[str, bytes]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in names.items():
            member = zipfile.ZipInfo(name)  # not dated: the same names give the same bytes
            archive.writestr(member, content, zipfile.ZIP_DEFLATED)
    return stream.getvalue()


def unzipped(folder: Path, names: dict[str, bytes]) -> Path:
    for name, content in names.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return folder


def lay_out(layout: str, folder: Path, files: Files) -> Path:
    """Puts files where users have them; returns what they give to ``prepare``."""
    train = zipped({"train/": b"", **kaggle_names(files, "train/")})
    nested = {"sampleSubmission.csv": b"id", "test1.zip": zipped({"test1/1.jpg": b"x"})}
    nested["train.zip"] = train
    microsoft = {"readme[1].txt": b"hello", **microsoft_names(files)}
    if layout in ("microsoft.zip", "backslashes.zip"):
        names = microsoft if layout == "microsoft.zip" else microsoft_names(files, "\\")
        (folder / layout).write_bytes(zipped(names))
        return folder / layout
    if layout in ("train.zip", "dogs-vs-cats.zip"):
        (folder / layout).write_bytes(train if layout == "train.zip" else zipped(nested))
        return folder / layout
    names = {
        "flat": kaggle_names(files),
        "train": kaggle_names(files, "train/"),
        "downloads": {"dogs-vs-cats.zip": zipped(nested)},
        "kagglehub": nested,
        "PetImages": microsoft,
        "already split": {
            f"{fold}/{c}/{PREFIXES[c]}.{n}.jpg": files.get((c, n), b"")
            for fold, numbers in drawing.SPLIT.items()
            for c in CLASSES
            for n in numbers
        },
    }
    root = unzipped(folder / layout, names.get(layout, {}))
    if layout == "inside PetImages":
        shutil.copytree(unzipped(folder / "x", microsoft) / "PetImages", root)
    return root


LAYOUTS = (
    *("flat", "train", "train.zip", "dogs-vs-cats.zip", "downloads", "kagglehub"),
    *("microsoft.zip", "backslashes.zip", "PetImages", "inside PetImages", "already split"),
)


@settings(max_examples=30)
@given(st.sampled_from(LAYOUTS), st.sets(st.tuples(st.sampled_from(CLASSES), st.integers(13, 30))))
def test_every_layout_gives_the_same_set(layout: str, more: set) -> None:
    files = {key: repr(key).encode() for key in more | set(drawing.KEYS)}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        flat = drawing.write_flat(folder / "reference", {key: files[key] for key in drawing.KEYS})
        expected = drawing.prepare(flat, folder / "expected")
        (folder / "originals").mkdir()
        originals = lay_out(layout, folder / "originals", files)
        for _ in range(2):
            assert drawing.prepare(originals, folder / "made").digest == expected.digest
        left = [path.name for path in folder.glob(".*") if not path.name.endswith(".lock")]
        assert left == []


@pytest.mark.usefixtures("table")
@pytest.mark.parametrize("layout", ["microsoft.zip", "PetImages"])
def test_other_numbers_are_recognised_by_fingerprint(
    tmp_path: Path,
    drawn: Files,
    layout: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Microsoft's numbers needn't be Kaggle's; its copy has broken files and other pictures."""
    shuffled = {(c, (5 * n) % 13 + 100): content for (c, n), content in drawn.items()}
    shuffled[("cats", 100)] = b""
    shuffled[("dogs", 100)] = drawn["dogs", 1][:200]
    shuffled[("cats", 7)] = drawing.encode(drawing.draw(("cats", 77)))
    shuffled[("dogs", 8)] = b"\x89PNG\r\n\x1a\n"
    originals = lay_out(layout, tmp_path, shuffled)
    with caplog.at_level(logging.WARNING):
        made = genuine(originals, tmp_path / "made")
    flat = drawing.write_flat(tmp_path / "flat", drawn)
    assert made.digest == genuine(flat, tmp_path / "expected").digest
    assert all(name in caplog.text for name in ("Cat/100.jpg", "Dog/100.jpg", "Dog/8.jpg"))


@pytest.mark.usefixtures("table")
def test_what_is_not_in_a_copy_is_named_along_with_the_broken_files(
    tmp_path: Path, drawn: Files
) -> None:
    shuffled = {(c, n + 100): content for (c, n), content in drawn.items()}
    shuffled["cats", 103] = b""  # cat.3 is broken
    shuffled["cats", 104] = drawn["dogs", 4]  # cat.4 and dog.4 are in each other's folders
    shuffled["dogs", 104] = drawn["cats", 4]
    originals = lay_out("PetImages", tmp_path, shuffled)
    with pytest.raises(DatasetError) as caught:
        genuine(originals, tmp_path / "made")
    assert str(caught.value).startswith(f"{originals}")
    found = caught.value.found
    assert "missing: cat.3–4, dog.4;" in found
    assert "other class's folder: cat.4, dog.4;" in found
    assert "broken: Cat/103.jpg (an empty file)" in found
    assert not (tmp_path / "made").exists()


def test_one_file_is_not_taken_for_two_pictures(
    tmp_path: Path, drawn: Files, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two genuine pictures that look alike need a file each."""
    alike = {**drawn, ("cats", 9): drawn["cats", 2]}
    pictures = [decode(content) for content in alike.values()]
    prints = fingerprints.stack([fingerprints.compute(p) for p in pictures])
    drawing.take_for_genuine(fingerprints.Table(tuple(alike), prints), monkeypatch)
    without = {(c, n + 100): content for (c, n), content in drawn.items() if (c, n) != ("cats", 9)}
    originals = lay_out("PetImages", tmp_path, without)
    with pytest.raises(DatasetError, match=r"23 of 24 pictures; missing: cat\.[29]\b"):
        genuine(originals, tmp_path / "made")


def test_what_can_be_packed_by_little_is_no_bomb() -> None:
    """A large member is refused for what it unpacks to, and not for what it is packed into."""
    info = zipfile.ZipInfo("cat.1.jpg")
    info.file_size, info.compress_size = 2**21, 2**20
    archives._check_size(Path("train.zip"), info, archives.LARGEST_BYTES)
    info.compress_size = 2**21 // (archives.LARGEST_RATIO + 1)
    with pytest.raises(DatasetError, match=f"{archives.LARGEST_RATIO}:1"):
        archives._check_size(Path("train.zip"), info, archives.LARGEST_BYTES)


@pytest.mark.usefixtures("table")
def test_number_0_cannot_be_recognised(tmp_path: Path, drawn: Files) -> None:
    originals = lay_out("PetImages", tmp_path, {**drawn, ("cats", 0): b"x", ("dogs", 0): b"x"})
    split = {**drawing.SPLIT, "train": range(7)}
    with pytest.raises(DatasetError, match=r"no fingerprint of cat\.0, dog\.0.*numbering \"r\""):
        genuine(originals, tmp_path / "made", split=split)


def fails(tmp_path: Path, content: bytes, name: str = "train.zip") -> DatasetError:
    (tmp_path / name).write_bytes(content)
    before = set(tmp_path.rglob("*"))
    with pytest.raises(DatasetError) as caught:
        drawing.prepare(tmp_path / name, tmp_path / "made")
    new = {path.name for path in set(tmp_path.rglob("*")) - before}
    assert new <= {".made.lock"}
    assert name in caught.value.subject, "the archive that was given, and none inside it"
    return caught.value


@pytest.mark.parametrize(
    "name",
    ["../evil.jpg", "/etc/evil.jpg", "train/../../cat.1.jpg", "..\\evil", "C:\\evil", "c:evil"],
)
def test_members_that_reach_outside(tmp_path: Path, drawn: Files, name: str) -> None:
    content = zipped(kaggle_names(drawn) | {name: b"x"})
    assert "reaches outside" in fails(tmp_path, content).found


def test_symbolic_links(tmp_path: Path, drawn: Files) -> None:
    stream = io.BytesIO(zipped(kaggle_names(drawn)))
    with zipfile.ZipFile(stream, "a") as archive:
        link = zipfile.ZipInfo("cat.99.jpg")
        link.external_attr = 0o120777 << 16
        archive.writestr(link, "/etc/passwd")
    assert "symbolic link, 'cat.99.jpg'" in fails(tmp_path, stream.getvalue()).found


def test_encrypted_members(tmp_path: Path, drawn: Files) -> None:
    content = bytearray(zipped(kaggle_names(drawn)))
    start = content.find(b"PK\x01\x02")
    content[start + 8] |= 1  # the flag in the central directory
    error = fails(tmp_path, bytes(content))
    assert "encrypted" in error.found
    assert "password" in error.remedy


def test_bombs(tmp_path: Path, drawn: Files, monkeypatch: pytest.MonkeyPatch) -> None:
    bomb = zipped(kaggle_names({**drawn, ("cats", 1): bytes(2**22)}))
    assert "'cat.1.jpg' of 4194304 bytes" in fails(tmp_path, bomb).found
    nested = zipped({"train.zip": bytes(2**22)})
    assert "'train.zip' of 4194304 bytes" in fails(tmp_path, nested).found
    monkeypatch.setattr(archives, "LARGEST_BYTES", 1000)
    assert "bytes" in fails(tmp_path, zipped(kaggle_names(drawn))).found
    monkeypatch.setattr(archives, "MOST_MEMBERS", 10)
    assert "24 members" in fails(tmp_path, zipped(kaggle_names(drawn))).found


def test_a_bomb_among_what_is_not_wanted_is_not_unpacked(tmp_path: Path, drawn: Files) -> None:
    content = zipped(kaggle_names(drawn) | {"other.bin": bytes(2**22), "cat.99.jpg": bytes(2**22)})
    (tmp_path / "train.zip").write_bytes(content)
    assert drawing.prepare(tmp_path / "train.zip", tmp_path / "made").digest


def test_archives_in_archives_in_archives(tmp_path: Path, drawn: Files) -> None:
    content = zipped(kaggle_names(drawn))
    for _ in range(2):
        content = zipped({"train.zip": content})
    assert "without such pictures" in fails(tmp_path, content).found


def test_two_members_for_one_picture(tmp_path: Path, drawn: Files) -> None:
    content = zipped({**kaggle_names(drawn), **kaggle_names({("cats", 1): b"other"}, "train/")})
    assert "two files for the same picture" in fails(tmp_path, content).found


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_methods_without_bounds(tmp_path: Path, drawn: Files, method: int) -> None:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", method) as archive:
        for name, content in kaggle_names(drawn).items():
            archive.writestr(name, content)
    assert "compression method" in fails(tmp_path, stream.getvalue()).found


def test_no_archive_at_all(tmp_path: Path) -> None:
    for content in (b"", b"<!DOCTYPE html>", b"PK\x03\x04", b"PK\x05\x06" + bytes(18)):
        error = fails(tmp_path, content)
        assert "archive" in error.found


@settings(max_examples=60)
@given(st.data())
def test_a_damaged_archive_is_an_error_or_harmless(data: st.DataObject) -> None:
    files = {key: repr(key).encode() * 5 for key in drawing.KEYS}
    nested = data.draw(st.booleans())
    content = zipped(kaggle_names(files, "train/"))
    content = bytearray(zipped({"train.zip": content}) if nested else content)
    for _ in range(data.draw(st.integers(1, 4))):
        position = data.draw(st.integers(0, len(content) - 1))
        content[position] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(0, len(content)))
    content = content[: cut if data.draw(st.booleans()) else None]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "x.zip").write_bytes(content)
        try:
            made = drawing.prepare(folder / "x.zip", folder / "made")
        except DatasetError:
            assert not (folder / "made").exists()
        else:
            for fold in drawing.SPLIT:
                expected = [files[key] for key in made.keys(fold)]
                assert [path.read_bytes() for path in made.paths(fold)] == expected


def test_every_archive_that_a_folder_may_hold_is_known() -> None:
    assert set(layouts.ARCHIVES) >= {"train.zip", "dogs-vs-cats.zip", "kagglecatsanddogs_5340.zip"}
