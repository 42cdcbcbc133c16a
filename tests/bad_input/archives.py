"""Archives that are hostile, damaged, encrypted, nested, or none."""

from __future__ import annotations

import io
import stat
import struct
import tarfile
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from repro.chapter import PREFIXES
from tests.bad_input.case import Action, Case
from tests.bad_input.pictures import drawn
from tests.dataset import drawing

Members = list[tuple[str | zipfile.ZipInfo, bytes]]
KIND = "archives: hostile"


def members(folder: str = "train/") -> Members:
    return [
        (f"{folder}{PREFIXES[name]}.{number}.jpg", content)
        for (name, number), content in drawn().items()
    ]


def packed(entries: Members, method: int = zipfile.ZIP_STORED) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", method) as made:
        for name, content in entries:
            made.writestr(name, content, None if isinstance(name, str) else name.compress_type)
    return stream.getvalue()


def given(content: bytes, name: str = "originals.zip") -> Callable[..., Action]:
    def make(folder: Path, _: np.random.Generator) -> Action:
        (folder / name).write_bytes(content)
        return ["prepare", str(folder / name), str(folder.parent / "out" / "small")]

    return make


def marked(name: str, *, mode: int = 0, method: int = zipfile.ZIP_STORED) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name)
    info.external_attr, info.compress_type = mode << 16, method
    return info


def patched(content: bytes, signature: bytes, offset: int, value: bytes, number: int = 0) -> bytes:
    """Overwrites a field of the numbered header of a kind."""
    changed, place = bytearray(content), -1
    for _ in range(number + 1):
        place = content.index(signature, place + 1)
    changed[place + offset : place + offset + len(value)] = value
    return bytes(changed)


LOCAL, CENTRAL, END = b"PK\x03\x04", b"PK\x01\x02", b"PK\x05\x06"


def _sound() -> Iterator[tuple[str, bytes]]:
    yield "flat", packed(members(""))
    yield "in a folder", packed(members())
    yield "deflated", packed(members(), zipfile.ZIP_DEFLATED)
    yield "nested", packed([("train.zip", packed(members())), ("test1.zip", b"no archive")])
    yield "with backslashes", packed([(str(n).replace("/", "\\"), c) for n, c in members()])
    yield "behind a program", b"#!/bin/sh\nexit\n" * 9 + packed(members())
    yield "with other files", packed([*members(), ("__MACOSX/._cat.1.jpg", b"x"), ("a.txt", b"x")])


def _hostile() -> Iterator[tuple[str, bytes, str]]:
    """Yields name, archive, and what the error must name."""
    for name in ("../cat.99.jpg", "train/../../cat.99.jpg", "/cat.99.jpg", "//server/cat.99.jpg",
                 "C:/cat.99.jpg", "C:cat.99.jpg", "..\\cat.99.jpg", "\\cat.99.jpg", "train/..",
                 "../../../../../../etc/passwd", "/etc/cron.d/cat", "..",
                 "z:\\cat.99.jpg"):  # fmt: skip
        yield f"member {name}", packed([*members(), (name, b"x")]), "originals.zip"
    link = marked("train/link", mode=stat.S_IFLNK | 0o777)
    yield "a link", packed([*members(), (link, b"/etc/passwd")]), "train/link"
    bomb = [(marked("train/cat.1.jpg", method=zipfile.ZIP_DEFLATED), bytes(20 * 2**20))]
    yield "a picture that grows a thousandfold", packed([*members()[1:], *bomb]), "cat.1.jpg"
    bomb = [(marked("train.zip", method=zipfile.ZIP_DEFLATED), bytes(20 * 2**20))]
    yield "an archive that grows a thousandfold", packed(bomb), "train.zip"
    inner = packed(members())
    for depth in range(3, 7):
        nested = inner
        for _ in range(depth - 1):
            nested = packed([("train.zip", nested)])
        yield f"{depth} archives deep", nested, "zip"
    yield "train.zip twice", packed([("train.zip", packed([])), ("dogs-vs-cats.zip", inner)]), "zip"
    for name, method in (("bzip2", zipfile.ZIP_BZIP2), ("lzma", zipfile.ZIP_LZMA)):
        yield name, packed(members(), method), "cat.1.jpg"
    whole = packed(members(), zipfile.ZIP_DEFLATED)
    for number in (0, 7, 23):
        flag = patched(whole, CENTRAL, 8, b"\x01\x00", number)
        yield f"encrypted, member {number}", flag, "password"
        size = struct.pack("<L", 2**31)
        yield f"a size of 2 GiB, member {number}", patched(whole, CENTRAL, 24, size, number), ".jpg"
        strange = patched(whole, CENTRAL, 10, b"\x63\x00", number)
        yield f"AES, member {number}", strange, ".jpg"
        away = patched(whole, CENTRAL, 42, b"\xff\xff\xff\x7f", number)
        yield f"a place beyond the end, member {number}", away, "originals.zip"
    yield (
        "a directory beyond the end",
        patched(whole, END, 16, b"\xff\xff\xff\x7f"),
        "originals.zip",
    )
    yield "two files for a picture", packed([*members(), ("x/cat.1.jpg", b"x")]), "cat.1.jpg"
    yield "one missing", packed(members()[1:]), "cat.1"
    yield "one broken", packed([("train/cat.1.jpg", b"\xff\xd8"), *members()[1:]]), "cat.1.jpg"
    yield "no pictures", packed([("readme.txt", b"x")]), "originals.zip"
    yield "no members", packed([]), "originals.zip"


