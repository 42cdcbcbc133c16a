"""The ImageNet weights of the VGG16 base: found or downloaded, verified tensor by tensor."""

from repro.weights._finding import URL, cached, find, of_keras
from repro.weights._reading import load
from repro.weights._table import (
    FILE_NAME,
    TABLE,
    TensorEntry,
    Tensors,
    digest,
    seeded,
    tensor_digest,
)

__all__ = [
    "FILE_NAME",
    "TABLE",
    "URL",
    "TensorEntry",
    "Tensors",
    "cached",
    "digest",
    "find",
    "load",
    "of_keras",
    "seeded",
    "tensor_digest",
]
