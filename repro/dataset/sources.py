"""The originals as the user gave them: found quickly, opened only when the set must be made."""

from __future__ import annotations

import errno
import hashlib
import stat
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path

from repro.dataset import archives, layouts
from repro.dataset.archives import Reader
from repro.dataset.decoding import read, refusing
from repro.dataset.layouts import Candidate, Layout
from repro.errors import DatasetError


@dataclass(frozen=True)
class Source:
    """The originals.

    Args:
        path: as the user gave it.
        place: the pictures found in folders, or the archive to open.
        stamp: changes whenever the originals do.
    """

    path: Path
    place: Layout | Path
    stamp: str

    def opened(self, scratch: Path) -> AbstractContextManager[tuple[Layout, Reader]]:
        """Gives the pictures and the function that reads one, see :func:`archives.opened`."""
        if isinstance(self.place, Layout):
            return nullcontext((self.place, _read))
        return archives.opened(self.place, scratch)


def find(originals: Path) -> Source:
    """Finds the pictures in a folder or archive.

    Raises:
        DatasetError: there is nothing there, or nothing in a known layout.
    """
    try:
        place = layouts.in_folder(originals) if originals.is_dir() else originals
        if isinstance(place, Layout):
            files = sorted(place.candidates.values(), key=lambda candidate: candidate.name)
            lines = [f"{place.where.resolve()}"]
            lines += [f"{file.name}\0{_stamp(file)}" for file in files]
        else:
            state = place.stat()
            if not stat.S_ISREG(state.st_mode):  # opening a pipe would never end
                raise OSError(errno.EINVAL, "no regular file", str(place))
            lines = [f"{place.resolve()}\0{state.st_size}\0{state.st_mtime_ns}"]
    except (OSError, RuntimeError) as error:  # RuntimeError: links in a loop, before Python 3.13
        found = getattr(error, "strerror", None) or str(error)
        raise DatasetError(
            originals, found=found, expected=layouts.EXPECTED, remedy=layouts.REMEDY
        ) from error
    stamp = hashlib.sha256("\n".join(lines).encode("utf-8", "surrogateescape")).hexdigest()
    return Source(originals, place, stamp)


def _stamp(candidate: Candidate) -> str:
    assert candidate.path is not None
    try:
        state = candidate.path.stat()
    except OSError:  # it only matters where the picture is wanted: then reading it complains
        return "unreadable"
    return f"{state.st_size}\0{state.st_mtime_ns}"


def _read(candidate: Candidate) -> bytes:
    assert candidate.path is not None
    with refusing(candidate.path, "Copy it again from where you got it."):
        return read(candidate.path)
