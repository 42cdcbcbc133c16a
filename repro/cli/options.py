"""Options that several commands share, and how their values are read."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal, TypeVar

import typer

from repro import settings
from repro.chapter import Numbering
from repro.errors import OptionError, check_known
from repro.recipe import RECIPES

LARGEST_SEED = 2**32 - 1
MOST_SEEDS = 10_000
MOST_EPOCHS = 10_000

Originals = Annotated[
    Path | None,
    typer.Option(
        envvar=settings.ORIGINALS,
        help="The Kaggle pictures: a folder of cat.N.jpg and dog.N.jpg, or an archive of them. "
        "Without them a demonstration runs on drawn pictures.",
    ),
]
Weights = Annotated[
    Path | None,
    typer.Option(
        envvar=settings.WEIGHTS,
        help="The VGG16 weights without the top (.h5). Default: Keras's cache, or else a download.",
    ),
]
RecipeOption = Annotated[
    str, typer.Option(help=f"Which year's semantics: one of {', '.join(RECIPES)}.")
]
Precision = Annotated[
    Literal["auto", "float32", "bfloat16"],
    typer.Option(help="Precision of the base; auto: bfloat16 if the hardware supports it."),
]
Engine = Annotated[
    Literal["auto", "keras", "ncnn"],
    typer.Option(
        help="What computes a frozen VGG16; auto: ncnn if it is installed and the base computes "
        "in float32."
    ),
]
NumberingOption = Annotated[
    Numbering, typer.Option(help="Which edition's picture numbers: r from 1, python from 0.")
]
Seeds = Annotated[str, typer.Option(help="Such as 0,1,2 or 0..9; one training run per seed.")]
Epochs = Annotated[
    int | None,
    typer.Option(
        min=1, max=MOST_EPOCHS, help="Number of epochs. Default: as many as the chapter trains."
    ),
]
StartEpochs = Annotated[
    int | None,
    typer.Option(
        min=1,
        max=MOST_EPOCHS,
        help="For fine-tuning: epochs of the run that it starts from. Default: all.",
    ),
]
Fresh = Annotated[
    bool, typer.Option("--fresh", help="Start over and forget what earlier runs finished.")
]


def parse_seeds(text: str) -> tuple[int, ...]:
    """Reads "0,1,2" or "0..9" (both ends included).

    Raises:
        OptionError: it is neither, a seed appears twice, or one is out of range.
    """
    try:
        if ".." in text:
            first, last = map(int, text.split(".."))
            seeds = tuple(range(first, last + 1)) if last - first < MOST_SEEDS else ()
        else:
            seeds = tuple(int(part) for part in text.split(","))
    except ValueError:
        seeds = ()
    if (
        not seeds
        or len({*seeds}) != len(seeds)
        or len(seeds) > MOST_SEEDS
        or not 0 <= min(seeds) <= max(seeds) <= LARGEST_SEED
    ):
        raise OptionError(
            "--seeds",
            found=repr(text),
            expected=f"at most {MOST_SEEDS} different whole numbers from 0 to {LARGEST_SEED}, "
            "as 0,1,2 or 0..9",
            remedy="Correct the option.",
        )
    return seeds


_Known = TypeVar("_Known")


def named(option: str, name: str, known: Mapping[str, _Known]) -> _Known:
    """Returns what a name stands for.

    Raises:
        OptionError: for nothing.
    """
    check_known(option, name, known)
    return known[name]


def inputs(originals: Path | None, weights: Path | None) -> tuple[Path | None, Path | None]:
    """Returns the pictures and the weights as given, once they are known to be there.

    Raises:
        OptionError: one is not.
    """
    return (
        existing(originals, f"--originals ({settings.ORIGINALS})"),
        existing(weights, f"--weights ({settings.WEIGHTS})"),
    )


def existing(path: Path | None, option: str) -> Path | None:
    """Returns the path as given, once it is known to be there.

    Raises:
        OptionError: nothing is there.
    """
    if path is None:
        return None
    why = "which does not exist"
    try:
        found = path.expanduser()
        if found.exists():
            return found
    except OSError as error:
        why = error.strerror or why
    except RuntimeError:  # no such user, or none at all
        why = "whose user's home is not known"
    raise OptionError(
        option,
        found=f"{path}, {why}",
        expected="a file or folder that exists",
        remedy="Correct the path, or leave the option and its environment variable out.",
    )


def check_writable(path: Path | None, option: str, *, folder: bool) -> None:
    """Finds out whether a result can be written: before hours of work, not after.

    Raises:
        OptionError: it cannot.
    """
    if path is None:
        return
    target = path if folder else path.parent
    try:
        if path.exists() and path.is_dir() != folder:
            found = f"{path}, which is a {'folder' if path.is_dir() else 'file'}"
            expected = "a folder" if folder else "a file"
            raise OptionError(option, found=found, expected=expected, remedy="Name another path.")
        target.mkdir(parents=True, exist_ok=True)
        probe = target / f".{path.name}.writable"
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise OptionError(
            option,
            found=f"{target}: {error.strerror}",
            expected="a place that can be written to",
            remedy="Name another path, or change the permissions.",
        ) from error
