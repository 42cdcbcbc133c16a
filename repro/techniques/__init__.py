"""The chapter's four techniques, one module each, read from top to bottom.

0. :mod:`~repro.techniques.from_scratch`: the book's small convnet.
1. :mod:`~repro.techniques.fast_feature_extraction`: the base once over every picture, a classifier
   on its feature maps.
2. :mod:`~repro.techniques.feature_extraction`: base and classifier end to end, the base frozen, on
   augmented pictures.
3. :mod:`~repro.techniques.fine_tuning`: the base's later layers trained on, together with the
   classifier of technique 2.

Each has a function ``run`` from a :class:`~repro.plans.Trial` (pictures, weights, recipe, seeds) to
what came out. Epochs, checkpoints and evaluation are the same for all: :mod:`repro.training`.
"""

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
