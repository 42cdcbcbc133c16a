"""Decoding a picture of unknown origin: whole, in bounds, and as RGB."""

from __future__ import annotations

import io
from collections.abc import Callable, Collection, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

from repro import environment
from repro.errors import DatasetError
from repro.record import read_bounded

#: Kaggle's largest picture has less than a megapixel; what is far beyond is a decompression bomb.
LARGEST_PIXELS = 25_000_000
#: Kaggle's largest file is far below a megabyte.
LARGEST_BYTES = 32 * 2**20


class UndecodableError(Exception):
    """A file that isn't a whole JPEG picture; the text says what is wrong with it."""


def read(path: Path) -> bytes:
    """Reads a file that should be a picture.

    Raises:
        UndecodableError: it can't be read, is no regular file, or is larger than any picture.
    """
    try:
        return read_bounded(path, LARGEST_BYTES)
    except OSError as error:
        raise UndecodableError(error.strerror or str(error)) from error


@contextmanager
def refusing(path: Path, remedy: str) -> Iterator[None]:
    """Makes an :class:`UndecodableError` within the block the user's error, with that remedy."""
    try:
        yield
    except UndecodableError as error:
        expected = "a whole JPEG picture"
        raise DatasetError(path, found=str(error), expected=expected, remedy=remedy) from error


def pool() -> ThreadPoolExecutor:
    """Returns threads that decode: Pillow lets go of the interpreter's lock while it does."""
    return ThreadPoolExecutor(min(8, environment.cores()))  # the largest pictures have 75 MB


def decode(content: bytes, *, draft: tuple[int, int] | None = None) -> NDArray[np.uint8]:
    """Decodes a JPEG file to uint8 (height, width, 3), RGB, also if it is greyscale or CMYK.

    An orientation tag is ignored, as the chapter's loader ignores it.

    Args:
        content: the file's bytes.
        draft: (width, height) in pixels: decode at a reduced scale, not below this size.

    Raises:
        UndecodableError: empty, truncated, corrupt, too large, or not a JPEG.
    """
    if not content:
        raise UndecodableError("an empty file")
    try:
        with Image.open(io.BytesIO(content), formats=["JPEG"]) as picture:
            width, height = picture.size
            if width * height > LARGEST_PIXELS:
                raise UndecodableError(f"{width}×{height} pixels")
            if draft is not None:
                picture.draft("RGB", draft)
            return np.asarray(picture.convert("RGB"), np.uint8)
    except UnidentifiedImageError as error:
        raise UndecodableError("no JPEG picture") from error
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise UndecodableError("far too many pixels") from error
    except (OSError, SyntaxError, ValueError, EOFError, IndexError, KeyError, TypeError) as error:
        # Pillow's JPEG reader lets more than OSError through on damaged headers.
        raise UndecodableError(f"a damaged picture ({error})") from error


_Item = TypeVar("_Item")
_Result = TypeVar("_Result")


def attempt_all(
    work: Callable[[_Item], _Result], items: Collection[_Item]
) -> tuple[dict[_Item, _Result], dict[_Item, str]]:
    """Returns what ``work``, in threads, makes of items, and what is wrong with undecodable ones.

    Both by item, in the order given.
    """
    good: dict[_Item, _Result] = {}
    broken: dict[_Item, str] = {}
    with pool() as threads:
        for item, result in [(item, threads.submit(work, item)) for item in items]:
            try:
                good[item] = result.result()
            except UndecodableError as error:
                broken[item] = str(error)
    return good, broken
