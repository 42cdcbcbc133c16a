"""Pictures as one array: decoded and resized once, then memory-mapped.

The semantics are those of Keras's ``load_img(target_size=…, interpolation=…)``: Pillow's conversion
to RGB, then Pillow's resize to the target, without regard to the aspect ratio.
"""

from __future__ import annotations

import hashlib
import json
import os
import zlib
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import PIL
from filelock import FileLock
from PIL import Image, UnidentifiedImageError, features

from repro import chapter, settings
from repro.errors import DatasetError, OptionError
from repro.record import write_text

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any, NoReturn

    from numpy.typing import NDArray

    from repro.recipe import Interpolation

#: Raise it whenever the same files and options come to give other bytes.
FORMAT_VERSION = 1
#: Kaggle's largest picture has 0.8 million pixels and 100 kB. These are bounds against bombs.
LARGEST_PIXELS = 50_000_000
LARGEST_BYTES = 64 * 2**20
_KINDS = ("JPEG", "PNG", "GIF", "BMP")
_RESAMPLING = {"nearest": Image.Resampling.NEAREST, "bilinear": Image.Resampling.BILINEAR}
_EXPECTED = "a picture that decodes fully"
_REMEDY = "Replace the file by the original; `repro prepare` makes the small set anew."
_HEX_SHOWN = 32


def load(
    paths: Sequence[Path],
    *,
    interpolation: Interpolation = "nearest",
    size: tuple[int, int] = chapter.PICTURE_SIZE,
    cache: Path | None = None,
) -> NDArray[np.uint8]:
    """Loads pictures in the order given; decodes them only the first time.

    The cache is keyed by the files' contents, the options and the decoder's version, never by the
    files' names or times. An entry whose checksum does not fit is made anew.

    Args:
        paths: the files of n pictures.
        interpolation: of the resize; the chapter's is "nearest".
        size: (height, width) in pixels.
        cache: folder of the decoded arrays; default ``REPRO_HOME/pictures``.

    Returns:
        uint8 (n, height, width, 3), RGB, read-only, mapped from the cache.

    Raises:
        DatasetError: a file is missing, is no picture, is damaged or is too large.
        OptionError: an option is out of range, or the cache cannot be written.
    """
    _check_options(paths, interpolation, size)
    folder = settings.home() / "pictures" if cache is None else cache
    with ThreadPoolExecutor(_workers()) as pool:
        digests = list(pool.map(_digest, paths))
        entry = _Entry(folder, _key(digests, interpolation, size), (len(paths), *size, 3))
        try:
            folder.mkdir(parents=True, exist_ok=True)
            with FileLock(entry.lock):
                if not entry.is_sound():
                    # A picture that changed since it was hashed must not enter under its old key.
                    rows = pool.map(
                        lambda path, digest: _decode(path, digest, interpolation, size),
                        paths,
                        digests,
                    )
                    entry.write(rows)
                array: NDArray[np.uint8] = np.load(entry.array, mmap_mode="r", allow_pickle=False)
                return array
        except OSError as error:
            raise OptionError(
                folder,
                found=f"{error.strerror or error}",
                expected="a folder that the decoded pictures can be written to",
                remedy=f"Set {settings.HOME} to a folder with room for them.",
            ) from error


def _check_options(paths: Sequence[Path], interpolation: str, size: tuple[int, int]) -> None:
    if not paths:
        _refuse("pictures", "none", expected="at least one picture")
    if interpolation not in _RESAMPLING:
        expected = " or ".join(_RESAMPLING)
        remedy = "Choose one of these."
        raise OptionError("interpolation", found=interpolation, expected=expected, remedy=remedy)
    if len(size) != 2 or min(size) < 1 or size[0] * size[1] > LARGEST_PIXELS:
        expected = f"(height, width), each at least 1 and at most {LARGEST_PIXELS:,} pixels in all"
        remedy = f"The chapter's is {chapter.PICTURE_SIZE}."
        raise OptionError("size", found=str(size), expected=expected, remedy=remedy)


def _workers() -> int:
    """Returns how many threads decode: Pillow lets go of the interpreter's lock while it does."""
    affinity = getattr(os, "sched_getaffinity", None)
    return min(16, len(affinity(0)) if affinity else os.cpu_count() or 1)


