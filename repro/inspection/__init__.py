"""What can be measured without training on real pictures: builds the chapter's models and looks.

The observations go into a run record, and the rules of :mod:`repro.claims` judge them from there.
"""

from __future__ import annotations

from pydantic import JsonValue

from repro.inspection._architecture import observe_architecture
from repro.inspection._augmentation import observe_augmentation
from repro.inspection._freezing import observe_freezing
from repro.inspection._pictures import observe_originals, observe_pictures

#: Of the drawn transformations, the noise pictures and all random initial weights.
SEED = 0


def observe() -> dict[str, JsonValue]:
    """Measures everything that needs neither pictures nor weights; takes seconds.

    Keras's global seed is set. ``inspection.made_with`` says with which Keras and backend the
    observations were made.
    """
    from repro import _keras

    return {
        "inspection.made_with": {"keras": _keras.keras.__version__, "backend": _keras.backend()},
        **observe_architecture(SEED),
        **observe_freezing(SEED),
        **observe_augmentation(SEED),
    }


__all__ = ["observe", "observe_originals", "observe_pictures"]
