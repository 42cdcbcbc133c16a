"""What a record says, in words that can be compared from release to release.

A reading is derived from what was measured, never from a version number.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from itertools import product
from typing import Any, get_args

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from repro.augmentation import Parameters, apply
from repro.chapter import AUGMENTATION, FEATURE_EXTRACTION, PICTURE_SIZE
from repro.era import drawn
from repro.era.records import EraRecord, Quantity
from repro.probe import Fact, Floats
from repro.probe.drift import compare
from repro.recipe import TODAY, Interpolation, Recipe, TransformAxes, TransformCentre

#: The generator's arguments, as the listings name them, one by one.
ARGUMENTS = ("rotation", "width_shift", "height_shift", "shear", "zoom", "flip")
#: What a release may make of the generator's arguments, see :class:`repro.recipe.Recipe`.
SWITCHES = {
    "shear_unit": ("radians", "degrees"),
    "augmentation_interpolation": get_args(Interpolation),
    "transform_centre": get_args(TransformCentre),
    "transform_axes": get_args(TransformAxes),
}
#: Where in each range the listings draw, and where the second of two zooms.
PLACES = (0.83, 0.29)
#: Grey levels by which a resampled value may be off: sums are rounded in another order.
TOLERANCE = 0.01
#: A first step of RMSprop may be off by this share of itself: it is computed in float32.
STEP_TOLERANCE = 1e-4


def all_semantics() -> tuple[Recipe, ...]:
    """Returns recipes with every combination of what a generator makes of its arguments."""
    combinations = product(*SWITCHES.values())
    named = (dict[str, Any](zip(SWITCHES, one, strict=True)) for one in combinations)
    return tuple(replace(TODAY, name="", **switches) for switches in named)


@cache
def transformed(semantics: Recipe, arguments: tuple[str, ...]) -> NDArray[np.float64]:
    """Returns the small picture as the package transforms it.

    Args:
        semantics: of the transformation.
        arguments: those that are set; each is drawn at the listings' place of its range.

    Returns:
        (30, 40, 3), grey levels.
    """
    height, width = drawn.SMALL
    first, second = (2 * place - 1 for place in PLACES)
    shear = first * AUGMENTATION.shear_range
    given = {
        "theta": np.deg2rad(first * AUGMENTATION.rotation_range) * ("rotation" in arguments),
        "tx": first * AUGMENTATION.height_shift_range * height * ("height_shift" in arguments),
        "ty": first * AUGMENTATION.width_shift_range * width * ("width_shift" in arguments),
        "shear": (shear if semantics.shear_unit == "radians" else np.deg2rad(shear))
        * ("shear" in arguments),
        "zx": 1 + first * AUGMENTATION.zoom_range * ("zoom" in arguments),
        "zy": 1 + second * AUGMENTATION.zoom_range * ("zoom" in arguments),
    }
    parameters = Parameters(
        **{name: np.array([float(value)]) for name, value in given.items()},
        flip=np.array(["flip" in arguments]),
        centre=semantics.transform_centre,
        axes=semantics.transform_axes,
    )
    small = drawn.arrays()["small"][None]
    made = apply(small, parameters, interpolation=semantics.augmentation_interpolation)
    return np.asarray(made[0], np.float64)


@dataclass(frozen=True)
class Match:
    """How well the package's augmentation with some semantics is a release's.

    Args:
        semantics: the best.
        differing: kept values of all pictures that are not the same grey level.
        compared: how many were compared.
        runner_up: differing values of the second best.
    """

    semantics: Recipe
    differing: int
    compared: int
    runner_up: int


def augmentation(record: EraRecord) -> Match | None:
    """Finds the semantics that make a release's pictures; None where it has no generator."""
    cases = {name: (name,) for name in ARGUMENTS} | {"together": ARGUMENTS}
    seen = [(floats(record, f"augmentation.{name}"), which) for name, which in cases.items()]
    pairs = [(found, which) for found, which in seen if found is not None]
    if len(pairs) < len(cases):
        return None
    counts = {one: sum(_differing(one, *pair) for pair in pairs) for one in all_semantics()}
    best, second = sorted(counts, key=counts.__getitem__)[:2]
    compared = sum(len(found.values) for found, _ in pairs)
    return Match(best, counts[best], compared, counts[second])


def _differing(semantics: Recipe, found: Floats, arguments: tuple[str, ...]) -> int:
    expected = _kept(transformed(semantics, arguments), found)
    # The package rounds to the nearest grey level, halves up; Keras keeps fractions.
    return int(np.sum(abs(np.array(found.values) - expected) > 0.5 + TOLERANCE))


def _kept(array: NDArray[np.float64], like: Floats) -> NDArray[np.float64]:
    kept: NDArray[np.float64] = array.reshape(-1)[:: like.every]
    return kept


def floats(record: EraRecord, name: str) -> Floats | None:
    """Returns values of a record; None where it has none of that name."""
    found = quantity(record, name)
    return found if isinstance(found, Floats) else None


def fact(record: EraRecord, name: str) -> bool | int | str | None:
    """Returns a fact of a record; None where it has none of that name."""
    found = quantity(record, name)
    return found.value if isinstance(found, Fact) else None


def quantity(record: EraRecord, name: str) -> Quantity | None:
    """Returns a quantity of a record; None where it has none of that name."""
    return record.measured.quantities.get(name) if record.measured is not None else None


