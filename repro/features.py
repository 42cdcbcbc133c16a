"""The frozen base as a function of pictures, and its feature maps on disk.

A base that does not train is applied, not fitted: pictures go through it in large batches and
without gradients, and the feature maps are kept for every classifier that wants them.
"""

from __future__ import annotations

import hashlib
import json
import logging
import math
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Protocol

import numpy as np
from filelock import FileLock
from numpy.typing import NDArray

from repro import settings
from repro.progress import Progress

if TYPE_CHECKING:
    from repro._keras import Precision

logger = logging.getLogger(__name__)

#: Pictures a batch. Every batch has this size (the last is filled up), so that a picture's feature
#: map does not depend on how many others there are.
BATCH = 100
#: Seconds between two notes of how far an extraction is.
SAVE_EVERY = 10.0
_FORMAT = 1


class Extractor(Protocol):
    """A frozen base: pictures uint8 (n, height, width, 3) → feature maps float32."""

    @property
    def feature_map(self) -> tuple[int, ...]:
        """Shape of one feature map, (height, width, channels)."""

    def __call__(self, pictures: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Returns the pictures' feature maps, (n, height, width, channels)."""


def choose_precision(wanted: str = "auto") -> Precision:
    """Returns the precision for the base: bfloat16 where the hardware computes in it, else float32.

    Args:
        wanted: "float32", "bfloat16" or "auto".
    """
    if wanted == "float32" or wanted == "bfloat16":
        return wanted  # type: ignore[return-value]
    from repro import _keras

    if _keras.accelerator() is not None:
        return "bfloat16"
    return "bfloat16" if _processor_has_bfloat16() else "float32"


def _processor_has_bfloat16() -> bool:
    try:
        flags = Path("/proc/cpuinfo").read_text(encoding="ascii", errors="replace")
    except OSError:
        return False
    return "amx_bf16" in flags or "avx512_bf16" in flags


def extractor(base: Any, preprocessing: str = "rescale", *, batch: int = BATCH) -> Extractor:
    """Turns a base into a function from pictures to feature maps.

    Args:
        base: what :func:`repro.model.conv_base` returned.
        preprocessing: the recipe's, see :func:`repro.model.from_pixels`.
        batch: pictures a call into the backend.
    """
    from repro import model

    network = model.from_pixels(base, preprocessing)
    network.compile()
    return applied(network, batch=batch)


def applied(network: Any, *, batch: int = BATCH) -> Extractor:
    """Turns a compiled model into a function that applies it in batches of one size.

    Args:
        network: uint8 pictures (n, height, width, 3) → float (n, …).
        batch: pictures a call into the backend.
    """
    return _Applied(network, batch, tuple(network.outputs[0].shape[1:]))


@dataclass(frozen=True)
class _Applied:
    network: Any
    batch: int
    feature_map: tuple[int, ...]

    def __call__(self, pictures: NDArray[np.uint8]) -> NDArray[np.float32]:
        values = np.empty((len(pictures), *self.feature_map), np.float32)
        for start in range(0, len(pictures), self.batch):
            part = np.asarray(pictures[start : start + self.batch])
            filler = np.zeros((self.batch - len(part), *part.shape[1:]), np.uint8)
            filled = np.concatenate([part, filler]) if len(filler) else part
            values[start : start + len(part)] = self.network.predict_on_batch(filled)[: len(part)]
        return values


@dataclass(frozen=True)
class FeatureKey:
    """What a feature map depends on; two equal keys may share a file.

    Args:
        pictures: digest of the pictures' pixels.
        weights: digest of the base's tensors.
        base: name of the base.
        preprocessing: the recipe's.
        precision: of the base's computation.
        software: versions of Keras and its backend, and the device.
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
    cache: Path | None = None,
    title: str = "features",
) -> NDArray[np.float32]:
    """Returns the feature maps of pictures, from disk where they are whole, else computed.

    An interrupted extraction goes on at the batch where it was. A file whose checksum is wrong is
    made again.

    Args:
        extract_pictures: what :func:`extractor` returned.
        pictures: uint8 (n, height, width, 3).
        key: what the feature maps depend on.
        shape: of one feature map, (height, width, channels).
        cache: folder of the files; by default ``features`` under ``REPRO_HOME``.
        title: what the progress line calls it.

    Returns:
        float32 (n, *shape), a read-only memory map.
    """
    folder = cache if cache is not None else settings.home() / "features"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{key.digest()}.npy"
    with FileLock(folder / f".{path.stem}.lock"):
        kept = _read_kept(path, (len(pictures), *shape))
        if kept is not None:
            logger.info("%s: reusing %d feature maps", title, len(pictures))
            return kept
        _compute(extract_pictures, pictures, path, shape, title)
    return np.load(path, mmap_mode="r", allow_pickle=False)  # type: ignore[no-any-return]


def seconds_taken(key: FeatureKey, *, cache: Path | None = None) -> float | None:
    """Returns how long :func:`extract` computed for a key, s; None where that is not known."""
    folder = cache if cache is not None else settings.home() / "features"
    try:
        return float((folder / f"{key.digest()}.seconds").read_text(encoding="ascii"))
    except (OSError, ValueError):
        return None


def forget(key: FeatureKey, *, cache: Path | None = None) -> None:
    """Removes the feature maps that :func:`extract` keeps under a key, if there are any."""
    folder = cache if cache is not None else settings.home() / "features"
    for path in folder.glob(f"{key.digest()}.*"):
        path.unlink(missing_ok=True)


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
        logger.warning("%s does not hold what was written; making the feature maps again", path)
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
    whole = (len(pictures), *shape)
    head = _header(whole)
    done = _finished(partial, done_file, head, whole)
    started = saved = time.monotonic()
    # Written and not mapped: on a full disk, a page of a map that has no room ends the process.
    with partial.open("r+b" if done else "wb") as stream:
        stream.write(head)
        stream.seek(len(head) + done * _row_bytes(whole))
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
    # What the whole would have taken, where a part was there already.
    seconds = (time.monotonic() - started) * len(pictures) / max(len(pictures) - done, 1)
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


def _row_bytes(shape: tuple[int, ...]) -> int:
    return 4 * math.prod(shape[1:])


def _finished(partial: Path, done_file: Path, head: bytes, shape: tuple[int, ...]) -> int:
    """Returns how many pictures' feature maps an interrupted extraction has left, whole batches."""
    try:
        done = int(done_file.read_text(encoding="ascii"))
        with partial.open("rb") as stream:
            size = os.fstat(stream.fileno()).st_size
            if stream.read(len(head)) == head and 0 < done <= shape[0]:
                done -= done % BATCH
                return done if size >= len(head) + done * _row_bytes(shape) else 0
    except (OSError, ValueError):
        pass
    done_file.unlink(missing_ok=True)
    return 0
