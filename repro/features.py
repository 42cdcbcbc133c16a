"""A frozen base's feature maps on disk, kept for every classifier that needs them."""

from __future__ import annotations

import hashlib
import json
import logging
import math
import os
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

import numpy as np
from filelock import FileLock
from numpy.typing import NDArray

from repro import settings
from repro.engines import BATCH
from repro.progress import Progress

logger = logging.getLogger(__name__)

#: Seconds between two notes of how far an extraction is.
SAVE_EVERY = 10.0
_FORMAT = 1


@dataclass(frozen=True)
class FeatureKey:
    """What a feature map depends on; two equal keys may share a file.

    Args:
        pictures: digest of the pictures' pixels.
        weights: digest of the base's tensors.
        base: name of the base, or of the layer that it ends at.
        preprocessing: the recipe's.
        precision: of the base's computation.
        software: what computes: the engine, versions, the device.
    """

    pictures: str
    weights: str
    base: str
    preprocessing: str
    precision: str
    software: str

    def digest(self) -> str:
        """Returns the key's SHA-256, the name of its file."""
        text = json.dumps([_FORMAT, *vars(self).values()])
        return hashlib.sha256(text.encode()).hexdigest()


def digest_pictures(pictures: NDArray[np.uint8]) -> str:
    """Returns the SHA-256 of pictures (n, height, width, 3): their shape and pixels."""
    digest = hashlib.sha256(repr(pictures.shape).encode())
    digest.update(np.ascontiguousarray(pictures).data)
    return digest.hexdigest()


def extract(
    extract_pictures: Callable[[NDArray[np.uint8]], NDArray[np.float32]],
    pictures: NDArray[np.uint8],
    key: FeatureKey,
    *,
    shape: tuple[int, ...],
    title: str = "features",
) -> NDArray[np.float32]:
    """Returns the feature maps of pictures: from disk if they are whole, otherwise computed.

    They are a read-only memory map. An interrupted extraction resumes at the batch where it
    stopped. A file whose checksum is wrong is made again.

    Args:
        extract_pictures: the frozen base, see :class:`repro.engines.Extractor`.
        pictures: uint8 (n, height, width, 3).
        key: what the feature maps depend on.
        shape: of one feature map, (height, width, channels).
        title: what the progress line calls it.
    """
    path = _path(key)
    with FileLock(path.parent / f".{path.stem}.lock"):
        kept = _read_kept(path, (len(pictures), *shape))
        if kept is not None:
            logger.info("%s: reusing %d feature maps", title, len(pictures))
            return kept
        _compute(extract_pictures, pictures, path, shape, title)
    return np.load(path, mmap_mode="r", allow_pickle=False)  # type: ignore[no-any-return]


def seconds_taken(key: FeatureKey) -> float | None:
    """Returns how long :func:`extract` computed for a key, in s; None if that is not known."""
    try:
        return float(_path(key).with_suffix(".seconds").read_text(encoding="ascii"))
    except (OSError, ValueError):
        return None


def forget(key: FeatureKey) -> None:
    """Removes the feature maps that :func:`extract` keeps under a key, if there are any."""
    for path in _path(key).parent.glob(f"{key.digest()}.*"):
        path.unlink(missing_ok=True)


def _path(key: FeatureKey) -> Path:
    return settings.home() / "features" / f"{key.digest()}.npy"


def _read_kept(path: Path, shape: tuple[int, ...]) -> NDArray[np.float32] | None:
    if not path.exists():
        return None
    try:
        kept = np.load(path, mmap_mode="r", allow_pickle=False)
        checksum = path.with_suffix(".sha256").read_text(encoding="ascii").strip()
    except Exception as error:  # a damaged header can be anything to NumPy's parser
        logger.warning("%s: %s; making the feature maps again", path, error)
        return None
    if kept.shape != shape or kept.dtype != np.float32 or _checksum(kept) != checksum:
        logger.warning("%s is not what was written; making the feature maps again", path)
        return None
    return kept  # type: ignore[no-any-return]


def _checksum(features: NDArray[np.float32]) -> str:
    return hashlib.sha256(np.ascontiguousarray(features).data).hexdigest()


def _compute(
    extract_pictures: Callable[[NDArray[np.uint8]], NDArray[np.float32]],
    pictures: NDArray[np.uint8],
    path: Path,
    shape: tuple[int, ...],
    title: str,
) -> None:
    partial, done_file = path.with_suffix(".partial"), path.with_suffix(".done")
    head, row_bytes = _header((len(pictures), *shape)), 4 * math.prod(shape)
    done = _finished(partial, done_file, head, row_bytes)
    started = saved = time.monotonic()
    # Written and not mapped: on a full disk, a page of a map that has no room ends the process.
    with partial.open("r+b" if done else "wb") as stream:
        stream.write(head)
        stream.seek(len(head) + done * row_bytes)
        with Progress(title, len(pictures), "pictures", done=done) as progress:
            for start in range(done, len(pictures), BATCH):
                part = np.asarray(pictures[start : start + BATCH])
                stream.write(np.ascontiguousarray(extract_pictures(part), "<f4").data)
                progress.advance(len(part))
                if time.monotonic() - saved > SAVE_EVERY:
                    _sync(stream)
                    done_file.write_text(str(start + len(part)), encoding="ascii")
                    saved = time.monotonic()
        _sync(stream)
    if done < len(pictures):  # what the whole would have taken, where a part was there already
        seconds = (time.monotonic() - started) * len(pictures) / (len(pictures) - done)
        path.with_suffix(".seconds").write_text(f"{seconds:.6g}", encoding="ascii")
    features = np.load(partial, mmap_mode="r", allow_pickle=False)
    path.with_suffix(".sha256").write_text(_checksum(features), encoding="ascii")
    partial.replace(path)
    done_file.unlink(missing_ok=True)


def _sync(stream: BinaryIO) -> None:
    stream.flush()
    os.fsync(stream.fileno())


def _header(shape: tuple[int, ...]) -> bytes:
    stream = BytesIO()
    header = {"descr": "<f4", "fortran_order": False, "shape": shape}
    np.lib.format.write_array_header_1_0(stream, header)
    return stream.getvalue()


def _finished(partial: Path, done_file: Path, head: bytes, row_bytes: int) -> int:
    """Returns how many pictures' feature maps an interrupted extraction has left, whole batches."""
    with suppress(OSError, ValueError):
        done = int(done_file.read_text(encoding="ascii")) // BATCH * BATCH
        with partial.open("rb") as stream:
            size = os.fstat(stream.fileno()).st_size
            if stream.read(len(head)) == head and size >= len(head) + done * row_bytes:
                return max(done, 0)
    done_file.unlink(missing_ok=True)
    return 0
