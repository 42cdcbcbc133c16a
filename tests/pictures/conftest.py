from __future__ import annotations

from pathlib import Path

import pytest

from tests.pictures.drawing import save


@pytest.fixture
def paths(tmp_path: Path) -> list[Path]:
    return [save(tmp_path / f"cat.{n}.jpg", n, (30 + n, 60 - n)) for n in range(5)]
