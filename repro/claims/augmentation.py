"""What the chapter says about augmentation: what each setting means, what it is for."""

from __future__ import annotations

from functools import partial

import numpy as np

from repro import chapter
from repro.claims._accuracies import ONE_SIDE, both, difference, ends, listed
from repro.claims._claim import LONG, Claim, Finding, Rule, Verdict
from repro.claims._evidence import SeedSet, whole
from repro.claims._observed import Observed, each, equal, not_run
from repro.record import SeedRun
from repro.statistics import mean_difference

SETTINGS = chapter.AUGMENTATION


def _drawn(name: str, half: float, *, centre: float = 0.0, unit: str) -> Rule:
    """Returns a rule: drawn values fill centre ± half to within 1 %, and never leave it.

    It judges the chapter's year; what today's Keras makes of it goes into a note.
    """

    def fits(entry: Observed) -> bool:
        low, high = entry.read(tuple[float, float])
        inside = centre - half <= low + 1e-6 and high - 1e-6 <= centre + half
        return inside and low < centre - 0.99 * half and high > centre + 0.99 * half

    def judge(then: Observed) -> Finding:
        now = then.other(f"augmentation.today.{name}")
        keras = then.other(f"augmentation.keras.{name}")
        if now is None:
            return not_run()
        low, high = then.read(tuple[float, float])
        measured = f"{low:.4g} to {high:.4g} {unit}"
        text = "Lowest and highest of 20,000 drawn; 2017's semantics."
        if not fits(then):
            stated = f"Stated: {centre - half:g} to {centre + half:g}."
            return Finding("not reproduced", f"{text} {stated}", measured)
        odd = [entry for entry in (now, keras) if entry is not None and not fits(entry)]
        if odd:
            low, high = odd[0].read(tuple[float, float])
            note = f"Today's Keras draws {low:.3g} to {high:.3g} {unit}."
            return Finding("reproduced with a note", f"{text} {note}", measured)
        if keras is not None:
            text += " The installed Keras's own generator draws the same range."
        return Finding("reproduced", text, measured)

    return each(f"augmentation.published.{name}", judge)


#: A fair coin fails the binomial test of the flips so often.
_FLIP_LEVEL = 1e-3


def _flip(entry: Observed) -> Finding:
    from scipy import stats

    flipped, n = int(entry.read(float, "flipped")), int(entry.read(float, "n"))
    found = stats.binomtest(flipped, n)
    interval = found.proportion_ci(method="wilson")
    return Finding(
        "reproduced" if found.pvalue > _FLIP_LEVEL else "not reproduced",
        f"{flipped:,} of {n:,} mirrored; binomial test of one half: p = {found.pvalue:.2g}.",
        round(flipped / n, 4),
        chance=_FLIP_LEVEL,
        interval=(float(interval.low), float(interval.high)),
    )


@whole("technique-2", "no-augmentation", level=ONE_SIDE)
def _overfitting(*sets: SeedSet) -> Finding:
    """Overfitting as the gap between training and validation accuracy, last ten epochs."""
    augmented, plain = ([gap(run) for run in found.runs] for found in sets)
    shrunk = mean_difference(plain, augmented)
    if not np.isfinite(shrunk.low):
        return not_run("One seed a side does not show how gaps scatter.")
    accuracy = difference(*sets)
    text = (
        "Training minus validation accuracy, last ten epochs: "
        f"{listed(augmented)} augmented, {listed(plain)} not (recipe {sets[0].recipe}). Validation "
        f"accuracy changes by {100 * accuracy.value:+.1f} points."
    )
    smaller, gains = shrunk.low > 0, accuracy.interval.low > 0
    if smaller and not gains:
        text += " The gap shrinks; no gain in validation accuracy can be shown."
    note: Verdict = "reproduced" if gains else "reproduced with a note"
    return Finding(
        note if smaller else "not reproduced",
        text,
        round(float(np.mean(plain) - np.mean(augmented)), 4),
        both(*(found.basis for found in sets)),
        "a gap that does not shrink" if smaller else "a gap that shrinks",
        ONE_SIDE,
        ends(shrunk),
    )


def gap(run: SeedRun) -> float:
    """Returns a run's training minus validation accuracy, the mean of the last ten epochs."""
    history = run.history
    return float(np.mean(history.accuracy[-10:]) - np.mean(history.val_accuracy[-10:]))


_claim = partial(
    Claim,
    topic="augmentation",
    place="Feature extraction with data augmentation",
    remedy="Run `python -m repro`: it draws 20,000 transformations and looks.",
)


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
        each("augmentation.flipped", _flip, level=_FLIP_LEVEL),
    ),
    _claim(
        "fill-mode",
        "fill_mode nearest fills newly created pixels from the nearest border pixel.",
        "the border repeated",
        equal(
            "augmentation.fill",
            "the border repeated",
            "A ramp shifted by half a width in every direction, new pixels against the border.",
        ),
    ),
    _claim(
        "rescale",
        "Pixel values are rescaled from 0..255 to 0..1.",
        "0 to 1",
        equal(
            "augmentation.rescaled",
            [0.0, 1.0],
            "All 256 values put through the preprocessing in front of the base.",
            measured="0.0 to 1.0",
        ),
    ),
    _claim(
        "validation-untouched",
        "Validation pictures are only rescaled, never augmented.",
        "only rescaled",
        equal(
            "augmentation.validation",
            "only rescaled",
            "Pictures through the validation path, against value / 255, and again.",
        ),
    ),
    _claim(
        "never-same-twice",
        "With augmentation, the model never sees the same picture twice.",
        "no repetition",
        equal(
            "augmentation.repetitions",
            0,
            "One picture's versions over 130 epochs compared bit by bit, both recipes.",
            measured="no repetition",
        ),
    ),
    _claim(
        "augmentation-fights-overfitting",
        "Augmentation fights overfitting.",
        "less overfitting",
        _overfitting,
        needs=LONG,
        remedy="Run `repro run no-augmentation` and `repro run technique-2` with pictures and "
        "weights.",
    ),
)
