from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from repro import engines, settings
from repro.plans import Materials, gather

#: The user's caches. Tests get caches of their own; what benchmarks train takes hours on some
#: machines, and resumes.
_HOME = settings.home()


@pytest.fixture(scope="session")
def materials(originals: Path, weights_path: Path) -> Materials:
    """The split, its pictures and the base's tensors, prepared in the user's caches."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(settings.HOME, str(_HOME))
        return gather(originals, weights_path)


@pytest.fixture
def user_caches(monkeypatch: pytest.MonkeyPatch) -> Path:
    """Keeps what a test trains where ``repro run`` keeps it, and goes on from there."""
    monkeypatch.setenv(settings.HOME, str(_HOME))
    return _HOME


@pytest.fixture(scope="session")
def bfloat16_hardware() -> bool:
    """Whether this machine computes in bfloat16."""
    return engines.choose_precision("auto") == "bfloat16"


@pytest.fixture
def timed(benchmark) -> Iterator[object]:
    """The benchmark; skips where timings would mean nothing."""
    if not benchmark.enabled:
        pytest.skip("benchmarks are switched off: run without -n and without --benchmark-disable")
    return benchmark
