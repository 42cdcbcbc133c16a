"""The chapter's techniques as functions that return what happened.

0. :func:`train_from_scratch`: the book's small convnet.
1. :func:`train_on_features`: the base once over every picture, a classifier on its feature maps.
2. :func:`train_frozen`: the same on augmented pictures, so the base is applied in every epoch;
   :func:`train_stacked` is the plain way to compute it.
3. :func:`fine_tune`: the base's later layers trained on, from a trained classifier.
"""

from repro.training.data import Features, Pictures
from repro.training.evaluation import evaluate
from repro.training.fine_tuning import fine_tune, train_from_scratch, train_stacked
from repro.training.frozen import train_frozen
from repro.training.on_features import train_on_features

__all__ = [
    "Features",
    "Pictures",
    "evaluate",
    "fine_tune",
    "train_from_scratch",
    "train_frozen",
    "train_on_features",
    "train_stacked",
]
