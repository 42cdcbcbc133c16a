"""What the chapter says about the competition, ImageNet and VGG16: judged by what others wrote.

Nothing here is measured. The evidence is a citation: who, where, when, and what it says in our
words. The verdict says that it is judged by source.
"""

from __future__ import annotations

import json
from functools import partial
from importlib import resources
from typing import Any

from repro import chapter
from repro.claims._claim import Claim, Finding, Rule, Source, Value, Verdict

BASE_PLACE = "Using a pretrained convnet"

KAGGLE = Source(
    "Kaggle",
    "kaggle.com/c/dogs-vs-cats/data",
    "2016",
    "the competition ran from 25 September 2013 to 1 February 2014; train.zip has 543.16 MB and "
    "25,000 pictures, test1.zip 271.15 MB; one has to log in to download them",
)
DATASETS = Source(
    "the authors of Keras",
    "the modules of keras.datasets in Keras 3.15.1",
    "read in 2026",
    "the sets that come with Keras are MNIST, CIFAR-10 and -100, IMDB, Reuters, Fashion-MNIST and "
    "two of housing prices",
)
KDNUGGETS = Source(
    "KDnuggets",
    "kdnuggets.com/2014/02/deep-learning-wins-dogs-vs-cats-competition.html",
    "February 2014",
    "Pierre Sermanet won with 98.9 %, using his convnet library OverFeat; the second entry seems "
    "to have used DeCaf's convnet features",
)
FASTML = Source(
    "the fastml.com team, on Kaggle's blog",
    "blog.kaggle.com, “Yesterday a kaggler, today a Kaggle master”",
    "February 2014",
    "8th of 215 with features of pretrained convnets (DeCAF, OverFeat), linear models and a small "
    "network on them",
)
ILSVRC = Source(
    "O. Russakovsky and others",
    "“ImageNet Large Scale Visual Recognition Challenge”, IJCV 115, doi 10.1007/s11263-015-0816-y",
    "2015",
    "ILSVRC 2012 has 1,281,167 pictures to train on, 50,000 to validate and 100,000 to test, in "
    "1,000 classes",
)
TEST_LABELS = Source(
    "TensorFlow Datasets",
    "tensorflow.org/datasets/catalog/imagenet2012",
    "2019 or later",
    "no labels of the 100,000 test pictures have been released publicly",
)
CLASSES = Source(
    "the organisers of ILSVRC, in Keras's numbering",
    "imagenet_class_index.json",
    "2012",
    "the 1,000 classes; those of dogs and cats are carried in repro/claims/imagenet.json",
)
VGG = Source(
    "K. Simonyan and A. Zisserman",
    "arXiv 1409.1556, “Very Deep Convolutional Networks for Large-Scale Image Recognition”",
    "4 September 2014",
    "the architecture with 16 layers of weights, published as model D",
)
APPLICATIONS = Source(
    "the authors of Keras",
    "keras.io/api/applications, by its source in keras-team/keras-io, commit e7be306b",
    "2022 or later",
    "VGG16 has 138.4 million parameters and 71.3 % top-1 accuracy on ImageNet, MobileNet 4.3 and "
    "70.4 %, ResNet50 25.6 and 74.9 %, InceptionV3 23.9 and 77.9 %, Xception 22.9 and 79.0 %",
)


def imagenet() -> dict[str, Any]:
    """Returns ImageNet's classes of dogs and cats: groups of names, each from its first number."""
    text = (resources.files("repro.claims") / "imagenet.json").read_text(encoding="utf-8")
    found: dict[str, Any] = json.loads(text)
    return found


def cited(source: Source) -> str:
    """Returns a source as the evidence prints it."""
    return f"{source.who} ({source.where}, {source.when}): {source.says}."


def by_source(
    verdict: Verdict,
    measured: Value | None,
    conclusion: str,
    *sources: Source,
    overturned_by: str = "a better source that says otherwise",
) -> Rule:
    """Returns a rule whose verdict rests on sources and on no record.

    Args:
        verdict: what the sources come to.
        measured: the value that they give.
        conclusion: why, in one sentence.
        sources: who says so.
        overturned_by: what would have to be found for another verdict.
    """
    text = f"By source, not measured. {conclusion} {' '.join(map(cited, sources))}"
    found = Finding(verdict, text, measured, overturned_by=overturned_by)
    return Rule(lambda records: found, sources=sources)


