"""What the chapter says about training: steps, accuracies, times."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np

from repro import chapter
from repro.claims import gates
from repro.claims._accuracies import last_epoch_accuracy, listed, lower_than
from repro.claims._claim import LONG, Claim, Finding, Rule, of
from repro.claims._evidence import SeedSet, seed_sets, together, whole
from repro.claims._observed import Observed, each, not_run
from repro.claims.augmentation import gap
from repro.record import RunRecord

FAST_PLACE = "Fast feature extraction without data augmentation"
FAST_REMEDY = "Give pictures and weights: REPRO_ORIGINALS=… REPRO_WEIGHTS=… python -m repro."
SECONDS_PER_DAY = 86_400
#: No device takes more pictures a second through the base; a faster pass was not made anew.
FASTEST_BASE = 20_000
#: "Decent": nearer to no mistakes than to guessing.
DECENT = 0.75


def _steps(records: Sequence[RunRecord]) -> Finding:
    taught = chapter.TECHNIQUES[1:]
    passes = {(one.steps * one.batch, one.validation_steps * one.batch) for one in taught}
    right = passes == {(chapter.FOLD_SIZES["train"], chapter.FOLD_SIZES["validation"])}
    text = "Arithmetic: 100 × 20 = 2,000 to train, 50 × 20 = 1,000 to validate or test."
    return Finding("reproduced" if right else "refuted", text, max(passes)[0])


def _rounding(records: Sequence[RunRecord]) -> Finding:
    rounded = round(chapter.FINE_TUNING_TEST_ACCURACY * 100 + 1e-9)
    text = "Arithmetic: the chapter's own test accuracy, 96.5 %, rounds to 97 % only by half up."
    right = rounded / 100 in (0.96, 0.97)
    return Finding(
        "reproduced with a note" if right else "refuted", text, chapter.FINE_TUNING_TEST_ACCURACY
    )


def _on_processor(found: SeedSet) -> bool:
    devices = (str(record.environment.get("device", "")) for record in found.sources)
    return all(device.lower().startswith("cpu") for device in devices)


@of("technique-2")
def _intractable(records: Sequence[RunRecord]) -> Finding:
    """Intractable is taken to mean more than a day for technique 2's thirty epochs."""
    sets = together(records, "technique-2", only=_on_processor)
    if sets is None:
        return not_run()
    epochs = chapter.FEATURE_EXTRACTION.epochs
    # One processor that does it in time is enough: the statement is about all of them.
    seconds, processor = min(
        (epochs * float(np.median(run.history.seconds)), str(record.environment.get("processor")))
        for run, record in zip(sets[0].runs, sets[0].records, strict=True)
    )
    time = f"{seconds / 3600:.1f} hours" if seconds > 7200 else f"{seconds / 60:.0f} minutes"
    text = (
        f"Thirty epochs take {time} on a processor ({processor}); tractable is taken to mean under "
        "a day. All seeds share an epoch's one pass of augmented pictures through the base, which "
        "is applied outside the model, and only once to the validation pictures. The chapter's "
        "listing (`stacked`) applies it to both in every epoch and takes longer."
    )
    refuted = seconds < SECONDS_PER_DAY
    overturn = "nothing: one processor is enough" if refuted else "a processor that takes a day"
    return Finding("refuted" if refuted else "reproduced", text, time, sets[0].basis, overturn)


def _base_seconds(record: RunRecord) -> float:
    """Returns how long the base took for all pictures; 0 if the features were kept."""
    seconds = record.timings.get("features_seconds", 0.0)
    return seconds if seconds * FASTEST_BASE >= chapter.SMALL_SET_PICTURES else 0.0


@of("technique-1")
def _cheap(records: Sequence[RunRecord]) -> Finding:
    """Cheap: an epoch on kept features takes a tenth or less of one with the base in it."""
    timed = [record for record in records if _base_seconds(record)]
    sets = together(timed, "technique-1")
    if sets is None:
        kept = any("features_seconds" in record.timings for record in records)
        return not_run("No whole run timed the base: its features were kept." if kept else "")
    # An epoch of technique 2 takes the base over training and validation pictures.
    share = (chapter.FOLD_SIZES["train"] + chapter.FOLD_SIZES["validation"]) / (
        chapter.SMALL_SET_PICTURES
    )
    ratios = [
        _base_seconds(record) * share / max(float(np.median(run.history.seconds)), 1e-9)
        for run, record in zip(sets[0].runs, sets[0].records, strict=True)
    ]
    base = max(map(_base_seconds, sets[0].sources))
    ratio = float(np.median(ratios))
    text = (
        f"The base once over all pictures: {base:.0f} s. With the base in every epoch, an epoch "
        f"would take {ratio:.0f} times as long as on its features. Cheap is taken to mean ten "
        f"times or more (recipe {sets[0].recipe})."
    )
    return Finding(
        "reproduced" if ratio >= 10 else "not reproduced",
        text,
        f"{ratio:.0f} times faster an epoch",
        sets[0].basis,
        "a ratio under 10" if ratio >= 10 else "a ratio of 10 or more",
    )


def _no_augmentation(entry: Observed) -> Finding:
    distance = entry.read(float)
    text = (
        "Features of two epochs' versions of a picture differ by this share of their norm, so "
        "features kept from one pass are no augmented picture's."
    )
    return Finding("reproduced" if distance > 0.01 else "refuted", text, round(distance, 3))


