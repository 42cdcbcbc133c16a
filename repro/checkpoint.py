"""Checkpoints: a run's whole state after an epoch, in one file that is either complete or absent.

A checkpoint is an uncompressed ``.npz`` of arrays and one JSON text. Nothing is unpickled, and the
archive's checksums find damage.
"""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from filelock import FileLock
from numpy.typing import NDArray

from repro.errors import CheckpointError
from repro.record import replacing

logger = logging.getLogger(__name__)

VERSION = 2
#: How many checkpoints of a run are kept: the newest may be damaged.
KEPT = 2
_NAME = re.compile(r"epoch-(\d{5})\.npz")
_META = "meta.json"


@dataclass(frozen=True)
class Checkpoint:
    """A run's state after an epoch.

    Args:
        epoch: number of finished epochs.
        arrays: weights and optimizer state, by name.
        meta: everything else, as plain JSON values.
    """

    epoch: int
    arrays: Mapping[str, NDArray[Any]]
    meta: Mapping[str, Any]


def save(folder: Path, checkpoint: Checkpoint) -> Path:
    """Writes a checkpoint into the run's own folder, atomically; :data:`KEPT` up to it stay."""
    path = folder / f"epoch-{checkpoint.epoch:05d}.npz"
    own = {"version": VERSION, "epoch": checkpoint.epoch, "arrays": sorted(checkpoint.arrays)}
    text = np.frombuffer(json.dumps(own | dict(checkpoint.meta)).encode(), np.uint8)
    with FileLock(folder.parent / f".{folder.name}.lock"):  # another process may be at the same run
        for left in folder.glob(".epoch-*"):  # of a killed process
            left.unlink(missing_ok=True)
        with replacing(path) as stream:
            np.savez(stream, **{_META: text}, **dict(checkpoint.arrays))  # type: ignore[arg-type]
        # Those after it could not be read, or are another process's.
        for old in [one for one in _files(folder) if one.name <= path.name][:-KEPT]:
            old.unlink(missing_ok=True)
    return path


def read(path: Path) -> Checkpoint:
    """Reads a whole checkpoint.

    Raises:
        CheckpointError: the file is damaged, or of another version.
    """
    # What reading a damaged archive raises depends on where the damage is: a flipped flag makes a
    # member "encrypted" or "compressed", a changed header of an array is no Python any more.
    try:
        with np.load(path, allow_pickle=False) as archive:
            arrays = {name: archive[name] for name in archive.files}
        meta = json.loads(arrays.pop(_META).tobytes())
        version, epoch, names = (meta.pop(name) for name in ("version", "epoch", "arrays"))
    except Exception as error:
        raise _refusal(path, f"{type(error).__name__}: {error!s:.200}") from error
    if type(version) is not int or version != VERSION:
        raise _refusal(path, f"version {version!r:.80}")
    if type(epoch) is not int or path.name != f"epoch-{epoch:05d}.npz":
        raise _refusal(path, f"the state after epoch {epoch!r:.80}")
    # An archive's directory has no checksum: damage there renames a member, or hides one.
    if sorted(arrays) != names:
        found = f"the arrays {', '.join(sorted(arrays)):.80} in place of {names!s:.80}"
        raise _refusal(path, found)
    return Checkpoint(epoch, arrays, meta)


def _refusal(path: Path, found: str) -> CheckpointError:
    remedy = "Remove it; the run goes on from the one before, or from the start."
    expected = f"a whole checkpoint of version {VERSION}"
    return CheckpointError(path, found=found, expected=expected, remedy=remedy)


def latest(folder: Path) -> Checkpoint | None:
    """Returns the newest whole checkpoint, None if there is none.

    A damaged one is skipped with a warning.
    """
    for path in reversed(_files(folder)):
        try:
            return read(path)
        except CheckpointError as error:
            logger.warning("%s", error)
    return None


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.glob("epoch-*") if _NAME.fullmatch(path.name))
