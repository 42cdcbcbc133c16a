"""What the chapter says about training: steps, accuracies, losses, times."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from repro import chapter
from repro.claims import gates
from repro.claims._claim import Claim, Finding, Need
from repro.claims._evidence import not_run, observations, seed_sets
from repro.claims._rules import last_epoch_accuracy, sources
from repro.record import RunRecord

FAST_PLACE = "Fast feature extraction without data augmentation"
PLACE = "Feature extraction with data augmentation"
REAL: tuple[Need, ...] = ("pictures", "weights")
LONG: tuple[Need, ...] = ("pictures", "weights", "hours")
FAST_REMEDY = "Give pictures and weights: REPRO_ORIGINALS=… REPRO_WEIGHTS=… python -m repro."
SECONDS_PER_DAY = 86_400
#: No device takes more pictures a second through the base; a faster pass was not made anew.
FASTEST_BASE = 20_000


def _steps(records: Sequence[RunRecord]) -> Finding:
    train = {t.name: t.steps * t.batch for t in chapter.TECHNIQUES[1:]}
    right = all(seen == chapter.FOLD_SIZES["train"] for seen in train.values())
    validation = {t.validation_steps * t.batch for t in chapter.TECHNIQUES[1:]}
    right = right and validation == {chapter.FOLD_SIZES["validation"]}
    text = "Arithmetic: 100 × 20 = 2,000 to train, 50 × 20 = 1,000 to validate or test."
    return Finding("reproduced" if right else "refuted", text, max(train.values()))


def _rounding(records: Sequence[RunRecord]) -> Finding:
    rounded = round(chapter.FINE_TUNING_TEST_ACCURACY * 100 + 1e-9)
    text = "Arithmetic: the chapter's own test accuracy, 96.5 %, rounds to 97 % only by half up."
    right = rounded / 100 in (0.96, 0.97)
    return Finding(
        "reproduced with a note" if right else "refuted", text, chapter.FINE_TUNING_TEST_ACCURACY
    )


def _intractable(records: Sequence[RunRecord]) -> Finding:
    """Intractable is taken to mean more than a day for technique 2's thirty epochs."""
    times: list[tuple[float, str]] = []
    for record in records:
        device = str(record.environment.get("device", ""))
        if record.experiment != "technique-2" or not device.lower().startswith("cpu"):
            continue
        for run in record.runs:
            epoch = float(np.median(run.history.seconds))
            total = epoch * chapter.FEATURE_EXTRACTION.epochs
            times.append((total, str(record.environment.get("processor", device))))
    if not times:
        return not_run()
    seconds, processor = min(times)
    time = f"{seconds / 3600:.1f} hours" if seconds > 7200 else f"{seconds / 60:.0f} minutes"
    text = (
        f"Thirty epochs take {time} on a processor ({processor}); tractable is taken to mean under "
        "a day. All seeds share an epoch's one pass of augmented pictures through the base."
    )
    return Finding("refuted" if seconds < SECONDS_PER_DAY else "reproduced", text, time)


def _cheap(records: Sequence[RunRecord]) -> Finding:
    """Cheap: an epoch on kept features takes a tenth or less of one with the base in it."""
    seconds = [
        float(np.sum(run.history.seconds))
        for found in seed_sets(records, "technique-1", chapter.FAST_FEATURE_EXTRACTION.epochs)
        for run in found.runs
    ]
    passes = [
        record.timings["features_seconds"]
        for record in records
        if record.experiment == "technique-1" and "features_seconds" in record.timings
    ]
    if not seconds or not passes:
        return not_run()
    training, whole = float(np.median(seconds)), max(passes)
    if whole * FASTEST_BASE < chapter.SMALL_SET_PICTURES:
        return not_run("The features were kept from an earlier run, so the base was not timed.")
    per_epoch = training / chapter.FAST_FEATURE_EXTRACTION.epochs
    # An epoch of technique 2 takes the base over training and validation pictures.
    share = (chapter.FOLD_SIZES["train"] + chapter.FOLD_SIZES["validation"]) / (
        chapter.SMALL_SET_PICTURES
    )
    ratio = whole * share / per_epoch
    text = (
        f"The base once over all pictures: {whole:.0f} s; thirty epochs on its features: "
        f"{training:.0f} s. With the base in every epoch, an epoch would take {ratio:.0f} times "
        "as long. Cheap is taken to mean ten times or more."
    )
    measured = f"{ratio:.0f} times faster an epoch"
    return Finding("reproduced" if ratio >= 10 else "not reproduced", text, measured)


