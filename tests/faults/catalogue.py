"""All seeded faults, in the order of the chapter."""

from __future__ import annotations

from tests.faults import (
    catalogue_augmentation,
    catalogue_data,
    catalogue_engines,
    catalogue_evidence,
    catalogue_judging,
    catalogue_kept,
    catalogue_model,
    catalogue_running,
    catalogue_seeds,
    catalogue_training,
)
from tests.faults.fault import Fault

FAULTS: tuple[Fault, ...] = (
    *catalogue_data.FAULTS,
    *catalogue_augmentation.FAULTS,
    *catalogue_model.FAULTS,
    *catalogue_engines.FAULTS,
    *catalogue_training.FAULTS,
    *catalogue_seeds.FAULTS,
    *catalogue_kept.FAULTS,
    *catalogue_running.FAULTS,
    *catalogue_judging.FAULTS,
    *catalogue_evidence.FAULTS,
)
