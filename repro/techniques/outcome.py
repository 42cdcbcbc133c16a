"""What comes out of training."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from pydantic import JsonValue

from repro.record import SeedRun


@dataclass(frozen=True)
class Outcome:
    """What a technique leaves for the run record.

    Args:
        runs: one per seed.
        observations: what else was measured, by name.
        timings: of parts, s.
    """

    runs: tuple[SeedRun, ...]
    observations: Mapping[str, JsonValue] = field(default_factory=dict)
    timings: Mapping[str, float] = field(default_factory=dict)
