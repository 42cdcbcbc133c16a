"""How a file of weights is refused."""

from __future__ import annotations

from typing import NoReturn

from repro.errors import WeightsError

EXPECTED = "Keras's ImageNet weights of VGG16 without its top, an HDF5 file"
REMEDY = (
    "Delete the file and run again without --weights and REPRO_WEIGHTS to download it, or give "
    "the path of vgg16_weights_tf_dim_ordering_tf_kernels_notop.h5."
)


def refuse(subject: object, found: str, *, expected: str = EXPECTED) -> NoReturn:
    """Raises :class:`WeightsError`."""
    raise WeightsError(subject, found=found, expected=expected, remedy=REMEDY)