def _no_archive() -> Iterator[tuple[str, bytes]]:
    tar = io.BytesIO()
    with tarfile.open(fileobj=tar, mode="w:gz") as made:
        made.addfile(tarfile.TarInfo("train"))
    yield "tar", tar.getvalue()
    yield "rar", b"Rar!\x1a\x07\x01\x00" + bytes(99)
    yield "7z", b"7z\xbc\xaf\x27\x1c" + bytes(99)
    yield "gzip", b"\x1f\x8b\x08" + bytes(99)
    yield "text", b"the archive"
    yield "picture", drawn()["cats", 1]
    yield "web page", b"<!DOCTYPE html><html>sign in</html>"
    yield "empty", b""
    yield "one byte", b"P"
    yield "the end of an archive", END
    yield "zeros", bytes(9999)


def _password(folder: Path, _: np.random.Generator) -> Action:
    """An archive that asks for a password, in every member's header."""
    content = packed(members(), zipfile.ZIP_DEFLATED)
    for number in range(len(drawing.KEYS)):
        content = patched(content, CENTRAL, 8, b"\x01\x00", number)
        content = patched(content, LOCAL, 6, b"\x01\x00", number)
    return given(content)(folder, _)


def _damaged(change: Callable[[bytes, np.random.Generator], bytes]) -> Callable[..., Action]:
    def make(folder: Path, generator: np.random.Generator) -> Action:
        content = packed(members(), zipfile.ZIP_DEFLATED)
        return given(change(content, generator))(folder, generator)

    return make


def flipped(content: bytes, generator: np.random.Generator) -> bytes:
    changed = bytearray(content)
    for place in generator.integers(len(changed), size=1 + int(generator.integers(4))):
        changed[place] ^= 1 << int(generator.integers(8))
    return bytes(changed)


def flipped_directory(content: bytes, generator: np.random.Generator) -> bytes:
    place = content.index(CENTRAL)
    return content[:place] + flipped(content[place:], generator)


def truncated(content: bytes, generator: np.random.Generator) -> bytes:
    return content[: int(generator.integers(len(content)))]


def cases() -> Iterator[Case]:
    for name, content in _sound():
        yield Case("archives: sound", name, given(content), True)
    for name, content, culprit in _hostile():
        yield Case(KIND, name, given(content), False, culprit)
    yield Case(KIND, "all encrypted", _password, False, "password")
    for name, content in _no_archive():
        yield Case("archives: none", name, given(content), False, "originals.zip")
    for number in range(40):
        yield Case("archives: flipped bits", f"{number}", _damaged(flipped), None)
        kind = "archives: flipped bits of the directory"
        yield Case(kind, f"{number}", _damaged(flipped_directory), None)
        yield Case("archives: truncated", f"{number}", _damaged(truncated), False, "originals.zip")