def _breeds() -> Rule:
    """Judges "different species of cats and dogs" by the class list."""
    groups = {name: len(one["classes"]) for name, one in imagenet().items() if name != "source"}
    measured = ", ".join(f"{count} {name}" for name, count in groups.items())
    text = (
        f"The class list has {groups['domestic dogs']} classes of domestic dogs, which are breeds "
        f"of one species, {groups['domestic cats']} kinds of domestic cats, one species too, and "
        f"{groups['wild cats']} wild cats and {groups['wild dogs']} wild dogs, which are species. "
        "Kaggle's pictures are pets, so breeds is the word. Many dogs, few cats."
    )
    return by_source("reproduced with a note", measured, text, CLASSES)


_claim = partial(
    Claim,
    topic="competition",
    place="Downloading the data",
    remedy="Give the scores of the competition's leaderboard.",
)

CLAIMS: tuple[Claim, ...] = (
    _claim(
        "not-in-keras",
        "The set does not come with Keras.",
        "not with Keras",
        by_source("reproduced", "not with Keras", "It is not among them.", DATASETS),
    ),
    _claim(
        "competition-2013",
        "Kaggle published the set for a competition in late 2013.",
        "late 2013",
        by_source(
            "reproduced", "September 2013 to February 2014", "It began in late 2013.", KAGGLE
        ),
    ),
    _claim(
        "competition-account",
        "The pictures can be had from Kaggle with an account.",
        "with an account",
        by_source("reproduced", "with an account", "The page asks for one.", KAGGLE),
    ),
    _claim(
        "competition-convnets",
        "Entrants who used convnets won the competition.",
        "won by convnets",
        by_source(
            "reproduced",
            "1st, 8th and probably 2nd of 215",
            "So did the winner and the 8th; what most of them did is the chapter's technique 1, a "
            "classifier on a pretrained network's features.",
            KDNUGGETS,
            FASTML,
        ),
    ),
    _claim(
        "competition-best-95",
        "The best entries reached up to 95 % accuracy.",
        chapter.COMPETITION_BEST_ACCURACY,
        by_source(
            "refuted",
            chapter.COMPETITION_WINNER_ACCURACY,
            "The winner was 3.9 points better.",
            KDNUGGETS,
            overturned_by="a leaderboard whose first entry is at 95 %",
        ),
    ),
    _claim(
        "competition-top-result",
        "With its 96.5 % the chapter would have been one of the competition's top results.",
        "one of the top results",
        by_source(
            "not run here",
            None,
            "The sources give only the winner's score, 98.9 %; the chapter's 965 of 1,000 is 95.2 "
            "to 97.5 % on new pictures. They do not decide what place that would have been.",
            KDNUGGETS,
            FASTML,
        ),
        place="Fine-tuning",
        needs=("sources",),
    ),
    _claim(
        "archive-pictures",
        "Kaggle's set has 25,000 pictures of cats and dogs.",
        chapter.KAGGLE_PICTURES,
        by_source(
            "reproduced", chapter.KAGGLE_PICTURES, "That is the labelled part of it.", KAGGLE
        ),
    ),
    _claim(
        "archive-is-training-alone",
        "543 MB is the size of the compressed data set.",
        f"{chapter.KAGGLE_COMPRESSED_MEGABYTES} MB",
        by_source(
            "reproduced with a note",
            "543.16 MB, with the test pictures 814.31 MB",
            "That is only train.zip, the labelled pictures; with test1.zip it is half as much "
            "again.",
            KAGGLE,
        ),
    ),
    _claim(
        "imagenet-size",
        "ImageNet has 1.4 million labelled pictures and 1,000 classes.",
        "1.4 million, 1,000 classes",
        by_source(
            "reproduced with a note",
            "1,431,167 pictures, 1,000 classes",
            "All three parts of ILSVRC 2012 together; the labels that are public are 1.33 million.",
            ILSVRC,
            TEST_LABELS,
        ),
        place=BASE_PLACE,
    ),
    _claim(
        "imagenet-species",
        "ImageNet's classes include different species of cats and dogs.",
        "different species",
        _breeds(),
        place=BASE_PLACE,
    ),
    _claim(
        "vgg16-origin",
        "VGG16 was developed by Karen Simonyan and Andrew Zisserman in 2014.",
        "Simonyan and Zisserman, 2014",
        by_source("reproduced", "Simonyan and Zisserman, 2014", "Their paper.", VGG),
        place=BASE_PLACE,
    ),
    _claim(
        "vgg16-heavy",
        "VGG16 is far from the state of the art and heavier than many recent models.",
        "heavier and less accurate",
        by_source(
            "reproduced",
            "138.4 million parameters, 71.3 %",
            "Four of the chapter's own list are newer and smaller, three of them also better.",
            APPLICATIONS,
        ),
        place=BASE_PLACE,
    ),
)
