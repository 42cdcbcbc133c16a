from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from repro import weights
from repro.weights import _apart, _finding, _hdf5, _table
from tests.fuzz import forked as forking
from tests.fuzz.small_weights import table_of
from tests.weights.official import SMALL, write_official

READ = _apart.read


@pytest.fixture(autouse=True)
def _here(monkeypatch: pytest.MonkeyPatch) -> None:
    """In this process; ``tests/test_weights_apart.py`` starts others."""
    monkeypatch.setattr(_apart, "read", _hdf5.read)


@pytest.fixture
def forked(_here: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """In a fork, which may crash: for what is damaged."""
    monkeypatch.setattr(_apart, "read", READ)
    if hasattr(os, "fork"):
        monkeypatch.setattr(_apart, "ask", forking.ask)


@pytest.fixture
def tensors(monkeypatch: pytest.MonkeyPatch) -> dict[str, np.ndarray]:
    """Tensors of the small model, which the table is made to ask for."""
    rng = np.random.default_rng(5)
    drawn = {name: rng.normal(size=shape).astype(np.float32) for name, shape in SMALL.items()}
    for module in (_table, _finding, weights):
        monkeypatch.setattr(module, "TABLE", table_of(drawn))
    return drawn


@pytest.fixture
def file(tmp_path: Path, tensors) -> Path:
    return write_official(tmp_path / "weights.h5", tensors)
