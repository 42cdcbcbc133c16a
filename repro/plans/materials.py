"""What a run needs: the split, its pictures in memory maps, the base's tensors, their digests."""

from __future__ import annotations

import logging
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from repro import chapter, dataset, demonstration, features, pictures, settings, weights
from repro.chapter import Fold, Numbering
from repro.folds import Pictures
from repro.recipe import Interpolation

logger = logging.getLogger(__name__)


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
        originals: the Kaggle pictures, in any layout that :func:`repro.dataset.prepare` knows.
            None draws the demonstration's pictures.
        weights_path: the file of the base's tensors; None looks in Keras's cache and downloads.
            Without originals the base is initialised at random instead: nothing is downloaded.
        numbering: which edition's picture numbers.
        interpolation: of the resize to 150×150.

    Raises:
        DatasetError: the originals are not what the chapter starts from.
        WeightsError: the weights are not VGG16's.
        DownloadError: the weights are not on this machine and cannot be downloaded.
    """
    if originals is None:
        split = _demonstration_split()
    else:
        split = dataset.prepare(originals, numbering=numbering)
    verification = dataset.verify(split, genuine=originals is not None)
    real_weights = weights_path is not None or originals is not None
    tensors = weights.load(weights.find(weights_path)) if real_weights else weights.seeded(0)
    folds = {
        fold: Pictures(
            pictures.load(split.paths(fold), interpolation=interpolation), split.labels(fold)
        )
        for fold in chapter.FOLDS
    }
    digests = {f"pixels-{fold}": features.digest_pictures(folds[fold].values) for fold in folds}
    return Materials(
        folds=folds,
        names={fold: tuple(split.names(fold)) for fold in chapter.FOLDS},
        tensors=tensors,
        demonstration=originals is None or not real_weights,
        digests={"split": split.digest, "weights": weights.digest(tensors), **digests},
        verification=verification.as_dict(),
        split=split,
        originals=originals,
    )


def without(materials: Materials, names: Collection[str]) -> Materials:
    """Returns the materials without some pictures, by file name; the digests change as well."""
    kept = {
        fold: np.array([name not in names for name in materials.names[fold]])
        for fold in chapter.FOLDS
    }
    folds = {
        fold: Pictures(pictures.values[kept[fold]], pictures.labels[kept[fold]])
        for fold, pictures in materials.folds.items()
    }
    digests = {f"pixels-{fold}": features.digest_pictures(folds[fold].values) for fold in folds}
    return replace(
        materials,
        folds=folds,
        names={
            fold: tuple(name for name in materials.names[fold] if name not in names)
            for fold in chapter.FOLDS
        },
        digests={**materials.digests, **digests},
    )


def _demonstration_split() -> dataset.Split:
    folder = settings.home() / "demonstration"
    drawn = demonstration.draw(folder / "originals", split=demonstration.SPLIT)
    return dataset.prepare(
        drawn, folder / "split", split=demonstration.SPLIT, genuine=False, link="copy"
    )