# ---------------------------------------------------------------------------------------- readings


def resize(record: EraRecord) -> str | None:
    """The resampling with which pictures from folders come to 150×150."""
    found = floats(record, "resize")
    if found is None:
        return None
    large = Image.fromarray(drawn.arrays()["large"])
    for method in (Image.Resampling.NEAREST, Image.Resampling.BILINEAR, Image.Resampling.BICUBIC):
        made = np.asarray(large.resize(PICTURE_SIZE[::-1], method), float)
        if np.array_equal(_kept(made, found), np.array(found.values)):
            return method.name.lower()
    return "something else"


def rmsprop(record: EraRecord) -> str | None:
    """RMSprop's denominator: where its epsilon stands, and what it is."""
    found = floats(record, "rmsprop.first_step")
    if found is None:
        return None
    gradients = np.abs(drawn.arrays()["gradients"][0].astype(float))
    ratio = FEATURE_EXTRACTION.learning_rate * gradients / np.abs(np.array(found.values))
    mean_square = 0.1 * gradients**2
    # Each formula gives its epsilon from the smallest gradient, and with it has to give the rest.
    outside = ratio[0] - np.sqrt(mean_square[0])
    inside = ratio[0] ** 2 - mean_square[0]
    for epsilon, denominator, words in (
        (outside, np.sqrt(mean_square) + outside, "sqrt(v) + {:.0e}"),
        (inside, np.sqrt(mean_square + inside), "sqrt(v + {:.0e})"),
    ):
        if np.all(np.abs(denominator / ratio - 1) < STEP_TOLERANCE):
            return words.format(epsilon)
    return "something else"


def sure_mistake(record: EraRecord) -> str | None:
    """The loss of a picture that is surely taken for the other class, in nats."""
    found = floats(record, "loss")
    return None if found is None else f"{abs(found.values[0]):.2g} to {max(found.values):.2f}"


def listing(record: EraRecord) -> str | None:
    """The chapter's freezing: printed, collected, changed."""
    names = ("printed_before", "printed_after", "changed", "tensors")
    before, after, changed, tensors = (fact(record, f"listing.{name}") for name in names)
    if changed is None:
        return None
    return f"{before}, then {after}; {changed} of {tensors} change"


def files(record: EraRecord) -> str | None:
    """The order of a folder's files."""
    found = fact(record, "files.sorted")
    return None if found is None else "sorted" if found else "as the file system lists them"


def _semantics(part: str) -> Callable[[EraRecord], str | None]:
    def read(record: EraRecord) -> str | None:
        match = augmentation(record)
        return None if match is None else str(getattr(match.semantics, part))

    return read


def _bits(name: str) -> Callable[[EraRecord], str | None]:
    def read(record: EraRecord) -> str | None:
        found = floats(record, name)
        return None if found is None else found.sha256[:8]

    return read


def frozen(place: str, way: str, when: str) -> Callable[[EraRecord], str | None]:
    """Returns what reads one way of freezing: how many of the base's tensors change.

    Args:
        place: of the base, way: to freeze it, when: it is frozen, as the listings name them.
    """

    def read(record: EraRecord) -> str | None:
        name = f"freezing.{place}.{way}.{when}"
        refused = fact(record, f"{name}.refused")
        changed, tensors = fact(record, f"{name}.changed"), fact(record, f"{name}.tensors")
        if refused is not None:
            return f"refused ({refused})"
        return None if changed is None else f"{changed} of {tensors}"

    return read


@dataclass(frozen=True)
class Reading:
    """A quantity of the timeline.

    Args:
        title: its column's head.
        read: what says it, from a record; None where the release has nothing to look at.
    """

    title: str
    read: Callable[[EraRecord], str | None]


#: The timeline's quantities, by name.
READINGS = {
    "listing": Reading("freezing as the chapter does: printed; the base's tensors", listing),
    "shear": Reading("unit of `shear_range`", _semantics("shear_unit")),
    "interpolation": Reading(
        "resampling in augmentation", _semantics("augmentation_interpolation")
    ),
    "centre": Reading("centre of augmentation", _semantics("transform_centre")),
    "axes": Reading("axes of augmentation", _semantics("transform_axes")),
    "resize": Reading("resize of pictures from folders", resize),
    "files": Reading("order of a folder's files", files),
    "rmsprop": Reading("RMSprop's denominator", rmsprop),
    "loss": Reading("loss of a sure success and a sure mistake, nats", sure_mistake),
}
#: Quantities of which only the bits are compared.
BITS = {
    "initial_draw": Reading("a seeded initial draw", _bits("initial_draw")),
    "augmentation.seeded": Reading("a seeded generator's pictures", _bits("augmentation.seeded")),
    "order": Reading("a seeded generator's order", _bits("order")),
    "features": Reading("feature maps of eight pictures", _bits("features")),
    "rmsprop.steps": Reading("three steps of RMSprop", _bits("rmsprop.steps")),
    "loss": Reading("binary cross-entropy of fixed predictions", _bits("loss")),
    "metric": Reading("binary accuracy of fixed predictions", _bits("metric")),
}


def difference(reference: EraRecord, other: EraRecord, name: str) -> str:
    """Says how far a release's values are from another's, as the drift table does."""
    one, two = floats(reference, name), floats(other, name)
    return "–" if one is None or two is None else compare(one, two).text
