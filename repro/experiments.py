"""The experiments: the chapter's techniques, and variations that test its other statements.

Plain data. Each kind of training is a value with its hyperparameters and the fields that mean
something for it. An experiment is a name, a question and one such value. Which claims its records
can judge is for the claims' rules to say; how each kind is trained is described in
:mod:`repro.techniques`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from repro import chapter
from repro.chapter import Technique

Start = Literal["technique-2", "unfrozen"]
#: What computes a frozen base.
Engine = Literal["keras", "ncnn"]
#: What a base computes in.
Precision = Literal["float32", "bfloat16"]


@dataclass(frozen=True)
class FromScratch:
    """Technique 0, the book's small convnet.

    Args:
        plain: leaves the pictures as they are, as the book does at first.
    """

    plain: bool = False
    hyperparameters: Technique = chapter.FROM_SCRATCH


@dataclass(frozen=True)
class FastFeatureExtraction:
    """Technique 1: the base once over every picture, a classifier on its feature maps.

    Args:
        base: the convolutional base, one of the chapter's list.
        layer: the layer of VGG16 whose output is classified; None takes the base whole. A dense
            layer needs the weights of VGG16 with its classifier.
        size: of the pictures, (height, width) in pixels.
        pictures: how many to train on, the first ones of each class; None takes them all.
        clean: leaves out the pictures of :mod:`repro.dataset.doubtful`.
        precision: of the base's computation, where the experiment is about that.
    """

    base: str = chapter.BASE_NAME
    layer: str | None = None
    size: tuple[int, int] = chapter.PICTURE_SIZE
    pictures: int | None = None
    clean: bool = False
    precision: Precision | None = None
    hyperparameters: Technique = chapter.FAST_FEATURE_EXTRACTION


@dataclass(frozen=True)
class LayerProbe:
    """Technique 1 on the feature maps behind several of VGG16's layers, one after the other."""

    layers: tuple[str, ...]
    hyperparameters: Technique = chapter.FAST_FEATURE_EXTRACTION


@dataclass(frozen=True)
class PositionProbe:
    """Technique 1, and linear probes for a shift on both sides of its hidden layer."""

    hyperparameters: Technique = chapter.FAST_FEATURE_EXTRACTION


@dataclass(frozen=True)
class FeatureExtraction:
    """Technique 2: the frozen base applied to each epoch's augmented pictures.

    Args:
        augmented: False leaves the pictures as they are.
    """

    augmented: bool = True
    hyperparameters: Technique = chapter.FEATURE_EXTRACTION


@dataclass(frozen=True)
class Stacked:
    """Technique 2 the plain way, base and classifier in one model.

    Args:
        frozen: False leaves the base trainable, the mistake that the chapter warns of.
    """

    frozen: bool = True
    hyperparameters: Technique = chapter.FEATURE_EXTRACTION


@dataclass(frozen=True)
class FineTuning:
    """Technique 3: the base's later layers and a classifier, trained together.

    Args:
        unfreeze_from: the first layer of VGG16 that is trained.
        start: the experiment whose trained weights it starts from; None starts from an untrained
            classifier, the mistake that the chapter warns of.
        start_epochs: how many epochs that experiment has had; None means as many as the chapter's.
    """

    unfreeze_from: str = chapter.UNFREEZE_FROM
    start: Start | None = "technique-2"
    start_epochs: int | None = None
    hyperparameters: Technique = chapter.FINE_TUNING


Training = (
    FromScratch
    | FastFeatureExtraction
    | LayerProbe
    | PositionProbe
    | FeatureExtraction
    | Stacked
    | FineTuning
)


@dataclass(frozen=True)
class Experiment:
    """A named run, as data: what question it answers by what training."""

    name: str
    question: str
    training: Training


