"""The gates that the chapter's accuracies must pass; ``docs/statistics.md`` prints their rates."""

from __future__ import annotations

import math

from repro import chapter
from repro.statistics import LOSS_TO_CATCH, Gate, NormalGate

#: Epochs at the end of fine-tuning whose mean is judged: single ones swing by two points.
LAST_EPOCHS = 10
#: Standard deviation of the accuracy from one epoch of fine-tuning to the next, a share.
EPOCH_SPREAD = 0.006
#: Two accuracies that differ by less are alike: half of the loss that a gate must not miss.
ENOUGH = LOSS_TO_CATCH / 2

#: "About 90 %", techniques 1 and 2, the last epoch.
FAST_FEATURE_EXTRACTION = Gate(chapter.FAST_FEATURE_EXTRACTION_VALIDATION_ACCURACY, seeds=3)
FEATURE_EXTRACTION = Gate(chapter.FEATURE_EXTRACTION_VALIDATION_ACCURACY, seeds=3)
#: "Above 96 %"; the introduction's 97 % is the upper end.
FINE_TUNING = Gate(
    chapter.FINE_TUNING_VALIDATION_ACCURACY, upper=chapter.INTRODUCTION_ACCURACY, seeds=2
)
#: One evaluation of the last epoch's weights, so an epoch's swing counts.
FINE_TUNING_TEST = Gate(chapter.FINE_TUNING_TEST_ACCURACY, seeds=3, spread=EPOCH_SPREAD)
#: A small convnet's seeds differ more, and 82 % is nearer to a half: five seeds.
FROM_SCRATCH = Gate(chapter.SCRATCH_VALIDATION_ACCURACY, seeds=5)
#: A gain is a difference of two techniques on the same pictures.
GAIN = NormalGate(
    chapter.FINE_TUNING_GAIN, margin=0.015, sigma=EPOCH_SPREAD * math.sqrt(2), change=0.03, seeds=3
)
TEST_LOSS = NormalGate(chapter.FINE_TUNING_TEST_LOSS, margin=0.05, sigma=0.03, change=0.1, seeds=3)

GATES: dict[str, Gate | NormalGate] = {
    "fast-extraction-accuracy": FAST_FEATURE_EXTRACTION,
    "extraction-accuracy": FEATURE_EXTRACTION,
    "fine-tuning-accuracy": FINE_TUNING,
    "fine-tuning-test-accuracy": FINE_TUNING_TEST,
    "scratch-accuracy": FROM_SCRATCH,
    "fine-tuning-gain": GAIN,
    "fine-tuning-test-loss": TEST_LOSS,
}
