"""The commits behind the changes, from Keras's own history and its tags."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Commit:
    """A commit that changed what the chapter's listings do.

    Args:
        reading: the quantity that it changed, a name of :data:`repro.era.readings.READINGS`.
        commit: its hash in keras-team/keras.
        date: of its author.
        first: the first of :data:`repro.era.releases.RELEASES` whose tag holds it. What was
            measured has to agree: a test compares them.
        what: in a few words, with the pull request where there is one.
    """

    reading: str
    commit: str
    date: str
    first: str
    what: str


COMMITS = (
    Commit(
        "files",
        "419105bd37",
        "2017-09-10",
        "2.0.9",
        "`DirectoryIterator` sorts its files (PR 7869)",
    ),
    Commit(
        "resize",
        "c03482506b",
        "2017-10-08",
        "2.0.9",
        "`load_img` can choose its resampling, bilinear by default (PR 7975)",
    ),
    Commit(
        "resize",
        "9634b5a856",
        "2017-11-08",
        "2.1.0",
        "nearest neighbour by default again, by the chapter's second author (PR 8435)",
    ),
    Commit(
        "listing",
        "c25fa38deb",
        "2017-11-09",
        "2.1.0",
        "trainability when the first layer in a `Sequential` is a model, by the chapter's first "
        "author",
    ),
    Commit(
        "rmsprop",
        "321d838ba8",
        "2017-12-11",
        "2.1.3",
        "literals replaced with `K.epsilon()` (PR 8710)",
    ),
    Commit(
        "shear",
        "74aaeb32ce",
        "2017-12-30",
        "2.1.3",
        "shear intensity from radians to degrees (PR 8868)",
    ),
    Commit(
        "interpolation",
        "9b08f3335a",
        "2018-02-12",
        "2.1.4",
        "augmentation resamples bilinearly (PR 8849)",
    ),
    Commit(
        "loss",
        "7c84229f35",
        "2019-03-04",
        "2.3.0",
        "`K.binary_crossentropy` is TensorFlow's own",
    ),
    Commit(
        "centre",
        "373ad97c72",
        "2022-02-08",
        "tf2.9",
        "image utilities copied from keras-preprocessing, with its unreleased PR 314 of 2020",
    ),
    Commit(
        "axes",
        "373ad97c72",
        "2022-02-08",
        "tf2.9",
        "the same copy, with keras-preprocessing's unreleased PR 318 of 2020",
    ),
    Commit(
        "rmsprop",
        "f3035dce9c",
        "2022-09-26",
        "tf2.11",
        "the new optimizer's RMSprop takes the square root of `velocity + epsilon`",
    ),
    Commit(
        "listing",
        "b9be76a13a",
        "2023-09-22",
        "tf2.16",
        "Keras 3: a `Sequential` that begins with a model counts its dense layers' tensors only "
        "once it is built, at the first step",
    ),
    Commit(
        "loss",
        "b9be76a13a",
        "2023-09-22",
        "tf2.16",
        "Keras 3: probabilities are clipped, and no epsilon is added in the logarithm",
    ),
    Commit(
        "listing",
        "902f9da309",
        "2024-07-18",
        "tf2.17",
        "it is built at once again (PR 20002)",
    ),
)
