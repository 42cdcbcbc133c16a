"""The experiments: the chapter's techniques and what is varied to test its other statements."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from repro import chapter
from repro.chapter import (
    FAST_FEATURE_EXTRACTION,
    FEATURE_EXTRACTION,
    FINE_TUNING,
    FROM_SCRATCH,
    Technique,
)

Start = Literal["technique-2", "unfrozen"]


@dataclass(frozen=True)
class Experiment:
    """A named run, as data.

    Args:
        name: on the command line and in records.
        question: what it answers.
        technique: hyperparameters.
        frozen: False leaves the base trainable while technique 2 runs.
        untrained: fine-tunes from a classifier that was never trained.
        layers: trains a classifier on each of these layers' feature maps.
        start: what fine-tuning starts from, "technique-2" or "unfrozen".
        clean: leaves out the pictures of :mod:`repro.dataset.doubtful`.
        base: the convolutional base, one of the chapter's list.
        precision: of the base's computation, where the experiment is about that.
        claims: ids of the claims that its records can judge.
    """

    name: str
    question: str
    technique: Technique
    frozen: bool = True
    untrained: bool = False
    layers: tuple[str, ...] = ()
    start: Start = "technique-2"
    clean: bool = False
    base: str = chapter.BASE_NAME
    precision: Literal["float32", "bfloat16"] | None = None
    claims: tuple[str, ...] = ()


def _unfreezing(name: str, layer: str, question: str, *claims: str) -> Experiment:
    return Experiment(name, question, replace(FINE_TUNING, unfreeze_from=layer), claims=claims)


def _other_base(name: str) -> Experiment:
    return Experiment(
        f"base-{name.lower()}",
        f"How well does fast feature extraction do with {name} as the base?",
        FAST_FEATURE_EXTRACTION,
        base=name,
    )


_ALL = (
    Experiment(
        "from-scratch",
        "Does a small convnet trained from scratch reach about 82 %?",
        FROM_SCRATCH,
        claims=("scratch-accuracy",),
    ),
    Experiment(
        "technique-1",
        "Does fast feature extraction reach about 90 %?",
        FAST_FEATURE_EXTRACTION,
        claims=("fast-extraction-accuracy", "fast-extraction-cheap"),
    ),
    Experiment(
        "technique-2",
        "Does feature extraction with augmentation reach about 90 %?",
        FEATURE_EXTRACTION,
        claims=("extraction-accuracy", "extraction-intractable"),
    ),
    Experiment(
        "technique-3",
        "Does fine-tuning from block3_conv1 reach above 96 %, and 96.5 % of the test pictures?",
        FINE_TUNING,
        claims=(
            "fine-tuning-accuracy",
            "fine-tuning-gain",
            "fine-tuning-loss-worsens",
            "fine-tuning-test-accuracy",
            "fine-tuning-test-loss",
            "weights-change-slightly",
        ),
    ),
    Experiment(
        "probe-layers",
        "How well does a classifier do on the feature maps of earlier blocks?",
        FAST_FEATURE_EXTRACTION,
        layers=("block3_pool", "block4_pool", "block5_pool"),
        claims=("earlier-layers-generic",),
    ),
    Experiment(
        "unfrozen",
        "What does technique 2 show when the base is left trainable by mistake?",
        FEATURE_EXTRACTION,
        frozen=False,
        claims=("unfrozen-destroys",),
    ),
    Experiment(
        "python-edition",
        "What does the Python edition's section 5.3 show: unfrozen, then fine-tuned from block 5?",
        replace(FINE_TUNING, unfreeze_from=chapter.UNFREEZE_FROM_PYTHON_EDITION),
        start="unfrozen",
    ),
    Experiment(
        "float32",
        "What does technique 1 show when the base computes in float32, as the chapter's did?",
        FAST_FEATURE_EXTRACTION,
        precision="float32",
    ),
    Experiment(
        "clean-labels",
        "What do the pictures that do not show what their names say cost technique 1?",
        FAST_FEATURE_EXTRACTION,
        clean=True,
    ),
    Experiment(
        "no-augmentation",
        "What does technique 2 show on pictures that are not augmented?",
        replace(FEATURE_EXTRACTION, augmented=False),
        claims=("augmentation-fights-overfitting",),
    ),
    Experiment(
        "untrained-classifier",
        "What happens when fine-tuning begins before the classifier is trained?",
        FINE_TUNING,
        untrained=True,
        claims=("untrained-destroys",),
    ),
    _unfreezing(
        "unfreeze-block5",
        chapter.UNFREEZE_FROM_PYTHON_EDITION,
        "What does fine-tuning block 5 alone bring, as in the Python edition?",
        "diminishing-returns",
    ),
    _unfreezing("unfreeze-block4", "block4_conv1", "What do blocks 4 and 5 bring?"),
    _unfreezing("unfreeze-block2", "block2_conv1", "What do blocks 2 to 5 bring?"),
    _unfreezing(
        "unfreeze-all",
        "block1_conv1",
        "What does fine-tuning the whole base bring?",
        "more-layers-risk",
    ),
    *(_other_base(name) for name in chapter.BASE_NAMES if name != chapter.BASE_NAME),
)
#: By name, in the chapter's order.
EXPERIMENTS: dict[str, Experiment] = {experiment.name: experiment for experiment in _ALL}
