"""Pictures that are damaged, disguised, of other kinds, or bombs."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from repro import pictures
from tests.bad_input.case import Action, Case
from tests.dataset import drawing

Content = Callable[[np.random.Generator], bytes]
KEY = ("dogs", 8)
NAME = "dog.8.jpg"


@cache
def drawn() -> dict[Any, bytes]:
    return drawing.contents()


@cache
def picture() -> Image.Image:
    return drawing.draw(KEY)


def sound() -> bytes:
    return drawn()[KEY]


def prepare(folder: Path) -> list[str]:
    return ["prepare", str(folder / "originals"), str(folder.parent / "out" / "small")]


def in_a_set(content: Content) -> Callable[[Path, np.random.Generator], Action]:
    """The picture as one of 24 originals, given to ``repro prepare``."""

    def make(folder: Path, generator: np.random.Generator) -> Action:
        drawing.write_flat(folder / "originals", {**drawn(), KEY: content(generator)})
        return prepare(folder)

    return make


def alone(content: Content) -> Callable[[Path, np.random.Generator], Action]:
    """The picture as a file of a set made by hand, as the decoder gets it."""

    def make(folder: Path, generator: np.random.Generator) -> Action:
        path = folder / NAME
        path.write_bytes(content(generator))
        return lambda: pictures.load([path])

    return make


def saved(image: Image.Image, kind: str, **options: Any) -> bytes:
    stream = io.BytesIO()
    image.save(stream, kind, **options)
    return stream.getvalue()


def jpeg_of_size(width: int, height: int) -> bytes:
    return drawing.promising(width, height, sound())


def png_bomb(side: int) -> bytes:
    def chunk(kind: bytes, content: bytes) -> bytes:
        tail = struct.pack(">I", zlib.crc32(kind + content))
        return struct.pack(">I", len(content)) + kind + content + tail

    head = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    rows = zlib.compress(bytes(1000 * 1000))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def rotated() -> bytes:
    exif = Image.Exif()
    exif[0x0112] = 6
    content = sound()
    segment = b"Exif\0\0" + exif.tobytes()[6 if exif.tobytes().startswith(b"Exif") else 0 :]
    return content[:2] + b"\xff\xe1" + struct.pack(">H", len(segment) + 2) + segment + content[2:]


def animated(kind: str) -> bytes:
    frames = [drawing.draw(("cats", number)) for number in (1, 2, 3)]
    return saved(frames[0], kind, save_all=True, append_images=frames[1:])


def flipped(generator: np.random.Generator, bits: int, first: int = 0) -> bytes:
    content = bytearray(sound())
    for place in generator.integers(first, len(content), bits):
        content[place] ^= 1 << int(generator.integers(8))
    return bytes(content)


def _others() -> dict[str, tuple[Content, bool | None, bool | None]]:
    """By name: content, accepted in a set of originals, accepted by the decoder alone."""
    image, grey = picture(), picture().convert("L")
    deep = Image.fromarray(np.asarray(grey).astype(np.uint16) * 257)
    noise: Content = lambda generator: generator.bytes(3000)  # noqa: E731
    return {
        "empty": (lambda _: b"", False, False),
        "one byte": (lambda _: b"\xff", False, False),
        "zeros": (lambda _: bytes(4000), False, False),
        "noise": (noise, False, False),
        "jpeg head, noise": (lambda g: sound()[:300] + g.bytes(3000), False, None),
        "text": (lambda _: b"This is a cat. " * 50, False, False),
        "web page": (lambda _: b"<!DOCTYPE html><html>404</html>", False, False),
        "renamed PNG": (lambda _: saved(image, "PNG"), False, False),
        "renamed GIF": (lambda _: saved(image, "GIF"), False, False),
        "renamed BMP": (lambda _: saved(image, "BMP"), False, False),
        "renamed TIFF": (lambda _: saved(image, "TIFF"), False, False),
        "renamed WebP": (lambda _: saved(image, "WEBP"), False, False),
        "renamed zip": (lambda _: b"PK\x05\x06" + bytes(18), False, False),
        "renamed EPS": (lambda _: b"%!PS-Adobe-3.0 EPSF-3.0\n%%EOF\n" * 9, False, False),
        "greyscale": (lambda _: drawing.encode(grey), False, True),
        "CMYK": (lambda _: drawing.encode(image.convert("CMYK"), 95), None, True),
        "16-bit PNG": (lambda _: saved(deep, "PNG"), False, False),
        "with alpha": (lambda _: saved(image.convert("RGBA"), "PNG"), False, False),
        "palette": (lambda _: saved(image.convert("P"), "PNG"), False, False),
        "one bit": (lambda _: saved(image.convert("1"), "PNG"), False, False),
        "animated GIF": (lambda _: animated("GIF"), False, False),
        "animated PNG": (lambda _: animated("PNG"), False, False),
        "rotated by EXIF": (lambda _: rotated(), True, True),
        "progressive": (lambda _: drawing.encode(image, 90, progressive=True), True, True),
        "saved again": (lambda _: drawing.encode(image, 60), True, True),
        "text behind the end": (lambda _: sound() + b"appended" * 99, True, True),
        "mirrored": (lambda _: drawing.encode(image.transpose(0)), False, True),
        "turned": (lambda _: drawing.encode(image.transpose(2)), False, True),
        "another picture": (lambda _: drawing.encode(drawing.draw(KEY, salt=9)), False, True),
        "another's number": (lambda _: drawn()["cats", 3], False, True),
        "one pixel": (lambda _: drawing.encode(image.resize((1, 1))), False, True),
        "one row": (lambda _: drawing.encode(image.resize((96, 1))), False, True),
        "one column": (lambda _: drawing.encode(image.resize((1, 80))), False, True),
        "tiny": (lambda _: drawing.encode(image.resize((4, 3))), False, True),
        "long and thin": (lambda _: drawing.encode(image.resize((9000, 2))), False, True),
        "width of nothing": (lambda _: jpeg_of_size(0, 80), False, False),
        "height of nothing": (lambda _: jpeg_of_size(96, 0), False, None),
        "JPEG bomb": (lambda _: jpeg_of_size(65_500, 65_500), False, False),
        "JPEG bomb at the bound": (lambda _: jpeg_of_size(12_000, 12_000), False, False),
        "JPEG below the bound": (lambda _: jpeg_of_size(4000, 4000), False, None),
        "PNG bomb": (lambda _: png_bomb(60_000), False, False),
        "PNG of two gigapixels": (lambda _: png_bomb(46_000), False, False),
    }  # fmt: skip


def cases() -> Iterator[Case]:
    for name, (content, in_set, by_itself) in _others().items():
        kind = "pictures: other kinds, bombs"
        yield Case(kind, f"{name}, in a set", in_a_set(content), in_set, NAME[:-4])
        yield Case(kind, f"{name}, alone", alone(content), by_itself, NAME)
    for way, make in (("in a set", in_a_set), ("alone", alone)):
        kind = "pictures: truncated"
        for number in range(40):
            share = (number + 0.5) / 40 * 0.9

            def cut(_: np.random.Generator, share: float = share) -> bytes:
                return sound()[: int(len(sound()) * share)]

            yield Case(kind, f"{number}, {way}", make(cut), False, NAME[:-4])
        kind = "pictures: flipped bits"
        for number in range(60):
            bits = 1 + number % 8
            first = 0 if number % 3 else 600  # past the header, where they change pixels

            def flip(generator: np.random.Generator, bits: int = bits, first: int = first) -> bytes:
                return flipped(generator, bits, first)

            yield Case(kind, f"{number}, {way}", make(flip), None, NAME[:-4])
        for number in range(20):
            start = number * 40

            def zeroed(_: np.random.Generator, start: int = start) -> bytes:
                return sound()[:start] + bytes(64) + sound()[start + 64 :]

            yield Case("pictures: zeroed block", f"{number}, {way}", make(zeroed), None, NAME[:-4])