#: Questions, and the trainings that answer them, by name.
_ALL: dict[str, tuple[str, Training]] = {
    "from-scratch": ("Does a small convnet trained from scratch reach about 82 %?", FromScratch()),
    "from-scratch-plain": (
        "What does the book's first convnet show, with nothing against overfitting?",
        FromScratch(plain=True, hyperparameters=chapter.FROM_SCRATCH_PLAIN),
    ),
    "technique-1": ("Does fast feature extraction reach about 90 %?", FastFeatureExtraction()),
    "technique-2": (
        "Does feature extraction with augmentation reach about 90 %?",
        FeatureExtraction(),
    ),
    "technique-3": (
        "Does fine-tuning from block3_conv1 reach above 96 %, and 96.5 % of the test pictures?",
        FineTuning(),
    ),
    "stacked": (
        "Does technique 2 in one model, as the chapter lists it, train what the fast way trains?",
        Stacked(),
    ),
    "probe-layers": (
        "How well does a classifier do on the feature maps of earlier blocks?",
        LayerProbe(("block3_pool", "block4_pool", "block5_pool")),
    ),
    "position-probe": ("Do dense layers still hold where things are?", PositionProbe()),
    "unfrozen": (
        "What does technique 2 show when the base is left trainable by mistake?",
        Stacked(frozen=False),
    ),
    "python-edition": (
        "What does the Python edition's section 5.3 show: unfrozen, then fine-tuned from block 5?",
        FineTuning(unfreeze_from=chapter.UNFREEZE_FROM_PYTHON_EDITION, start="unfrozen"),
    ),
    "float32": (
        "What does technique 1 show when the base computes in float32, as the chapter's did?",
        FastFeatureExtraction(precision="float32"),
    ),
    "clean-labels": (
        "What do the pictures that do not show what their names say cost technique 1?",
        FastFeatureExtraction(clean=True),
    ),
    "no-augmentation": (
        "What does technique 2 show on pictures that are not augmented?",
        FeatureExtraction(augmented=False),
    ),
    "untrained-classifier": (
        "What happens when fine-tuning begins before the classifier is trained?",
        FineTuning(start=None),
    ),
    "unfreeze-block5": (
        "What does fine-tuning block 5 alone bring, as in the Python edition?",
        FineTuning(unfreeze_from=chapter.UNFREEZE_FROM_PYTHON_EDITION),
    ),
    "unfreeze-block4": ("What do blocks 4 and 5 bring?", FineTuning(unfreeze_from="block4_conv1")),
    "unfreeze-block2": ("What do blocks 2 to 5 bring?", FineTuning(unfreeze_from="block2_conv1")),
    "unfreeze-all": (
        "What does fine-tuning the whole base bring?",
        FineTuning(unfreeze_from="block1_conv1"),
    ),
    "large-rate-1e-4": (
        "Does fine-tuning at a rate of 0.0001 harm what the base has learned?",
        FineTuning(hyperparameters=replace(chapter.FINE_TUNING, learning_rate=1e-4)),
    ),
    "large-rate-1e-3": (
        "Does fine-tuning at a rate of 0.001 harm what the base has learned?",
        FineTuning(hyperparameters=replace(chapter.FINE_TUNING, learning_rate=1e-3)),
    ),
    "five-hundred": (
        "What do a fourth of the pictures and as many steps bring technique 1?",
        FastFeatureExtraction(
            pictures=500, hyperparameters=replace(chapter.FAST_FEATURE_EXTRACTION, epochs=120)
        ),
    ),
    "features-224": (
        "How well does technique 1 do on pictures of the size that VGG16 was trained on?",
        FastFeatureExtraction(size=chapter.BASE_PICTURE_SIZE),
    ),
    "reuse-classifier": (
        "How well does it do on the output of VGG16's dense layers, reused?",
        FastFeatureExtraction(layer=chapter.BASE_DENSE_LAYERS[-1], size=chapter.BASE_PICTURE_SIZE),
    ),
    **{
        f"base-{name.lower()}": (
            f"How well does fast feature extraction do with {name} as the base?",
            FastFeatureExtraction(base=name),
        )
        for name in chapter.BASE_NAMES
        if name != chapter.BASE_NAME
    },
}
#: By name, in the chapter's order.
EXPERIMENTS = {name: Experiment(name, *answered) for name, answered in _ALL.items()}


def starts_trained(experiment: Experiment) -> bool:
    """Returns whether an experiment starts from what another one has trained."""
    return isinstance(experiment.training, FineTuning) and experiment.training.start is not None


def frozen_base(training: Training) -> str | None:
    """Returns the name of the base that a training applies frozen, or that its start applied.

    None if the base trains or is part of the graph that trains.
    """
    if isinstance(training, FineTuning) and training.start is not None:
        return frozen_base(EXPERIMENTS[training.start].training)
    if isinstance(training, FastFeatureExtraction):
        dense = training.layer in chapter.BASE_DENSE_LAYERS
        return f"{training.base} with dense layers" if dense else training.base
    applied = isinstance(training, FeatureExtraction | LayerProbe | PositionProbe)
    return chapter.BASE_NAME if applied else None


def started_after(experiment: Experiment, epochs: int | None) -> Experiment:
    """Returns an experiment that knows how many epochs the run that it starts from, if any, had."""
    training = experiment.training
    if not isinstance(training, FineTuning) or training.start is None:
        return experiment
    whole = EXPERIMENTS[training.start].training.hyperparameters.epochs
    given = None if epochs == whole else epochs  # the same run, however it is said
    return replace(experiment, training=replace(training, start_epochs=given))
