"""Settings that XLA, under JAX, needs before it is loaded."""

from __future__ import annotations

import os
from contextlib import suppress
from importlib import metadata

_YNN_FUSION = "--xla_cpu_experimental_ynn_fusion_type"
#: Earlier versions do not have this way of fusing; before 0.10.1 they refuse the flag.
_FIRST = (0, 10, 2)


def flags() -> dict[str, str]:
    """Returns the environment variables to set: without "YNN" fusion on processors.

    That fusion turns VGG16's first pooling into NaN or infinity in bfloat16 (seen with jaxlib
    0.12.0.1; the same program without it is right), and crashes on others (jax issues 39257 and
    40412). If ``XLA_FLAGS`` names the flag, that value stands.
    """
    given = os.environ.get("XLA_FLAGS", "")
    if os.environ.get("KERAS_BACKEND") != "jax" or _YNN_FUSION in given:
        return {}
    with suppress(metadata.PackageNotFoundError, ValueError):
        version = tuple(int(part) for part in metadata.version("jaxlib").split(".")[:3])
        if version >= _FIRST:
            return {"XLA_FLAGS": f"{given} {_YNN_FUSION}=".strip()}
    return {}
