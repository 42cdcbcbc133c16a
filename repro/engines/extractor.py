"""What every engine turns a frozen base into: a function from pictures to feature maps."""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

#: Pictures that are best given to an extractor at a time.
BATCH = 100


class Extractor(Protocol):
    """A frozen base: pictures uint8 (n, height, width, 3) → feature maps float32."""

    @property
    def feature_map(self) -> tuple[int, ...]:
        """Shape of one feature map, (height, width, channels)."""

    def __call__(self, pictures: NDArray[np.uint8], /) -> NDArray[np.float32]:
        """Returns the pictures' feature maps, (n, height, width, channels)."""