def _refuse(subject: object, found: str, *, expected: str = _EXPECTED) -> NoReturn:
    raise DatasetError(subject, found=found, expected=expected, remedy=_REMEDY)


def _read(path: Path) -> bytes:
    try:
        size = path.stat().st_size
        if size > LARGEST_BYTES:
            _refuse(path, f"a file of {size:,} bytes", expected=f"at most {LARGEST_BYTES:,}")
        return path.read_bytes()
    except OSError as error:
        _refuse(path, (error.strerror or "no readable file").lower())


def _digest(path: Path) -> bytes:
    return hashlib.sha256(_read(path)).digest()


def _key(digests: Sequence[bytes], interpolation: str, size: tuple[int, int]) -> str:
    """Returns the cache key. The decoder belongs to it: libjpeg's versions differ in pixels."""
    decoder = (PIL.__version__, features.version("jpg"), features.version("zlib"))
    options = f"{FORMAT_VERSION} {interpolation} {tuple(size)} {decoder}\n"
    return hashlib.sha256(options.encode() + b"".join(digests)).hexdigest()[:_HEX_SHOWN]


def _decode(path: Path, digest: bytes, interpolation: str, size: tuple[int, int]) -> bytes:
    """Returns a picture's height × width × 3 bytes."""
    content = _read(path)
    if hashlib.sha256(content).digest() != digest:
        _refuse(path, "a file that changed while it was read")
    try:
        with Image.open(BytesIO(content), formats=_KINDS) as picture:
            if picture.width * picture.height > LARGEST_PIXELS:
                found = f"{picture.width} × {picture.height} pixels"
                _refuse(path, found, expected=f"at most {LARGEST_PIXELS:,} pixels")
            height, width = size
            rgb = picture.convert("RGB")
            return rgb.resize((width, height), _RESAMPLING[interpolation]).tobytes()
    except UnidentifiedImageError:
        _refuse(path, f"no picture ({len(content):,} bytes, beginning with {content[:8]!r})")
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        _refuse(path, str(error), expected=f"at most {LARGEST_PIXELS:,} pixels")
    except (OSError, SyntaxError, ValueError, EOFError, IndexError) as error:
        _refuse(path, f"a damaged picture ({error})")


@dataclass(frozen=True)
class _Entry:
    """One cached array: ``KEY.npy``, and ``KEY.json`` with its checksum, written last.

    Args:
        folder: of the cache.
        key: stands for the pictures' contents and the options.
        shape: (n, height, width, 3).
    """

    folder: Path
    key: str
    shape: tuple[int, ...]

    @property
    def array(self) -> Path:
        return self.folder / f"{self.key}.npy"

    @property
    def sidecar(self) -> Path:
        return self.folder / f"{self.key}.json"

    @property
    def lock(self) -> Path:
        return self.folder / f"{self.key}.lock"

    def is_sound(self) -> bool:
        """Tells whether the array is whole: shape, size and checksum are what was written."""
        try:
            noted: Any = json.loads(self.sidecar.read_text(encoding="utf-8"))
            pixels = np.load(self.array, mmap_mode="r", allow_pickle=False)
            fits = pixels.shape == self.shape and pixels.dtype == np.uint8
            return bool(fits and noted["crc32"] == zlib.crc32(pixels.data))
        except Exception:  # a damaged header can be anything to NumPy's parser, or to JSON's
            return False

    def write(self, rows: Any) -> None:
        """Writes the array beside its place, then moves it there, then notes the checksum."""
        self.sidecar.unlink(missing_ok=True)
        partial = self.folder / f"{self.key}.partial"
        header = {"descr": "|u1", "fortran_order": False, "shape": self.shape}
        checksum = 0
        try:
            with partial.open("wb") as stream:
                np.lib.format.write_array_header_1_0(stream, header)
                for row in rows:
                    stream.write(row)
                    checksum = zlib.crc32(row, checksum)
                stream.flush()
                os.fsync(stream.fileno())
            partial.replace(self.array)
        finally:
            with suppress(OSError):
                partial.unlink(missing_ok=True)
        write_text(json.dumps({"crc32": checksum, "shape": self.shape}) + "\n", self.sidecar)
