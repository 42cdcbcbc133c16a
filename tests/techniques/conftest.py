from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from repro import augmentation, model
from repro.record import History, SeedRun
from repro.techniques import fast_feature_extraction
from repro.training import on_pictures, shared_passes
from tests.small import tiny_base


@pytest.fixture(autouse=True)
def bases(monkeypatch):
    """Every base that a trial builds, the tiny one in VGG16's place."""
    built = []

    def build(*_, **options):
        base = tiny_base()
        built.append((base, options))
        return base

    monkeypatch.setattr(model, "conv_base", build)
    return built


@pytest.fixture
def compiled(monkeypatch):
    """Every network that a technique compiles."""
    seen = []
    real = model.compile

    def compile_and_note(network, *arguments, **options):
        seen.append(network)
        return real(network, *arguments, **options)

    monkeypatch.setattr(model, "compile", compile_and_note)
    return seen


@pytest.fixture
def augmented(monkeypatch):
    """Every call of the augmentation: its pictures, its seed, its epoch."""
    seen = []
    real = augmentation.augment

    def augment(pictures, *arguments, seed, epoch, **options):
        seen.append((pictures, seed, epoch))
        return real(pictures, *arguments, seed=seed, epoch=epoch, **options)

    monkeypatch.setattr(augmentation, "augment", augment)
    return seen


@pytest.fixture
def counted(monkeypatch):
    """Every epoch's input. No step is taken: the loss is the input's mean."""
    seen = []

    def fit_epoch(run, values, labels, validation, **options):
        seen.append(SimpleNamespace(values=values, labels=labels, options=options))
        for name, numbers in run.history.items():
            numbers.append(0.5 if "accuracy" in name else float(np.mean(values)))

    def finish(run, folds):
        history = {name: tuple(numbers) for name, numbers in run.history.items()}
        return SeedRun(seed=run.seed, history=History(**history), evaluations={})

    for module in (on_pictures, shared_passes, fast_feature_extraction):
        monkeypatch.setattr(module, "fit_epoch", fit_epoch)
        monkeypatch.setattr(module, "finish", finish)
    return seen
