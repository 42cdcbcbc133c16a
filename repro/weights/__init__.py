"""The ImageNet weights of the VGG16 base: found or downloaded, verified tensor by tensor."""

from repro.weights._finding import cached, find, load, of_keras
from repro.weights._table import FILE_NAME, TABLE, digest, seeded

__all__ = ["FILE_NAME", "TABLE", "cached", "digest", "find", "load", "of_keras", "seeded"]
