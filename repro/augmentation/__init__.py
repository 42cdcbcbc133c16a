"""Data augmentation: draw affine parameters, seeded per picture and epoch, and apply them.

The Keras generator's semantics, of 2017 or of today (see :class:`repro.recipe.Recipe`). Pictures go
in and come out as uint8. A picture's version at an epoch is the same bits whatever the batch, the
order, the number of threads, the backend or the platform.
"""

from repro.augmentation._affine import matrices
from repro.augmentation._apply import apply, augment
from repro.augmentation._draw import Parameters, Spec, draw

__all__ = ["Parameters", "Spec", "apply", "augment", "draw", "matrices"]
