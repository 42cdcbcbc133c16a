"""What a run needs: the split, its pictures in memory maps, the base's tensors, their digests."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from filelock import FileLock
from numpy.typing import NDArray

from repro import chapter, dataset, demonstration, pictures, settings, weights
from repro.chapter import Fold, Numbering
from repro.features import digest_pictures
from repro.folds import Pictures
from repro.recipe import Interpolation


@dataclass(frozen=True)
class Materials:
    """The inputs of a run.

    Args:
        folds: pictures and labels of each fold.
        names: file names of each fold's pictures, in the pictures' order.
        tensors: of the base.
        demonstration: whether pictures or tensors are not the real ones.
        digests: SHA-256 of the split's files, of each fold's pixels, and of the tensors.
        verification: what :func:`repro.dataset.verify` counted.
        split: the small set on disk.
        originals: where the Kaggle pictures are; None in a demonstration.
    """

    folds: Mapping[Fold, Pictures]
    names: Mapping[Fold, tuple[str, ...]]
    tensors: Mapping[str, NDArray[np.float32]]
    demonstration: bool
    digests: Mapping[str, str]
    verification: Mapping[str, Any]
    split: dataset.Split
    originals: Path | None


def gather(
    originals: Path | None,
    weights_path: Path | None,
    *,
    numbering: Numbering = "r",
    interpolation: Interpolation = "nearest",
) -> Materials:
    """Prepares, verifies and loads everything.

    Args:
        originals: the Kaggle pictures; None draws the demonstration's.
        weights_path: the file of the base's tensors; None looks in Keras's cache and downloads.
            Without originals the base is initialised at random instead: nothing is downloaded.
        numbering: which edition's picture numbers.
        interpolation: of the resize to 150×150.

    Raises:
        DatasetError: the originals are not what the chapter starts from.
        WeightsError: the weights are not VGG16's.
        DownloadError: the weights are not on this machine and cannot be downloaded.
    """
    split = _split(originals, numbering)
    verification = dataset.verify(split, genuine=originals is not None)
    real_weights = weights_path is not None or originals is not None
    tensors = weights.load(weights.find(weights_path)) if real_weights else weights.seeded(0)
    paths = {fold: split.paths(fold) for fold in chapter.FOLDS}
    folds = {
        fold: Pictures(pictures.load(paths[fold], interpolation=interpolation), split.labels(fold))
        for fold in chapter.FOLDS
    }
    return Materials(
        folds=folds,
        names={fold: tuple(path.name for path in paths[fold]) for fold in chapter.FOLDS},
        tensors=tensors,
        demonstration=originals is None,
        digests={"split": split.digest, "weights": weights.digest(tensors), **_digests(folds)},
        verification=verification.model_dump(mode="json"),
        split=split,
        originals=originals,
    )


def without(materials: Materials, names: Collection[str]) -> Materials:
    """Returns the materials without some pictures, by file name; the digests change as well."""
    folds: dict[Fold, Pictures] = {}
    left: dict[Fold, tuple[str, ...]] = {}
    for fold, whole in materials.folds.items():
        rows = [row for row, name in enumerate(materials.names[fold]) if name not in names]
        folds[fold] = Pictures(whole.values[rows], whole.labels[rows])
        left[fold] = tuple(materials.names[fold][row] for row in rows)
    digests = {**materials.digests, **_digests(folds)}
    return replace(materials, folds=folds, names=left, digests=digests)


def at_size(materials: Materials, size: tuple[int, int], interpolation: Interpolation) -> Materials:
    """Returns the materials, none of which has been left out, with pictures of another size.

    Args:
        materials: as :func:`gather` made them.
        size: (height, width) in pixels.
        interpolation: of the resize.
    """
    folds: dict[Fold, Pictures] = {}
    for fold, whole in materials.folds.items():
        paths = materials.split.paths(fold)
        values = pictures.load(paths, interpolation=interpolation, size=size)
        folds[fold] = Pictures(values, whole.labels)
    return replace(materials, folds=folds, digests={**materials.digests, **_digests(folds)})


def with_first(materials: Materials, count: int) -> Materials:
    """Returns the materials with fewer pictures to train on, half of them of each class.

    Args:
        materials: any; the folds to evaluate on stay whole.
        count: of pictures, the first ones of both classes.
    """
    whole, names = materials.folds["train"], materials.names["train"]
    rows = [row for k in (0, 1) for row in np.flatnonzero(whole.labels == k)[: count // 2]]
    train: dict[Fold, Pictures] = {"train": Pictures(whole.values[rows], whole.labels[rows])}
    return replace(
        materials,
        folds={**materials.folds, **train},
        names={**materials.names, "train": tuple(names[row] for row in rows)},
        digests={**materials.digests, **_digests(train)},
    )


def _digests(folds: Mapping[Fold, Pictures]) -> dict[str, str]:
    return {f"pixels-{fold}": digest_pictures(folds[fold].values) for fold in folds}


def _split(originals: Path | None, numbering: Numbering) -> dataset.Split:
    if originals is not None:
        return dataset.prepare(originals, numbering=numbering)
    folder = settings.home() / "demonstration"
    with FileLock(folder.with_suffix(".lock")):  # another process may be drawing
        drawn = demonstration.draw(folder / "originals", split=demonstration.SPLIT)
    return dataset.prepare(
        drawn, folder / "split", split=demonstration.SPLIT, genuine=False, link="copy"
    )
