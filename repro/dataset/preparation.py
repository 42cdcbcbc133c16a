"""Making the small set: the chapter's 4,000 copies, done atomically and only once."""

from __future__ import annotations

import contextlib
import hashlib
import json
import logging
import os
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from filelock import FileLock

from repro import settings
from repro.chapter import CLASSES, FOLDS, Fold, Numbering
from repro.dataset import layouts, naming
from repro.dataset import split as splits
from repro.dataset.split import MANIFEST, Manifest, Split
from repro.errors import DatasetError, OptionError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from repro.dataset.layouts import Candidate, Layout

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

    The originals are only read. An interrupted call leaves nothing that looks finished, a second
    call returns at once, calls at the same time wait for each other.

    Args:
        originals: a folder or archive in one of the layouts that ``docs/data.md`` lists.
        destination: the folder to make; by default one in the project's cache.
        numbering: "r" counts the chapter's pictures from 1, "python" from 0.
        link: "hard" links the files where the file system can, "copy" copies them.
        split: other picture numbers than the chapter's, for smaller sets.
        genuine: whether every picture must be the one that Kaggle gave this number.

    Returns:
        The set, complete on disk.

    Raises:
        DatasetError: pictures are missing, broken or impostors, or the destination holds
            something else. The message names them.
        OptionError: an option is out of range.
    """
    ranges = naming.check_ranges(numbering, split)
    if link not in ("hard", "copy"):
        remedy = "Choose one of them."
        raise OptionError("link", found=repr(link), expected="'hard' or 'copy'", remedy=remedy)
    originals = Path(originals).expanduser()
    layout = _find(originals)
    stamp = _stamp(layout, originals)
    if destination is None:
        key = hashlib.sha256(
            f"{originals.resolve()} {numbering} {ranges} {link} {genuine}".encode()
        )
        destination = settings.home() / "split" / key.hexdigest()[:16]
    made = Split(Path(destination).expanduser().absolute(), numbering, ranges)
    if _is_current(made, stamp, genuine):
        return made
    with _locked(made.root):
        if not _is_current(made, stamp, genuine):
            _replace(made, layout, stamp, link, genuine)
    return made


def _find(originals: Path) -> Layout:
    if originals.is_dir():
        found = layouts.in_folder(originals)
        if isinstance(found, layouts.Layout):
            return found
    what = "a file" if originals.exists() else "nothing"
    remedy = layouts.REMEDY
    raise DatasetError(originals, found=what, expected=layouts.EXPECTED, remedy=remedy)


def _stamp(layout: Layout, originals: Path) -> str:
    lines = sorted(f"{c.name}\0{c.bytes}\0{c.stamp}\n" for c in layout.candidates.values())
    text = f"{originals.resolve()}\0{layout.where.resolve()}\n" + "".join(lines)
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()


def _is_current(made: Split, stamp: str, genuine: bool) -> bool:
    manifest = splits.read_manifest(made.root)
    return (
        manifest is not None
        and (manifest.source, manifest.numbering) == (stamp, made.numbering)
        and (manifest.genuine or not genuine)
        and splits.unchanged(made, manifest)
    )


@contextlib.contextmanager
def _locked(root: Path) -> Iterator[None]:
    try:
        root.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(root.parent / f".{root.name}.lock"):
            yield
    except OSError as error:
        found = f"a place that can't be written ({error.strerror or error})"
        remedy = f"Make room or give another folder; {settings.HOME} moves the default one."
        expected = "room for the small set"
        raise DatasetError(root, found=found, expected=expected, remedy=remedy) from error


def _replace(made: Split, layout: Layout, stamp: str, link: Link, genuine: bool) -> None:
    """Builds the set beside its place and moves it there in one step."""
    root = made.root
    _check_replaceable(root)
    for left in root.parent.glob(
        f".{root.name}.partial-*"
    ):  # of a killed process: we hold the lock
        shutil.rmtree(left, ignore_errors=True)
    building = Path(tempfile.mkdtemp(dir=root.parent, prefix=f".{root.name}.partial-"))
    building.chmod(0o755)
    try:
        unplaced = Split(building, made.numbering, made.ranges)
        pictures = _fill(unplaced, layout, link)
        _write_manifest(unplaced, stamp, genuine, pictures)
        if root.exists():
            shutil.rmtree(root)
        building.replace(root)
        _sync_folder(root.parent)
    finally:
        shutil.rmtree(building, ignore_errors=True)


def _check_replaceable(root: Path) -> None:
    """Refuses a destination with anything that this module hasn't made."""
    remedy = "Give another destination or remove it yourself."
    if root.is_symlink() or (root.exists() and not root.is_dir()):
        raise DatasetError(root, found="no folder", expected="a new folder", remedy=remedy)
    if not root.exists() or not any(root.iterdir()):
        return
    manifest = splits.read_manifest(root)
    ours = {MANIFEST} if manifest is None else {MANIFEST, *manifest.pictures}
    present = {p.relative_to(root).as_posix() for p in root.rglob("*") if not p.is_dir()}
    foreign = sorted(present - ours)
    if manifest is None or foreign:
        found = f"a folder with other files ({', '.join(foreign[:5])})"
        raise DatasetError(root, found=found, expected="a new folder", remedy=remedy)


