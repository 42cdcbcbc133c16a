from __future__ import annotations

import pytest

from repro import model
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
