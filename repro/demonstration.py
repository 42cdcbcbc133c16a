"""A picture set that the package draws itself, for runs without the originals.

It lets the whole pipeline run anywhere. It is no evidence about the chapter: its "cats" and "dogs"
are blobs on coloured grounds that differ in the coat's pattern and in the ears.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter

from repro import chapter
from repro.chapter import ClassName, Fold
from repro.dataset import naming
from repro.errors import OptionError
from repro.record import write_text

_Colour = NDArray[np.int64]

#: The chapter's picture numbers divided by fifty: 1..20, 21..30, 31..40, per class. Enough to show
#: that everything works, and few enough that a slow processor takes them through VGG16 in seconds.
SPLIT: dict[Fold, range] = {
    fold: range((numbers.start - 1) // 50 + 1, (numbers.stop - 1) // 50 + 1)
    for fold, numbers in chapter.SPLIT["r"].items()
}
#: Written last into a drawn folder; says what was drawn, and with which bytes.
MARKER = "demonstration.json"
#: Raise it whenever other pictures come to be drawn.
VERSION = 1
_QUALITY = 92
_ACROSS = (160, 240)  # pixels, either side
_NOISE = 8  # grey levels, one standard deviation


def draw(destination: Path, split: Mapping[Fold, range] = SPLIT) -> Path:
    """Draws a flat folder of ``cat.N.jpg`` and ``dog.N.jpg``, unless it is whole, and returns it.

    A picture depends on its class and its number alone, so a larger split holds the pictures of a
    smaller one.

    Args:
        destination: the folder, made or completed; it must be missing, empty or drawn before.
        split: picture numbers of each fold, per class.

    Raises:
        OptionError: the destination holds something else.
    """
    names = sorted(name for name, *_ in _plan(split))
    if _is_whole(destination, names):
        return destination
    _check_destination(destination)
    destination.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=destination.parent, prefix=".drawing-") as temporary:
        folder = Path(temporary) / destination.name
        folder.mkdir()
        for name, kind, number in _plan(split):
            Image.fromarray(draw_picture(kind, number)).save(folder / name, quality=_QUALITY)
        write_text(json.dumps(_contents(folder, names)) + "\n", folder / MARKER)
        if destination.exists():
            shutil.rmtree(destination)
        folder.replace(destination)
    return destination


def draw_picture(kind: ClassName, number: int, seed: int = 0) -> NDArray[np.uint8]:
    """Draws one picture.

    Args:
        kind: "cats" have striped coats and ears that stand, "dogs" chequered coats and ears that
            hang. Colours, places, sizes and grounds come from the same distribution for both.
        number: of the picture.
        seed: of the whole set.

    Returns:
        uint8 (height, width, 3), RGB; either side has 160 to 240 pixels.
    """
    rng = np.random.default_rng([seed, chapter.CLASSES.index(kind), number])
    height, width = (int(side) for side in rng.integers(*_ACROSS, size=2, endpoint=True))
    ground = _blend(_waves(rng, height, width), *rng.integers(0, 256, size=(2, 3)))
    pattern = _coat(rng, kind, height, width)
    coat = _blend(pattern, rng.integers(0, 110, size=3), rng.integers(140, 256, size=3))
    body = Image.new("L", (width, height))
    _draw_body(ImageDraw.Draw(body), rng, kind, height, width)
    soft = np.asarray(body.filter(ImageFilter.GaussianBlur(1)), np.float32)[..., None] / 255
    noise = rng.standard_normal((height, width, 3), np.float32)
    picture = ground + soft * (coat - ground) + _NOISE * noise
    return picture.clip(0, 255).astype(np.uint8)


def _plan(split: Mapping[Fold, range]) -> Iterator[tuple[str, ClassName, int]]:
    for numbers in split.values():
        for number in numbers:
            for kind, prefix in chapter.PREFIXES.items():
                yield f"{prefix}.{number}.jpg", kind, number


def _contents(folder: Path, names: Sequence[str]) -> dict[str, object]:
    digests = {name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in names}
    return {"version": VERSION, "sha256": digests}


def _is_whole(folder: Path, names: Sequence[str]) -> bool:
    try:
        noted = json.loads((folder / MARKER).read_text(encoding="utf-8"))
        return bool(noted == _contents(folder, names))
    except (OSError, ValueError):
        return False


def _check_destination(folder: Path) -> None:
    """Refuses a folder that holds anything which was not drawn: it is going to be replaced."""
    drawn = (folder / MARKER).is_file()
    if folder.is_dir():
        names = {path.name for path in folder.iterdir()} - {MARKER}
        if not names or (drawn and all(naming.parse(name) for name in names)):
            return
    if folder.exists():
        raise OptionError(
            folder,
            found="other files" if folder.is_dir() else "a file",
            expected="a missing or empty folder, or one that was drawn before",
            remedy="Choose another destination for the demonstration's pictures.",
        )


def _blend(share: NDArray[np.float64], one: _Colour, other: _Colour) -> NDArray[np.float32]:
    """Returns (height, width, 3): colour ``one`` where the share is 0, ``other`` where it is 1."""
    first, step = one.astype(np.float32), (other - one).astype(np.float32)
    blended: NDArray[np.float32] = first + share.astype(np.float32)[..., None] * step
    return blended


def _wave(down: float, across: float, phase: float, height: int, width: int) -> NDArray[np.float64]:
    """Returns sin(down · row + across · column + phase), (height, width)."""
    rows, columns = down * np.arange(height) + phase, across * np.arange(width)
    # The sum's sine by parts: sines of a row and a column, not of every pixel.
    return np.outer(np.sin(rows), np.cos(columns)) + np.outer(np.cos(rows), np.sin(columns))


def _waves(rng: np.random.Generator, height: int, width: int) -> NDArray[np.float64]:
    """Returns a ground of a few broad waves, (height, width) in 0..1."""
    total: NDArray[np.float64] = np.full((height, width), 3.0)
    for _ in range(3):
        down, across = rng.normal(0, 2 * np.pi / 120, size=2)
        total += _wave(down, across, rng.uniform(0, 2 * np.pi), height, width)
    return total / 6


def _coat(
    rng: np.random.Generator, kind: ClassName, height: int, width: int
) -> NDArray[np.float64]:
    """Returns stripes or chequers of any direction, each half dark and half light, 0 or 1."""
    angle, frequency = rng.uniform(0, np.pi), 2 * np.pi / rng.uniform(14, 26)
    one, other = rng.uniform(0, 2 * np.pi, size=2)
    down, across = frequency * np.cos(angle), frequency * np.sin(angle)
    light = _wave(down, across, one, height, width) > 0
    if kind == "dogs":
        light = light == (_wave(-across, down, other, height, width) > 0)
    return light.astype(np.float64)


def _draw_body(
    canvas: ImageDraw.ImageDraw, rng: np.random.Generator, kind: ClassName, height: int, width: int
) -> None:
    """Draws a body, a head and two ears, white on black."""
    scale = min(height, width) * rng.uniform(0.85, 1.15)
    x = width * rng.uniform(0.4, 0.6)
    y = height * rng.uniform(0.55, 0.75)

    def ellipse(across: float, down: float, half_width: float, half_height: float) -> None:
        left, top = x + scale * (across - half_width), y + scale * (down - half_height)
        right, bottom = x + scale * (across + half_width), y + scale * (down + half_height)
        canvas.ellipse((left, top, right, bottom), fill=255)

    ellipse(0, 0.1, 0.34, 0.28)
    ellipse(0, -0.22, 0.2, 0.18)
    for side in (-1, 1):
        if kind == "dogs":
            ellipse(side * 0.21, -0.2, 0.05, 0.14)
            continue
        corners = ((0.05, -0.36), (0.19, -0.24), (0.17, -0.5))
        canvas.polygon([(x + side * scale * a, y + scale * b) for a, b in corners], fill=255)
