"""Making the small set: the chapter's 4,000 copies, done atomically and only once."""

from __future__ import annotations

import contextlib
import hashlib
import logging
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Literal

from filelock import FileLock

from repro import settings
from repro.chapter import CLASSES, FOLDS, Fold, Numbering
from repro.dataset import matching, naming, sources
from repro.dataset import split as splits
from repro.dataset.archives import Reader
from repro.dataset.layouts import REMEDY, Candidate, Layout
from repro.dataset.sources import Source
from repro.dataset.split import MANIFEST, Entries, Manifest, Split
from repro.dataset.verification import verify
from repro.errors import DatasetError, check_known
from repro.record import write_text

Link = Literal["hard", "copy"]

_log = logging.getLogger(__name__)


def prepare(
    originals: Path,
    destination: Path | None = None,
    *,
    numbering: Numbering = "r",
    link: Link = "hard",
    split: Mapping[Fold, range] | None = None,
    genuine: bool = True,
) -> Split:
    """Makes the small set out of the originals, or finds it already made.

    The originals are only read. An interrupted call leaves nothing that looks finished. A second
    call returns at once, and calls at the same time wait for each other.

    Args:
        originals: a folder or archive in one of the layouts that ``docs/data.md`` lists.
        destination: the folder to make; by default one in the project's cache.
        numbering: "r" counts the chapter's pictures from 1, "python" from 0.
        link: "hard" links the files where the file system can, "copy" copies them.
        split: other picture numbers than the chapter's, for smaller sets.
        genuine: verifies the set before it is complete, and matches a copy with other numbers.

    Raises:
        DatasetError: pictures are missing, broken or impostors, or the destination holds
            something else. The message names them.
        OptionError: an option is out of range.
    """
    ranges = naming.ranges_of(numbering, split)
    check_known("link", link, ("hard", "copy"))
    source = sources.find(Path(originals).expanduser())
    if destination is None:
        options = (source.path.resolve(), numbering, ranges, link, genuine)
        text = "\0".join(map(str, options)).encode("utf-8", "surrogateescape")
        destination = settings.home() / "split" / hashlib.sha256(text).hexdigest()[:16]
    made = Split(Path(destination).expanduser().absolute(), numbering, ranges)
    if not _is_current(made, source.stamp, genuine, link):
        with _locked(made.root):
            if not _is_current(made, source.stamp, genuine, link):  # another process was faster
                _replace(made, source, link, genuine)
    return made


def _is_current(made: Split, stamp: str, genuine: bool, link: Link) -> bool:
    manifest = splits.read_manifest(made.root)
    return (
        manifest is not None
        and (manifest.source, manifest.numbering) == (stamp, made.numbering)
        and (manifest.genuine or not genuine)
        and (manifest.link == "copy" or link == "hard")
        and splits.unchanged(made, manifest)
    )


@contextlib.contextmanager
def _locked(root: Path) -> Iterator[None]:
    try:
        with FileLock(root.parent / f".{root.name}.lock"):
            yield
    except OSError as error:
        found = f"a place that can't be written ({error.strerror or error})"
        remedy = f"Make room or give another folder; {settings.HOME} moves the default one."
        expected = "room for the small set"
        raise DatasetError(root, found=found, expected=expected, remedy=remedy) from error


def _replace(made: Split, source: Source, link: Link, genuine: bool) -> None:
    """Builds the set beside its place and moves it there in one step."""
    root = made.root
    _check_replaceable(root)
    prefix = f".{root.name}.partial-"
    for left in root.parent.glob(f"{prefix}*"):  # of a killed process: the lock is ours
        shutil.rmtree(left, ignore_errors=True)
    with tempfile.TemporaryDirectory(dir=root.parent, prefix=prefix) as scratch:
        unplaced = Split(Path(scratch) / "split", made.numbering, made.ranges)
        unplaced.root.mkdir()
        with source.opened(Path(scratch)) as (layout, read):
            entries = fill(unplaced, _choose(made, source, layout, read, genuine), read, link)
        if genuine:
            verify(unplaced, subject=source.path)
        write_manifest(unplaced, source.stamp, genuine, link, entries)
        if root.exists():
            shutil.rmtree(root)
        unplaced.root.replace(root)


def _check_replaceable(root: Path) -> None:
    """Refuses a destination with anything that this module hasn't made."""
    expected, remedy = "a new folder", "Give another destination."
    if root.is_symlink() or (root.exists() and not root.is_dir()):
        raise DatasetError(root, found="no folder", expected=expected, remedy=remedy)
    if not root.exists() or not any(root.iterdir()):
        return
    manifest = splits.read_manifest(root)
    ours = set() if manifest is None else {MANIFEST, *manifest.pictures}
    files = (path for path in root.rglob("*") if path.is_symlink() or not path.is_dir())
    present = {path.relative_to(root).as_posix() for path in files}
    foreign = sorted(present - ours)
    if manifest is None or foreign:
        found = f"a folder with other files ({', '.join(foreign[:5])})"
        raise DatasetError(root, found=found, expected=expected, remedy=remedy)


def _choose(
    made: Split, source: Source, layout: Layout, read: Reader, genuine: bool
) -> dict[naming.Key, Candidate]:
    wanted = {key for fold in FOLDS for key in made.keys(fold)}
    if layout.numbers == "microsoft" and genuine:
        return matching.match(layout, read, wanted)
    if missing := wanted - layout.candidates.keys():
        found = f"{len(wanted) - len(missing)} of {len(wanted)} pictures"
        found += f"; missing: {naming.list_names(missing)}"
        # Microsoft's copy is known by its pictures, and the table has the R edition's alone.
        kaggles = 'Give Kaggle\'s own archive or folder, or choose the numbering "r".'
        remedy = REMEDY if made.numbering == "r" else kaggles
        raise DatasetError(source.path, found=found, expected="all of them", remedy=remedy)
    return {key: layout.candidates[key] for key in wanted}


def fill(made: Split, chosen: Mapping[naming.Key, Candidate], read: Reader, link: Link) -> Entries:
    """Writes a set's pictures, as chosen, into an empty folder; returns the manifest's entries."""
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


def write_manifest(made: Split, source: str, genuine: bool, link: Link, entries: Entries) -> None:
    """Writes the manifest; once the folder is in its place, the set is complete."""
    manifest = Manifest(
        numbering=made.numbering,
        ranges={fold: (r.start, r.stop, r.step) for fold, r in made.ranges.items()},
        source=source,
        genuine=genuine,
        link=link,
        pictures=entries,
    )
    write_text(manifest.model_dump_json(indent=1), made.root / MANIFEST)
