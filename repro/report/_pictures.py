"""Pictures for the page, from the user's own originals: samples, augmentations, mistakes."""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from repro import augmentation, chapter
from repro.dataset import naming
from repro.dataset.decoding import UndecodableError, decode, read
from repro.recipe import PUBLISHED
from repro.report._groups import Group

SAMPLES = 8
AUGMENTATIONS = 8
MISTAKES = 12


@dataclass(frozen=True)
class Shown:
    """A picture on the page; ``source`` is a data URI, None if the file is not available."""

    name: str
    caption: str
    alternative: str
    source: str | None


@dataclass(frozen=True)
class Mistake:
    """A picture that the classifier gets wrong.

    Args:
        name: its file name, as the record has it.
        fold: which fold it stands in.
        truth: its label, "cat" or "dog".
        probability: that it shows a dog, the mean over seeds.
        wrong: how many seeds got it wrong.
        seeds: how many seeds there are.
    """

    name: str
    fold: str
    truth: str
    probability: float
    wrong: int
    seeds: int

    @property
    def error(self) -> float:
        """How far the probability is from the label."""
        return self.probability if self.truth == "cat" else 1 - self.probability


def find(originals: Path, name: str) -> Path | None:
    """Returns an original's file. Names come from records: only ``cat.N.jpg`` is ever opened."""
    if naming.parse(name) is None:
        return None
    folders = [originals, originals / "train"]
    for fold in chapter.FOLDS:
        folders += [originals / fold / class_name for class_name in chapter.CLASSES]
    found = (folder / name for folder in folders)
    return next((path for path in found if path.is_file()), None)


def load(path: Path) -> Any | None:
    """Returns a picture as uint8 (150, 150, 3), resized as the chapter does; None if broken."""
    try:
        picture = Image.fromarray(decode(read(path)))
    except UndecodableError:
        return None
    return np.asarray(picture.resize(chapter.PICTURE_SIZE[::-1], Image.Resampling.NEAREST))


def _pixels(originals: Path, name: str) -> Any | None:
    path = find(originals, name)
    return None if path is None else load(path)


def data_uri(pixels: Any) -> str:
    """Returns pixels (height, width, 3) as a JPEG data URI."""
    stream = io.BytesIO()
    Image.fromarray(pixels).save(stream, "JPEG", quality=75, optimize=True)
    return "data:image/jpeg;base64," + base64.b64encode(stream.getvalue()).decode()


def mistakes(groups: Sequence[Group]) -> list[Mistake]:
    """Returns the most confidently wrong pictures of validation and test, worst first.

    They are those of the first group that kept its probabilities.
    """
    for group in groups:
        found: list[Mistake] = []
        for fold in chapter.EVALUATED:
            names = group.records[0].names.get(fold, ())
            kept = [
                run.evaluations[fold].probabilities
                for record, run in zip(group.records, group.runs, strict=True)
                if fold in run.evaluations
                and record.names.get(fold, ()) == names
                and len(run.evaluations[fold].probabilities) == len(names)
            ]
            if names and kept:
                found += _wrong(fold, names, np.array(kept, dtype=float))
        if found:
            return sorted(found, key=lambda mistake: (-mistake.error, mistake.name))[:MISTAKES]
    return []


def _wrong(fold: str, names: Sequence[str], probabilities: Any) -> list[Mistake]:
    found = []
    for name, column in zip(names, probabilities.T, strict=True):
        truth = "dog" if name.rpartition("/")[2].startswith("dog") else "cat"
        wrong = int(((column > 0.5) != (truth == "dog")).sum())
        mistake = Mistake(name, fold, truth, float(column.mean()), wrong, len(column))
        if mistake.error > 0.5:
            found.append(mistake)
    return found


def show_mistake(mistake: Mistake, originals: Path | None) -> Shown:
    """Returns a mistake with its picture, if the original is available."""
    said = "dog" if mistake.truth == "cat" else "cat"
    base_name = mistake.name.rpartition("/")[2]
    caption = (
        f"labelled {mistake.truth}, taken for a {said} at {mistake.error:.3f} by "
        f"{mistake.wrong} of {mistake.seeds} seeds, {mistake.fold}"
    )
    if base_name == chapter.AMBIGUOUS_PICTURE:
        caption += "; shows a cat and a dog: known label noise"
    alternative = f"{mistake.name}, {caption}"
    pixels = None if originals is None else _pixels(originals, base_name)
    return Shown(mistake.name, caption, alternative, None if pixels is None else data_uri(pixels))


def samples(originals: Path) -> list[Shown]:
    """Returns some training pictures of both classes, as the model sees them."""
    named = [
        (naming.file_name(class_name, number), label)
        for number in range(1, SAMPLES // 2 + 1)
        for class_name, label in chapter.PREFIXES.items()
    ]
    return [
        Shown(name, label, f"{name}, a {label}", data_uri(pixels))
        for name, label in named
        if (pixels := _pixels(originals, name)) is not None
    ]


def augmentations(originals: Path) -> list[Shown]:
    """Returns one picture's versions of the first epochs, under the published recipe."""
    name = naming.file_name("cats", 1)
    pixels = _pixels(originals, name)
    if pixels is None:
        return []
    spec = augmentation.Spec.of(PUBLISHED)
    shown = []
    for epoch in range(AUGMENTATIONS):
        version = augmentation.augment(pixels[None], [0], spec, seed=0, epoch=epoch)[0]
        caption = f"epoch {epoch + 1}"
        shown.append(Shown(name, caption, f"{name}, augmented, {caption}", data_uri(version)))
    return shown
