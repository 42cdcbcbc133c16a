"""What the chapter says about augmentation: what each setting means, what it is for."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from repro import chapter
from repro.claims._claim import Claim, Finding, Rule
from repro.claims._evidence import Observed, not_run, observations, seed_sets
from repro.claims._rules import difference, ends, listed, observed, sources
from repro.record import RunRecord

PLACE = "Feature extraction with data augmentation"
REMEDY = "Run `python -m repro`: it draws 20,000 transformations and looks."
SETTINGS = chapter.AUGMENTATION


def _drawn(name: str, half: float, *, centre: float = 0.0, unit: str) -> Rule:
    """Returns a rule: drawn values fill centre ± half to within 1 %, and never leave it."""

    def fits(entry: Observed) -> bool:
        low, high = entry.ends()
        inside = centre - half <= low + 1e-6 and high - 1e-6 <= centre + half
        return inside and low < centre - 0.99 * half and high > centre + 0.99 * half

    return _by_year(name, fits, unit, f"{centre - half:g} to {centre + half:g}")


def _by_year(name: str, fits: Callable[[Observed], bool], unit: str, wanted: str) -> Rule:
    """Judges the chapter's year; what today's Keras makes of it goes into a note."""

    def rule(records: Sequence[RunRecord]) -> Finding:
        then = observations(records, f"augmentation.published.{name}")
        now = observations(records, f"augmentation.today.{name}")
        keras = observations(records, f"augmentation.keras.{name}")
        if not then or not now:
            return not_run()
        low, high = then[0].ends()
        measured = f"{low:.4g} to {high:.4g} {unit}"
        text = f"Lowest and highest of 20,000 drawn; 2017's semantics ({sources(then)})."
        if not all(fits(entry) for entry in then):
            return Finding("not reproduced", f"{text} Stated: {wanted}.", measured)
        odd = [entry for entry in [*now, *keras] if not fits(entry)]
        if odd:
            low, high = odd[0].ends()
            note = f"Today's Keras draws {low:.3g} to {high:.3g} {unit}."
            return Finding("reproduced with a note", f"{text} {note}", measured)
        if keras:
            text += " The installed Keras's own generator draws the same range."
        return Finding("reproduced", text, measured)

    return rule


def _flip(records: Sequence[RunRecord]) -> Finding:
    found = observations(records, "augmentation.flipped")
    if not found:
        return not_run()
    flipped, n = int(found[0].number("flipped")), int(found[0].number("n"))
    from scipy import stats

    p = float(stats.binomtest(flipped, n).pvalue)
    interval = stats.binomtest(flipped, n).proportion_ci(method="wilson")
    text = f"{flipped:,} of {n:,} mirrored; binomial test of one half: p = {p:.2g}."
    return Finding(
        "reproduced" if p > 1e-3 else "not reproduced",
        text,
        round(flipped / n, 4),
        (float(interval.low), float(interval.high)),
    )


def _overfitting(records: Sequence[RunRecord]) -> Finding:
    """Overfitting as the gap between training and validation accuracy, last ten epochs."""
    augmented, plain = seed_sets(records, "technique-2"), seed_sets(records, "no-augmentation")
    if not augmented or not plain:
        return not_run()
    gaps = [
        [
            float(np.mean(run.history.accuracy[-10:]) - np.mean(run.history.val_accuracy[-10:]))
            for run in found.runs
        ]
        for found in (augmented[0], plain[0])
    ]
    gap = float(np.mean(gaps[1]) - np.mean(gaps[0]))
    accuracy = difference(augmented[0], plain[0])
    text = (
        "Training minus validation accuracy, last ten epochs: "
        f"{listed(gaps[0])} augmented, {listed(gaps[1])} not. Validation accuracy changes by "
        f"{100 * accuracy.value:+.1f} points."
    )
    smaller = max(gaps[0]) < min(gaps[1])
    gains = ends(accuracy.interval)
    if smaller and gains is not None and gains[0] > 0:
        return Finding("reproduced", text, round(gap, 4))
    if smaller:
        note = "The gap shrinks; the validation accuracy gains nothing that could be shown."
        return Finding("reproduced with a note", f"{text} {note}", round(gap, 4))
    return Finding("not reproduced", text, round(gap, 4))


def _claim(id: str, statement: str, published: str | int | float, rule: Rule) -> Claim:
    return Claim(id, "augmentation", PLACE, statement, published, ("nothing",), rule, REMEDY)


CLAIMS: tuple[Claim, ...] = (
    _claim(
        "rotation-range",
        "rotation_range 40 turns pictures at random by up to 40 degrees either way.",
        "-40 to 40 degrees",
        _drawn("rotation_degrees", SETTINGS.rotation_range, unit="degrees"),
    ),
    _claim(
        "width-shift-range",
        "width_shift_range 0.2 shifts pictures sideways by up to 20 % of their width.",
        "-0.2 to 0.2 of the width",
        _drawn("width_shift", SETTINGS.width_shift_range, unit="of the width"),
    ),
    _claim(
        "height-shift-range",
        "height_shift_range 0.2 shifts pictures up or down by up to 20 % of their height.",
        "-0.2 to 0.2 of the height",
        _drawn("height_shift", SETTINGS.height_shift_range, unit="of the height"),
    ),
    _claim(
        "shear-range",
        "shear_range 0.2 shears pictures at random (by up to 0.2 radians, in the Keras of 2017).",
        "-0.2 to 0.2 radians",
        _drawn("shear_radians", SETTINGS.shear_range, unit="radians"),
    ),
    _claim(
        "zoom-range",
        "zoom_range 0.2 zooms inside pictures at random, by up to 20 %.",
        "0.8 to 1.2",
        _drawn("zoom", SETTINGS.zoom_range, centre=1.0, unit="times"),
    ),
    _claim(
        "horizontal-flip",
        "horizontal_flip mirrors half of the pictures, left to right.",
        0.5,
        _flip,
    ),
    _claim(
        "fill-mode",
        "fill_mode nearest fills newly created pixels from the nearest border pixel.",
        "the border repeated",
        observed(
            "augmentation.fill",
            "the border repeated",
            "A ramp shifted by half a width in every direction, new pixels against the border.",
        ),
    ),
    _claim(
        "rescale",
        "Pixel values are rescaled from 0..255 to 0..1.",
        "0 to 1",
        observed(
            "augmentation.rescaled",
            [0.0, 1.0],
            "All 256 values put through the preprocessing in front of the base.",
            measured=lambda value: (
                f"{value[0]} to {value[1]}" if isinstance(value, list) else str(value)
            ),
        ),
    ),
    _claim(
        "validation-untouched",
        "Validation pictures are only rescaled, never augmented.",
        "only rescaled",
        observed(
            "augmentation.validation",
            "only rescaled",
            "Pictures through the validation path, against value / 255, and again.",
        ),
    ),
    _claim(
        "never-same-twice",
        "With augmentation, the model never sees the same picture twice.",
        "no repetition",
        observed(
            "augmentation.repetitions",
            0,
            "One picture's versions over 130 epochs compared bit by bit, both recipes.",
            measured=lambda value: "no repetition" if value == 0 else f"{value} repetitions",
        ),
    ),
    Claim(
        "augmentation-fights-overfitting",
        "augmentation",
        PLACE,
        "Augmentation fights overfitting.",
        "less overfitting",
        ("pictures", "weights", "hours"),
        _overfitting,
        "Run `repro run no-augmentation` and `repro run technique-2` with pictures and weights.",
    ),
)
