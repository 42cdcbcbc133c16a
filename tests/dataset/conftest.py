from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from tests.dataset import drawing

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from repro.dataset.fingerprints import Table
    from repro.dataset.naming import Key


@pytest.fixture(scope="session", autouse=True)
def _no_syncing() -> Iterator[None]:
    """Syncing protects from power cuts, which no test makes, and takes minutes on a busy disk."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "fsync", lambda _: None)
        yield


@pytest.fixture(scope="session")
def drawn() -> dict[Key, bytes]:
    """The files of 12 pictures a class, by class and number."""
    return drawing.contents()


@pytest.fixture(scope="session")
def drawn_table() -> Table:
    """The fingerprints of ``drawn``."""
    return drawing.table()


@pytest.fixture
def table(drawn_table: Table, monkeypatch: pytest.MonkeyPatch) -> Table:
    """The fingerprints of ``drawn``, taken for those of the genuine pictures."""
    drawing.take_for_genuine(drawn_table, monkeypatch)
    return drawn_table


@pytest.fixture
def flat(tmp_path: Path, drawn: dict[Key, bytes]) -> Path:
    """A flat folder of ``drawn``."""
    return drawing.write_flat(tmp_path / "flat", drawn)
