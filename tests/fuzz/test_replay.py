"""The fuzzing harnesses on what they begin with, and on everything that they ever found."""

from __future__ import annotations

import gzip
import os
from pathlib import Path

import pytest

from tests.fuzz import harnesses

FOUND = Path(__file__).parent / "found"
EVERY = 5

pytestmark = pytest.mark.filterwarnings("ignore:Duplicate name", "ignore:.*fork")


@pytest.mark.skipif(not hasattr(os, "fork"), reason="the harness of the weights forks")
@pytest.mark.parametrize("name", harnesses.HARNESSES)
def test_seeds(name: str) -> None:
    seeds = harnesses.seeds(name)
    assert len({*seeds}) == len(seeds)
    for seed in seeds[::EVERY]:
        harnesses.HARNESSES[name](seed)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="the harness of the weights forks")
@pytest.mark.parametrize("path", sorted(FOUND.rglob("*.gz")), ids=lambda path: path.stem)
def test_found(path: Path) -> None:
    harnesses.HARNESSES[path.parent.name](gzip.decompress(path.read_bytes()))


def test_harnesses_tell_a_crash(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise KeyError("something that no reader may let through")

    monkeypatch.setattr(harnesses.archives, "_members", broken)
    monkeypatch.setattr(harnesses.record, "read", broken)
    monkeypatch.setattr(harnesses.probe, "read", broken)
    monkeypatch.setattr(harnesses._finding, "_check_head", broken)
    for name, harness in harnesses.HARNESSES.items():
        with pytest.raises(KeyError):
            for seed in harnesses.seeds(name)[::EVERY]:
                harness(seed)


def test_a_tape_never_ends() -> None:
    tape = harnesses.Tape(b"\x05")
    assert [tape.number(4), tape.number(4), tape.number(1000)] == [1, 0, 0]
    assert tape.take(3) == b""