@whole("no-augmentation")
def _main_issue(found: SeedSet) -> Finding:
    """The main issue: most of the error on new pictures is absent on the training pictures."""
    errors = [1 - float(np.mean(run.history.val_accuracy[-10:])) for run in found.runs]
    shares = [gap(run) / max(error, 1e-9) for run, error in zip(found.runs, errors, strict=True)]
    text = (
        f"Without augmentation the validation error is {listed(errors)} over the last ten epochs; "
        f"{listed(shares)} of it is the gap to the training error (recipe {found.recipe}). The "
        "main issue is taken to mean more than half of the error with every seed."
    )
    main = min(shares) > 0.5
    return Finding(
        "reproduced" if main else "not reproduced",
        text,
        round(float(np.mean(shares)), 4),
        found.basis,
        "a seed under a half" if main else "more than half with every seed",
    )


def _gaps_so_far(records: Sequence[RunRecord]) -> str:
    gaps = [gap(run) for found in seed_sets(records, "from-scratch") for run in found.runs]
    return f" Training minus validation accuracy so far: {listed(gaps)}." if gaps else ""


@whole("from-scratch", measured="from-scratch", last=gates.LAST_EPOCHS, beside=_gaps_so_far)
def _decent(found: SeedSet) -> Finding:
    values = found.last(gates.LAST_EPOCHS)
    gaps = [gap(run) for run in found.runs]
    text = (
        f"Validation accuracy {listed(values)}, training minus validation {listed(gaps)} over the "
        f"last ten epochs (recipe {found.recipe}). Decent is taken to mean {DECENT:.0%} or more, "
        "nearer to no mistakes than to guessing."
    )
    decent = min(values) >= DECENT
    return Finding(
        "reproduced" if decent else "not reproduced",
        text,
        round(float(np.mean(values)), 4),
        found.basis,
        f"a seed under {DECENT:.0%}" if decent else f"every seed at {DECENT:.0%} or more",
    )


_claim = partial(Claim, topic="training", place="Feature extraction with data augmentation")
CLAIMS: tuple[Claim, ...] = (
    _claim(
        "steps-times-batch",
        "Steps times batch size is one pass over the pictures.",
        2000,
        Rule(_steps),
    ),
    _claim(
        "scratch-accuracy",
        "A small convnet trained from scratch reaches about 82 % (book).",
        chapter.SCRATCH_VALIDATION_ACCURACY,
        last_epoch_accuracy("from-scratch", gates.FROM_SCRATCH, last=gates.LAST_EPOCHS),
        place="Introduction",
        remedy="Run `repro run from-scratch` with the Kaggle pictures and five seeds.",
        needs=LONG,
    ),
    _claim(
        "scratch-decent",
        "A convnet trained from scratch gets decent results on a very small set of pictures.",
        "decent",
        _decent,
        place="Take-aways",
        remedy="Run `repro run from-scratch` with the Kaggle pictures: 100 epochs.",
        needs=LONG,
    ),
    _claim(
        "overfitting-main-issue",
        "On a small set of pictures, overfitting is the main issue.",
        "most of the error",
        _main_issue,
        place="Take-aways",
        remedy="Run `repro run no-augmentation` with pictures and weights.",
        needs=LONG,
    ),
    _claim(
        "fewer-pictures-worse",
        "Too few pictures to learn from make a model worse.",
        "worse",
        lower_than(
            "five-hundred", "technique-1", note="As many steps on a fourth of the pictures."
        ),
        remedy="Run `repro run five-hundred` and `repro run technique-1` with pictures and "
        "weights.",
        needs=("pictures", "weights"),
    ),
    _claim(
        "fast-extraction-accuracy",
        "Fast feature extraction reaches about 90 % validation accuracy.",
        chapter.FAST_FEATURE_EXTRACTION_VALIDATION_ACCURACY,
        last_epoch_accuracy("technique-1", gates.FAST_FEATURE_EXTRACTION),
        place=FAST_PLACE,
        remedy=FAST_REMEDY,
        needs=("pictures", "weights"),
    ),
    _claim(
        "fast-extraction-cheap",
        "Fast feature extraction is cheap: the base runs once over every picture.",
        "cheap",
        _cheap,
        place=FAST_PLACE,
        remedy=FAST_REMEDY,
        needs=("pictures", "weights"),
    ),
    _claim(
        "fast-extraction-cannot-augment",
        "The shortcut cannot use data augmentation.",
        "features differ",
        each("augmentation.feature_distance", _no_augmentation),
        place=FAST_PLACE,
        remedy="Run `python -m repro`: it augments pictures and compares features.",
    ),
    _claim(
        "extraction-accuracy",
        "Feature extraction end to end, with augmentation, reaches about 90 % validation accuracy.",
        chapter.FEATURE_EXTRACTION_VALIDATION_ACCURACY,
        last_epoch_accuracy("technique-2", gates.FEATURE_EXTRACTION),
        remedy="Run `repro run technique-2` with three seeds: about an hour on a processor.",
        needs=LONG,
    ),
    _claim(
        "extraction-intractable",
        "Feature extraction end to end is absolutely intractable on a CPU.",
        "intractable",
        _intractable,
        remedy="Run `repro run technique-2` on a processor.",
        needs=LONG,
    ),
    _claim(
        "introduction-97",
        "The introduction gives the final accuracy as 97 %.",
        chapter.INTRODUCTION_ACCURACY,
        Rule(_rounding),
        place="Introduction",
    ),
)
