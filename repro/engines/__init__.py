"""What computes a frozen base: Keras on its backend, or ncnn.

A base that does not train is a function of pictures, so another engine may compute it than the one
that trains. Whatever trains runs on Keras, and so does whatever is measured about Keras itself.
"""

from repro.engines import keras, ncnn
from repro.engines.choice import check, choose, choose_precision, software
from repro.engines.extractor import BATCH, Extractor

__all__ = ["BATCH", "Extractor", "check", "choose", "choose_precision", "keras", "ncnn", "software"]
