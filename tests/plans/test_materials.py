"""What a run is made of: the pictures asked for, checked, and a demonstration that says so."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from repro import chapter, dataset, pictures, weights
from repro.plans import materials


@pytest.fixture
def asked(monkeypatch, tmp_path):
    """Every module that ``gather`` calls, noting what it was asked; pictures show their fold."""
    seen = SimpleNamespace()
    values = {fold: np.full((2, 1, 1, 3), n, np.uint8) for n, fold in enumerate(chapter.FOLDS)}
    split = SimpleNamespace(
        digest="files",
        paths=lambda fold: [Path(fold, f"{fold}-{kind}") for kind in ("cat", "dog")],
        labels=lambda fold: np.array([0, 1], np.uint8) + 2 * chapter.FOLDS.index(fold),
    )

    def prepare(originals, *_, **options):
        seen.prepared = {"originals": originals, **options}
        return split

    def verify(split, **options):
        seen.verified = options
        return SimpleNamespace(model_dump=lambda **_: {})

    def load(paths, *, interpolation="nearest"):
        seen.interpolation = interpolation
        return values[paths[0].parent.name]

    def find(path):
        seen.weights = path
        return path

    monkeypatch.setattr(dataset, "prepare", prepare)
    monkeypatch.setattr(dataset, "verify", verify)
    monkeypatch.setattr(pictures, "load", load)
    monkeypatch.setattr(weights, "find", find)
    monkeypatch.setattr(weights, "load", lambda path: {"real": np.ones(1, np.float32)})
    monkeypatch.setattr(weights, "seeded", lambda seed: {"random": np.ones(1, np.float32)})
    monkeypatch.setattr(materials.demonstration, "draw", lambda folder, split: folder)
    return seen


@pytest.mark.parametrize("numbering", ["r", "python"])
@pytest.mark.parametrize("interpolation", ["nearest", "bilinear"])
def test_originals_are_prepared_as_asked_and_checked(asked, tmp_path, numbering, interpolation):
    found = materials.gather(
        tmp_path, tmp_path / "w.h5", numbering=numbering, interpolation=interpolation
    )
    assert asked.prepared.get("numbering", "r") == numbering
    assert asked.prepared.get("genuine", True) and asked.prepared.get("split") is None
    assert asked.verified.get("genuine", True)
    assert asked.interpolation == interpolation
    assert asked.weights == tmp_path / "w.h5" and list(found.tensors) == ["real"]
    assert not found.demonstration


def test_each_fold_has_its_own_pictures_labels_names_and_digest(asked, tmp_path):
    found = materials.gather(tmp_path, None)
    for n, fold in enumerate(chapter.FOLDS):
        assert np.all(found.folds[fold].values == n)
        assert found.folds[fold].labels.tolist() == [2 * n, 2 * n + 1]
        assert found.names[fold] == (f"{fold}-cat", f"{fold}-dog")
    assert len({found.digests[f"pixels-{fold}"] for fold in chapter.FOLDS}) == 3
    assert found.digests["split"] == "files"


@pytest.mark.parametrize("given", [True, False])
def test_drawn_pictures_are_a_demonstration_whatever_the_weights(asked, tmp_path, given):
    found = materials.gather(None, tmp_path / "w.h5" if given else None)
    assert found.demonstration
    assert asked.verified == {"genuine": False}
    assert list(found.tensors) == ["real" if given else "random"]
