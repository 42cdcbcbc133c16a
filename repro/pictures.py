"""Pictures as one array: decoded and resized once, then memory-mapped.

The semantics are those of Keras's ``load_img(target_size=…, interpolation=…)``: Pillow's conversion
to RGB, then Pillow's resize to the target, without regard to the aspect ratio.
"""

from __future__ import annotations

import hashlib
import json
import zlib
from collections.abc import Iterable, Sequence
from itertools import repeat
from pathlib import Path
from typing import Any

import numpy as np
import PIL
from filelock import FileLock
from numpy.typing import NDArray
from PIL import Image, features

from repro import chapter, settings
from repro.dataset.decoding import UndecodableError, decode, pool, read, refusing
from repro.errors import OptionError, check_known
from repro.recipe import Interpolation
from repro.record import replacing, write_text

#: Raise it whenever the same files and options come to give other bytes.
FORMAT_VERSION = 1
_RESAMPLING = {"nearest": Image.Resampling.NEAREST, "bilinear": Image.Resampling.BILINEAR}
_HEX_SHOWN = 32
_REMEDY = "Replace the file with the original; `repro prepare` makes the small set anew."


def load(
    paths: Sequence[Path],
    *,
    interpolation: Interpolation = "nearest",
    size: tuple[int, int] = chapter.PICTURE_SIZE,
    cache: Path | None = None,
) -> NDArray[np.uint8]:
    """Loads n pictures in the order given, uint8 (n, height, width, 3), RGB, read-only.

    They are decoded once and mapped from a cache, keyed by the files' contents, the options and the
    decoder's version, never by names or times. An entry whose checksum is wrong is made anew.

    Args:
        paths: of the n JPEG files.
        interpolation: of the resize; the chapter's is "nearest".
        size: (height, width) in pixels.
        cache: folder of the decoded arrays; default ``REPRO_HOME/pictures``.

    Raises:
        DatasetError: a file is missing, is no JPEG picture, is damaged or is too large.
        OptionError: the interpolation is unknown, or the cache cannot be written.
    """
    check_known("interpolation", interpolation, _RESAMPLING)
    folder = settings.home() / "pictures" if cache is None else cache
    with pool() as threads:
        digests = list(threads.map(_digest, paths))
        array = folder / f"{_key(digests, interpolation, size)}.npy"
        shape = (len(paths), *size, 3)
        try:
            with FileLock(array.with_suffix(".lock")):
                if not _is_sound(array, shape):
                    rows = threads.map(_decode, paths, digests, repeat(interpolation), repeat(size))
                    _write(array, shape, rows)
                return np.load(array, mmap_mode="r", allow_pickle=False)  # type: ignore[no-any-return]
        except OSError as error:
            raise OptionError(
                folder,
                found=error.strerror or str(error),
                expected="a folder that the decoded pictures can be written to",
                remedy=f"Set {settings.HOME} to a folder with room for them.",
            ) from error


def _digest(path: Path) -> bytes:
    with refusing(path, _REMEDY):
        return hashlib.sha256(read(path)).digest()


def _key(digests: Sequence[bytes], interpolation: str, size: tuple[int, int]) -> str:
    """Returns the cache key. The decoder belongs to it: libjpeg's versions differ in pixels."""
    decoder = (PIL.__version__, features.version("jpg"))
    options = f"{FORMAT_VERSION} {interpolation} {tuple(size)} {decoder}\n"
    return hashlib.sha256(options.encode() + b"".join(digests)).hexdigest()[:_HEX_SHOWN]


def _decode(path: Path, digest: bytes, interpolation: str, size: tuple[int, int]) -> bytes:
    """Returns a picture's height × width × 3 bytes."""
    with refusing(path, _REMEDY):
        content = read(path)
        # A picture that changed since it was hashed must not enter under its old key.
        if hashlib.sha256(content).digest() != digest:
            raise UndecodableError("a file that changed while it was read")
        picture = Image.fromarray(decode(content))
    height, width = size
    return picture.resize((width, height), _RESAMPLING[interpolation]).tobytes()


def _is_sound(array: Path, shape: tuple[int, ...]) -> bool:
    """Tells whether an array is whole: shape, size and checksum are what was written."""
    try:
        noted: Any = json.loads(array.with_suffix(".json").read_text(encoding="utf-8"))
        pixels = np.load(array, mmap_mode="r", allow_pickle=False)
        fits = pixels.shape == shape and pixels.dtype == np.uint8
        return bool(fits and noted["crc32"] == zlib.crc32(pixels.data))
    except Exception:  # a damaged header can be anything to NumPy's parser, or to JSON's
        return False


def _write(array: Path, shape: tuple[int, ...], rows: Iterable[bytes]) -> None:
    """Writes the array, and last, beside it, its checksum (``KEY.json``)."""
    sidecar = array.with_suffix(".json")
    sidecar.unlink(missing_ok=True)
    for left in array.parent.glob(f".{array.name}.*"):  # of a killed process: the lock is ours
        left.unlink(missing_ok=True)
    checksum = 0
    with replacing(array) as stream:
        header = {"descr": "|u1", "fortran_order": False, "shape": shape}
        np.lib.format.write_array_header_1_0(stream, header)
        for row in rows:
            stream.write(row)
            checksum = zlib.crc32(row, checksum)
    write_text(json.dumps({"crc32": checksum, "shape": shape}) + "\n", sidecar)
