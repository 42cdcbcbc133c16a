"""What computes a frozen base: Keras on its backend, or ncnn.

A base that does not train is a function of pictures, so it may have another engine than the one
that trains. What trains, and what is measured of Keras itself, has Keras's.
"""

from repro.engines import keras, ncnn
from repro.engines.choice import check, choose, choose_precision, software
from repro.engines.extractor import BATCH, Extractor

__all__ = ["BATCH", "Extractor", "check", "choose", "choose_precision", "keras", "ncnn", "software"]