def _fill(made: Split, layout: Layout, link: Link) -> dict[str, tuple[int, int, str]]:
    wanted = {key for fold in FOLDS for key in made.keys(fold)}
    missing = wanted - layout.candidates.keys()
    if missing:
        found = f"{len(wanted) - len(missing)} of {len(wanted)} pictures"
        remedy = f"Missing: {naming.list_names(missing)}. {layouts.REMEDY}"
        expected = "all of them"
        raise DatasetError(layout.where, found=found, expected=expected, remedy=remedy)
    pictures: dict[str, tuple[int, int, str]] = {}
    copied = 0
    for fold in FOLDS:
        for class_name in CLASSES:
            made.folder(fold, class_name).mkdir(parents=True)
        for key, target in zip(made.keys(fold), made.paths(fold), strict=True):
            content = _read(layout.candidates[key])
            copied += not _place(content, layout.candidates[key].path, target, link)
            state = target.stat()
            entry = (state.st_size, state.st_mtime_ns, hashlib.sha256(content).hexdigest())
            pictures[target.relative_to(made.root).as_posix()] = entry
        for class_name in CLASSES:
            _sync_folder(made.folder(fold, class_name))
    if link == "hard" and copied:
        _log.info("copied %d pictures: hard links don't reach from %s", copied, layout.where)
    return pictures


def _read(candidate: Candidate) -> bytes:
    expected, remedy = "a picture", "Repair it from the source you have it from."
    if candidate.path is None or candidate.bytes == layouts.UNREADABLE:
        raise DatasetError(candidate.path, found="no file", expected=expected, remedy=remedy)
    try:
        return candidate.path.read_bytes()
    except OSError as error:
        found = error.strerror or "an unreadable file"
        raise DatasetError(candidate.path, found=found, expected=expected, remedy=remedy) from error


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


def _write_manifest(
    made: Split, stamp: str, genuine: bool, pictures: dict[str, tuple[int, int, str]]
) -> None:
    ranges = {fold: (r.start, r.stop, r.step) for fold, r in made.ranges.items()}
    manifest = Manifest(
        schema_name="repro.split",
        version=1,
        numbering=made.numbering,
        ranges=ranges,
        source=stamp,
        genuine=genuine,
        pictures=pictures,
    )
    with (made.root / MANIFEST).open("x", encoding="utf-8") as stream:
        json.dump(manifest.model_dump(mode="json"), stream, indent=0)
        stream.flush()
        os.fsync(stream.fileno())
    _sync_folder(made.root)


def _sync_folder(folder: Path) -> None:
    with contextlib.suppress(OSError):  # not every platform opens folders
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