def _no_augmentation(records: Sequence[RunRecord]) -> Finding:
    found = observations(records, "augmentation.feature_distance")
    if not found:
        return not_run()
    distance = found[0].number()
    text = (
        "Features of two epochs' versions of a picture differ by this share of their norm, so "
        f"features kept from one pass are no augmented picture's ({sources(found)})."
    )
    return Finding("reproduced" if distance > 0.01 else "refuted", text, round(distance, 3))


CLAIMS: tuple[Claim, ...] = (
    Claim(
        "steps-times-batch",
        "training",
        PLACE,
        "Steps times batch size is one pass over the pictures.",
        2000,
        ("nothing",),
        _steps,
    ),
    Claim(
        "scratch-accuracy",
        "training",
        "Introduction",
        "A small convnet trained from scratch reaches about 82 % (book).",
        chapter.SCRATCH_VALIDATION_ACCURACY,
        LONG,
        last_epoch_accuracy(
            "from-scratch", gates.FROM_SCRATCH, chapter.FROM_SCRATCH.epochs, last=gates.LAST_EPOCHS
        ),
        "Run `repro run from-scratch` with the Kaggle pictures and five seeds.",
    ),
    Claim(
        "fast-extraction-accuracy",
        "training",
        FAST_PLACE,
        "Fast feature extraction reaches about 90 % validation accuracy.",
        chapter.FAST_FEATURE_EXTRACTION_VALIDATION_ACCURACY,
        REAL,
        last_epoch_accuracy(
            "technique-1", gates.FAST_FEATURE_EXTRACTION, chapter.FAST_FEATURE_EXTRACTION.epochs
        ),
        FAST_REMEDY,
    ),
    Claim(
        "fast-extraction-cheap",
        "training",
        FAST_PLACE,
        "Fast feature extraction is cheap: the base runs once over every picture.",
        "cheap",
        REAL,
        _cheap,
        FAST_REMEDY,
    ),
    Claim(
        "fast-extraction-cannot-augment",
        "training",
        FAST_PLACE,
        "The shortcut cannot use data augmentation.",
        "features differ",
        ("nothing",),
        _no_augmentation,
        "Run `python -m repro`: it augments pictures and compares features.",
    ),
    Claim(
        "extraction-accuracy",
        "training",
        PLACE,
        "Feature extraction end to end, with augmentation, reaches about 90 % validation accuracy.",
        chapter.FEATURE_EXTRACTION_VALIDATION_ACCURACY,
        LONG,
        last_epoch_accuracy(
            "technique-2", gates.FEATURE_EXTRACTION, chapter.FEATURE_EXTRACTION.epochs
        ),
        "Run `repro run technique-2` with three seeds: about an hour on a processor.",
    ),
    Claim(
        "extraction-intractable",
        "training",
        PLACE,
        "Feature extraction end to end is absolutely intractable on a CPU.",
        "intractable",
        LONG,
        _intractable,
        "Run `repro run technique-2` on a processor.",
    ),
    Claim(
        "introduction-97",
        "training",
        "Introduction",
        "The introduction gives the final accuracy as 97 %.",
        chapter.INTRODUCTION_ACCURACY,
        ("nothing",),
        _rounding,
    ),
)
