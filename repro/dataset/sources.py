"""The originals as the user gave them: found quickly, opened only when the set must be made."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import stat
from dataclasses import dataclass
from typing import TYPE_CHECKING

from repro.dataset import archives, layouts
from repro.dataset.decoding import UndecodableError, read_bounded
from repro.dataset.layouts import Candidate, Layout
from repro.errors import DatasetError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from repro.dataset.archives import Reader


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

    @contextlib.contextmanager
    def opened(self, scratch: Path) -> Iterator[tuple[Layout, Reader]]:
        """Gives the pictures and the function that reads one, see :func:`archives.opened`."""
        if isinstance(self.place, Layout):
            yield self.place, _read
        else:
            with archives.opened(self.place, scratch) as contents:
                yield contents


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
            lines += [f"{file.name}\0{file.bytes}\0{file.stamp}" for file in files]
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


def _read(candidate: Candidate) -> bytes:
    path = candidate.path
    try:
        if path is None or candidate.bytes == layouts.UNREADABLE:
            raise UndecodableError("no file")
        return read_bounded(path)
    except (OSError, UndecodableError) as error:
        found = getattr(error, "strerror", None) or str(error)
        remedy = "Repair it from the source you have it from."
        raise DatasetError(path, found=found, expected="a picture", remedy=remedy) from error
