"""The frozen base on Keras: large batches, without gradients."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from repro.engines.extractor import BATCH, Extractor


def extractor(base: Any, preprocessing: str = "rescale", *, batch: int = BATCH) -> Extractor:
    """Turns a base, as :func:`repro.model.conv_base` returns it, into a function of pictures.

    For ``preprocessing`` see :func:`repro.model.from_pixels`.
    """
    from repro import model

    network = model.from_pixels(base, preprocessing)
    network.compile()
    return Applied(network, batch)


@dataclass(frozen=True)
class Applied:
    """A compiled model, applied in batches of one size.

    Args:
        network: pictures or feature maps (n, …) → float (n, …).
        batch: how many per call into the backend.
        filled: fills the last batch up, so that a picture's feature map does not depend on how many
            others there are.
    """

    network: Any
    batch: int = BATCH
    filled: bool = True

    @property
    def feature_map(self) -> tuple[int, ...]:
        """Shape of what the network makes of one."""
        return tuple(self.network.outputs[0].shape[1:])

    def __call__(self, values: NDArray[Any]) -> NDArray[np.float32]:
        """Returns what the network makes of n values, (n, …)."""
        made = np.empty((len(values), *self.feature_map), np.float32)
        for start in range(0, len(values), self.batch):
            part = np.asarray(values[start : start + self.batch])
            missing = self.batch - len(part) if self.filled else 0
            filler = np.zeros((missing, *part.shape[1:]), part.dtype)
            filled = np.concatenate([part, filler]) if len(filler) else part
            made[start : start + len(part)] = self.network.predict_on_batch(filled)[: len(part)]
        return made
