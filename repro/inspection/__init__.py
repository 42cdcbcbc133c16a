"""What can be measured without training on real pictures: build the chapter's models and look.

The observations go into a run record, and the rules of :mod:`repro.claims` judge them from there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from repro.inspection._architecture import observe_architecture
from repro.inspection._augmentation import observe_augmentation
from repro.inspection._freezing import observe_freezing
from repro.inspection._pictures import observe_originals, observe_pictures

if TYPE_CHECKING:
    from pydantic import JsonValue


def observe(*, seed: int = 0) -> dict[str, JsonValue]:
    """Measures everything that needs neither pictures nor weights; takes seconds.

    Args:
        seed: of the drawn transformations, the noise pictures and all random initial weights.
            Keras's global seed is set to it.

    Returns:
        Observations by name, plain JSON values, for :class:`repro.record.RunRecord`.
        ``inspection.made_with`` says with which Keras and backend they were made.
    """
    from repro import _keras

    made_with: dict[str, JsonValue] = {
        "keras": _keras.keras.__version__,
        "backend": _keras.backend(),
    }
    return {
        "inspection.made_with": made_with,
        **observe_architecture(seed=seed),
        **observe_freezing(seed=seed),
        **observe_augmentation(seed=seed),
    }


__all__ = [
    "observe",
    "observe_architecture",
    "observe_augmentation",
    "observe_freezing",
    "observe_originals",
    "observe_pictures",
]
