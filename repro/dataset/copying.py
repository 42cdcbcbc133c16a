"""Writing the small set's files: links or copies, and the manifest that makes them complete."""

from __future__ import annotations

import hashlib
import logging
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from repro.chapter import CLASSES, FOLDS
from repro.dataset.archives import Reader
from repro.dataset.layouts import Candidate
from repro.dataset.naming import Key
from repro.dataset.split import MANIFEST, Entries, Manifest, Split
from repro.record import write_text

Link = Literal["hard", "copy"]

_log = logging.getLogger(__name__)


def fill(made: Split, chosen: Mapping[Key, Candidate], read: Reader, link: Link) -> Entries:
    """Writes a set's pictures into an empty folder; returns the manifest's entries.

    Args:
        made: the set to write.
        chosen: the file for each of its pictures.
        read: returns a file's bytes.
        link: "hard" links where the file system can.
    """
    entries: Entries = {}
    copied = 0
    for fold in FOLDS:
        for class_name in CLASSES:
            made.folder(fold, class_name).mkdir(parents=True)
        for key, target in zip(made.keys(fold), made.paths(fold), strict=True):
            content = read(chosen[key])
            copied += not _place(content, chosen[key].path, target, link)
            state = target.stat()
            entry = (state.st_size, state.st_mtime_ns, hashlib.sha256(content).hexdigest())
            entries[target.relative_to(made.root).as_posix()] = entry
    if link == "hard" and copied:
        _log.info("copied %d pictures that can't be hard-linked from their folder", copied)
    return entries


def _place(content: bytes, path: Path | None, target: Path, link: Link) -> bool:
    """Makes ``target``; returns whether it is a hard link."""
    if link == "hard" and path is not None:
        try:
            os.link(path.resolve(), target)  # os.link itself would link a symbolic link
            return True
        except OSError:  # another file system, or one without hard links
            pass
    with target.open("xb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())
    return False


def write_manifest(made: Split, source: str, genuine: bool, entries: Entries) -> None:
    """Writes the manifest; once the folder is in its place, the set is complete."""
    manifest = Manifest(
        numbering=made.numbering,
        ranges={fold: (r.start, r.stop, r.step) for fold, r in made.ranges.items()},
        source=source,
        genuine=genuine,
        pictures=entries,
    )
    write_text(manifest.model_dump_json(indent=1), made.root / MANIFEST)
