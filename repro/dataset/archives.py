"""Reading zip archives of unknown origin: nothing is unpacked under the names that they carry.

Pictures are read one by one, in bounds, and written under the project's own names. An archive that
tries to reach outside, hides links or promises absurd sizes is refused as a whole.
"""

from __future__ import annotations

import contextlib
import re
import stat
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path, PurePosixPath
from typing import NoReturn

from repro.dataset.decoding import LARGEST_BYTES
from repro.dataset.layouts import ARCHIVES, EXPECTED, REMEDY, Candidate, Layout, collect
from repro.errors import DatasetError

Reader = Callable[[Candidate], bytes]

#: Kaggle's archives have 25,000 and 12,500 members, Microsoft's 25,000.
MOST_MEMBERS = 200_000
#: The whole of Kaggle's set takes less than a gigabyte.
LARGEST_NESTED = 4 * 2**30
#: JPEG files hardly shrink: what shrinks a hundredfold is a bomb.
LARGEST_RATIO = 100
#: ``dogs-vs-cats.zip`` holds ``train.zip``; nothing goes deeper.
DEEPEST = 2

_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
#: What zipfile lets through on damaged archives.
_DAMAGES = (
    OSError,
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    IndexError,
    OverflowError,
    RuntimeError,
    ValueError,
)


@contextlib.contextmanager
def opened(
    path: Path, scratch: Path, depth: int = 1, given: Path | None = None
) -> Iterator[tuple[Layout, Reader]]:
    """Opens an archive, or the one inside it: yields the pictures and what reads one.

    Args:
        path: the zip file.
        scratch: an empty folder on a disk with room for the nested archive.
        depth: how many archives deep this is.
        given: the outermost archive, which errors name; None where that is ``path``.

    Raises:
        DatasetError: no zip, encrypted, hostile, damaged, or without the pictures.
    """
    given = given or path
    with contextlib.ExitStack() as stack:
        with _readable(given, "archive"):
            archive = stack.enter_context(zipfile.ZipFile(path))
            members = _members(given, archive)
        layout = _layout(given, members)
        if layout is None:
            inner = scratch / f"{depth}.zip"
            _unpack(given, archive, _nested(given, members, depth), inner)
            yield stack.enter_context(opened(inner, scratch, depth + 1, given))
        else:
            names = {info.filename: info for info in members.values()}
            yield layout, lambda candidate: _read(given, archive, names[candidate.name])


def _refuse(path: Path, found: str, expected: str, remedy: str = REMEDY) -> NoReturn:
    raise DatasetError(path, found=found, expected=expected, remedy=remedy)


@contextlib.contextmanager
def _readable(path: Path, what: str) -> Iterator[None]:
    try:
        yield
    except _DAMAGES as error:
        found = f"a damaged or unreadable {what} ({error})"
        _refuse(path, found, "a whole zip archive", f"Get the archive again. {REMEDY}")


def _members(path: Path, archive: zipfile.ZipFile) -> dict[PurePosixPath, zipfile.ZipInfo]:
    members = archive.infolist()
    if len(members) > MOST_MEMBERS:
        _refuse(path, f"{len(members)} members", f"at most {MOST_MEMBERS}")
    for info in members:
        if info.flag_bits & 0x1:
            remedy = "Unpack it with its password and give the folder."
            _refuse(path, f"an encrypted member, {info.filename!r}", "an open archive", remedy)
        if stat.S_ISLNK(info.external_attr >> 16):
            _refuse(path, f"a symbolic link, {info.filename!r}", "files only")
    return {_member_path(path, info): info for info in members if not info.is_dir()}


def _member_path(path: Path, info: zipfile.ZipInfo) -> PurePosixPath:
    inside = PurePosixPath(info.filename.replace("\\", "/"))  # some Windows tools write backslashes
    if inside.is_absolute() or ".." in inside.parts or re.match(r"[A-Za-z]:", str(inside)):
        _refuse(path, f"a member that reaches outside, {info.filename!r}", "names inside")
    return inside


def _layout(path: Path, members: dict[PurePosixPath, zipfile.ZipInfo]) -> Layout | None:
    files = [(inside, info.filename, None) for inside, info in members.items()]
    layouts = collect("kaggle", path, files), collect("microsoft", path, files)
    return next((layout for layout in layouts if layout.candidates), None)


def _nested(
    path: Path, members: dict[PurePosixPath, zipfile.ZipInfo], depth: int
) -> zipfile.ZipInfo:
    by_name = {inside.name: info for inside, info in members.items()}
    for name in ARCHIVES:
        if name in by_name and depth < DEEPEST:
            return by_name[name]
    _refuse(path, "an archive without such pictures", EXPECTED)


def _check_size(path: Path, info: zipfile.ZipInfo, largest: int) -> None:
    ratio = info.file_size / max(info.compress_size, 1)
    if info.file_size > largest or (info.file_size > 2**20 and ratio > LARGEST_RATIO):
        found = f"{info.filename!r} of {info.file_size} bytes packed into {info.compress_size}"
        _refuse(path, found, f"at most {largest} bytes and {LARGEST_RATIO}:1")
    if info.compress_type not in _METHODS:
        found = f"{info.filename!r} with compression method {info.compress_type}"
        _refuse(path, found, "stored or deflated members")


def _read(path: Path, archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> bytes:
    _check_size(path, info, LARGEST_BYTES)
    with _readable(path, f"member, {info.filename!r}"):
        return archive.read(info)


def _unpack(path: Path, archive: zipfile.ZipFile, info: zipfile.ZipInfo, target: Path) -> None:
    _check_size(path, info, LARGEST_NESTED)
    with target.open("xb") as to:
        for block in _blocks(path, archive, info):
            to.write(block)  # its errors are the disk's, not the archive's


def _blocks(path: Path, archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> Iterator[bytes]:
    with _readable(path, f"member, {info.filename!r}"), archive.open(info) as stream:
        while block := stream.read(2**20):
            yield block
