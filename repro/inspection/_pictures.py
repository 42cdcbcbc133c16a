"""What the chapter says about the pictures, counted and read off the files themselves."""

from __future__ import annotations

import hashlib
from collections import Counter
from pathlib import Path

import numpy as np
from PIL import Image
from pydantic import JsonValue

from repro import chapter
from repro.dataset import Split, naming


def observe_pictures(split: Split) -> dict[str, JsonValue]:
    """Returns the observations of a prepared small set, whose names begin with ``data.``.

    Reads each file once: its header, and a digest of its bytes. (That no picture stands twice
    under other bytes is :func:`repro.dataset.verify`'s work.)
    """
    sizes: dict[str, JsonValue] = {}
    ranges: dict[str, JsonValue] = {}
    formats: Counter[str] = Counter()
    shapes: list[tuple[int, int]] = []
    folds_of: dict[bytes, set[str]] = {}
    for fold in chapter.FOLDS:
        files = {name: _files(split.folder(fold, name), name) for name in chapter.CLASSES}
        sizes[fold] = [len(files[name]) for name in chapter.CLASSES]
        numbers = [number for found in files.values() for number in found]
        ranges[fold] = [min(numbers), max(numbers)] if numbers else []
        for path in [path for found in files.values() for path in found.values()]:
            folds_of.setdefault(hashlib.sha256(path.read_bytes()).digest(), set()).add(fold)
            with Image.open(path) as picture:
                formats["jpeg"] += picture.format == "JPEG"
                formats["colour"] += picture.mode == "RGB"
                shapes.append(picture.size)
    widths, heights = np.array(shapes).reshape(-1, 2).T
    return {
        "data.fold_sizes": sizes,
        "data.ranges": ranges,
        "data.shared_pictures": sum(1 for folds in folds_of.values() if len(folds) > 1),
        "data.format": {
            "pictures": len(shapes),
            "jpeg": formats["jpeg"],
            "colour": formats["colour"],
            "median_width": int(np.median(widths)) if len(shapes) else 0,
            "median_height": int(np.median(heights)) if len(shapes) else 0,
            "sizes": len(set(shapes)),
        },
    }


def _files(folder: Path, class_name: chapter.ClassName) -> dict[int, Path]:
    """A class's files by number; a name that is no picture of that class is not counted."""
    named = ((naming.parse(path.name), path) for path in folder.iterdir())
    return {key[1]: path for key, path in named if key is not None and key[0] == class_name}


def observe_originals(originals: Path) -> dict[str, JsonValue]:
    """Returns what the originals say about Kaggle's whole set: counts, or ``train.zip``'s size.

    Other archives hold more than the labelled pictures, or are not Kaggle's: nothing is said.

    Args:
        originals: the flat folder, a folder with ``train/``, or Kaggle's zip archive.
    """
    if originals.is_file():
        labelled = originals.name == "train.zip"
        return {"data.archive_bytes": originals.stat().st_size} if labelled else {}
    folder = originals / "train" if (originals / "train").is_dir() else originals
    counts: dict[str, JsonValue] = {
        name: sum(1 for _ in folder.glob(f"{chapter.PREFIXES[name]}.*.jpg"))
        for name in chapter.CLASSES
    }
    return {"data.originals": counts} if any(counts.values()) else {}
