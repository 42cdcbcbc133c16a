"""The releases of Keras, each with the Python and the packages that it is measured on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from repro.errors import OptionError

Flavour = Literal["keras", "tf.keras"]


@dataclass(frozen=True)
class Release:
    """One release and its environment.

    Args:
        name: as the command line and the records call it: a version of Keras, or ``tf`` and a
            version of TensorFlow, whose ``tf.keras`` it is.
        date: of the release's tag in Keras's own repository; None where it has none.
        flavour: how the listings import it.
        python: the minor version of its interpreter.
        requirements: what pip is told to install, pinned.
    """

    name: str
    date: str | None
    flavour: Flavour
    python: str
    requirements: tuple[str, ...]


#: Beside TensorFlow 1.4.1, the newest that needs no AVX and is older than the chapter by a week.
_OF_2017 = (
    "tensorflow==1.4.1",
    "numpy==1.13.3",
    "h5py==2.7.1",
    "scipy==1.0.0",
    "pillow==4.3.0",
    "protobuf==3.5.0.post1",
)
#: Keras 2.0.7 sets an attribute of TensorFlow's variables that TensorFlow 1.4 has made read-only.
_BEFORE_1_4 = ("tensorflow==1.3.0", *_OF_2017[1:])
#: Beside TensorFlow 1.15.5, the last of the first generation. Not from Pillow 7 on: until 2.0.8,
#: Keras leaves it to Pillow how pictures are resized, and Pillow 7 changed its mind.
_OF_2019 = (
    "tensorflow==1.15.5",
    "numpy==1.18.5",
    "h5py==2.10.0",
    "scipy==1.2.3",
    "pillow==6.2.2",
    "protobuf==3.20.3",
)
#: Beside the releases of TensorFlow of these years.
_OF_2022 = ("numpy==1.23.5", "scipy==1.10.1", "pillow==9.5.0", "protobuf==3.19.6")
_OF_2023 = ("numpy==1.26.4", "scipy==1.11.4", "pillow==10.4.0")
#: Keras's own tags and their dates.
_ON_TENSORFLOW_1_4 = {
    "2.0.5": "2017-06-12",
    "2.0.6": "2017-07-07",
    "2.0.7": "2017-08-21",
    "2.0.8": "2017-08-25",
    "2.0.9": "2017-11-01",
    "2.1.0": "2017-11-13",
    "2.1.1": "2017-11-14",
    "2.1.2": "2017-12-01",
    "2.1.3": "2018-01-15",
    "2.1.4": "2018-02-13",
    "2.1.5": "2018-03-06",
    "2.1.6": "2018-04-23",
    "2.2.0": "2018-06-06",
    "2.2.1": "2018-07-27",  # with 2.2.2, wants an older keras-applications than TensorFlow 1.15
    "2.2.2": "2018-07-28",
}
#: Of these, the ones that were seen to run on TensorFlow 1.15.5 as well.
_ALSO_ON_1_15 = ("2.0.8", "2.0.9", "2.1.0", "2.1.2")
_ON_TENSORFLOW_1_15 = {
    "2.2.3": "2018-10-01",
    "2.2.4": "2018-10-03",
    "2.2.5": "2019-08-21",
    "2.3.0": "2019-09-17",
    "2.3.1": "2019-10-07",
}


def _keras(name: str, date: str, python: str, others: tuple[str, ...]) -> Release:
    return Release(name, date, "keras", python, (f"keras=={name}", *others))


def _tensorflow(
    name: str, date: str, python: str, tensorflow: str, keras: str, *others: str
) -> Release:
    requirements = (f"tensorflow-cpu=={tensorflow}", f"keras=={keras}", *others)
    return Release(name, date, "tf.keras", python, requirements)


#: In the order of the table: Keras on its own, then the Keras of TensorFlow.
_ALL = (
    *(
        _keras(name, date, "3.6", _BEFORE_1_4 if name == "2.0.7" else _OF_2017)
        for name, date in _ON_TENSORFLOW_1_4.items()
    ),
    *(_keras(name, date, "3.7", _OF_2019) for name, date in _ON_TENSORFLOW_1_15.items()),
    Release("tf1.15", None, "tf.keras", "3.7", _OF_2019),
    Release("tf2.0", None, "tf.keras", "3.7", ("tensorflow==2.0.4", *_OF_2019[1:])),
    Release(
        "tf2.3", None, "tf.keras", "3.8",
        ("tensorflow-cpu==2.3.4", "numpy==1.18.5", "scipy==1.4.1", "pillow==8.4.0",
         "protobuf==3.20.3"),
    ),
    _tensorflow("tf2.6", "2021-08-03", "3.9", "2.6.2", "2.6.0",
                "scipy==1.7.3", "pillow==9.5.0", "protobuf==3.20.3"),
    _tensorflow("tf2.8", "2021-12-23", "3.9", "2.8.4", "2.8.0",
                "scipy==1.9.3", "pillow==9.5.0", "protobuf==3.19.6"),
    _tensorflow("tf2.9", "2022-04-22", "3.10", "2.9.3", "2.9.0",
                "scipy==1.9.3", "numpy==1.23.5", "pillow==9.5.0", "protobuf==3.19.6"),
    _tensorflow("tf2.10", "2022-08-02", "3.10", "2.10.1", "2.10.0", *_OF_2022),
    _tensorflow("tf2.11", "2022-11-08", "3.10", "2.11.1", "2.11.0", *_OF_2022),
    _tensorflow("tf2.14", "2023-09-11", "3.11", "2.14.1", "2.14.0", *_OF_2023),
    _tensorflow("tf2.15", "2023-11-06", "3.11", "2.15.1", "2.15.0", *_OF_2023),
    _tensorflow("tf2.16", "2024-04-26", "3.11", "2.16.2", "3.3.3", *_OF_2023),
    _tensorflow("tf2.17", "2024-08-12", "3.11", "2.17.1", "3.5.0", *_OF_2023),
    _tensorflow("tf2.18", "2024-11-26", "3.12", "2.18.1", "3.7.0",
                "numpy==2.0.2", "scipy==1.14.1", "pillow==11.3.0"),
    _tensorflow("tf2.19", "2025-03-28", "3.12", "2.19.1", "3.9.2",
                "numpy==2.1.3", "scipy==1.14.1", "pillow==11.3.0"),
    _tensorflow("tf2.20", "2025-08-21", "3.12", "2.20.0", "3.11.3",
                "numpy==2.3.5", "scipy==1.16.3", "pillow==12.3.0"),
    _tensorflow("tf2.21", "2026-07-29", "3.13", "2.21.0", "3.15.1",
                "scipy==1.16.3", "pillow==12.3.0"),
)  # fmt: skip
RELEASES: dict[str, Release] = {release.name: release for release in _ALL}
NEWEST = _ALL[-1].name


def named(names: Sequence[str]) -> tuple[Release, ...]:
    """Returns releases by their names, in the order of the table.

    Raises:
        OptionError: one is none of them.
    """
    unknown = [name for name in names if name not in RELEASES]
    if unknown:
        raise OptionError(
            "era",
            found=repr(unknown[0]),
            expected=f"releases, of {', '.join(RELEASES)}",
            remedy="`repro era --list` says what each is measured on.",
        )
    return tuple(release for name, release in RELEASES.items() if name in names)


def for_long_runs(release: Release) -> Release:
    """Returns a release on TensorFlow 1.15.5 if it runs there: unlike 1.4.1, that uses AVX2."""
    if release.name not in _ALSO_ON_1_15:
        return release
    return replace(release, python="3.7", requirements=(release.requirements[0], *_OF_2019))
