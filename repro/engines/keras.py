"""The frozen base on Keras: large batches, without gradients."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from repro.engines.extractor import BATCH, Extractor


def extractor(base: Any, preprocessing: str = "rescale", *, batch: int = BATCH) -> Extractor:
    """Turns a base into a function from pictures to feature maps.

    Args:
        base: what :func:`repro.model.conv_base` returned.
        preprocessing: the recipe's, see :func:`repro.model.from_pixels`.
        batch: pictures per call into the backend.
    """
    from repro import model

    network = model.from_pixels(base, preprocessing)
    network.compile()
    return Applied(network, batch)


@dataclass(frozen=True)
class Applied:
    """A compiled model, applied in batches of one size.

    The last batch is filled up, so that a picture's feature map does not depend on how many others
    there are.

    Args:
        network: uint8 pictures (n, height, width, 3) → float (n, …).
        batch: pictures per call into the backend.
    """

    network: Any
    batch: int = BATCH

    @property
    def feature_map(self) -> tuple[int, ...]:
        """Shape of what the network makes of one picture."""
        return tuple(self.network.outputs[0].shape[1:])

    def __call__(self, pictures: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Returns what the network makes of n pictures, (n, …)."""
        values = np.empty((len(pictures), *self.feature_map), np.float32)
        for start in range(0, len(pictures), self.batch):
            part = np.asarray(pictures[start : start + self.batch])
            filler = np.zeros((self.batch - len(part), *part.shape[1:]), np.uint8)
            filled = np.concatenate([part, filler]) if len(filler) else part
            values[start : start + len(part)] = self.network.predict_on_batch(filled)[: len(part)]
        return values
