"""What all techniques are trained with: epochs that resume, evaluation, and what makes them fast.

A technique itself is described in :mod:`repro.techniques`.
"""

from repro.training.evaluation import evaluate
from repro.training.on_pictures import train_on_pictures
from repro.training.shared_passes import train_on_shared_passes

__all__ = ["evaluate", "train_on_pictures", "train_on_shared_passes"]
