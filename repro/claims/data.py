"""What the chapter says about the pictures: how many, which ones, what share, what format."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from pydantic import JsonValue

from repro import chapter
from repro.claims._claim import Claim, Finding, Rule, Value, Verdict
from repro.claims._observed import Observed, each, equal, show
from repro.record import RunRecord


def _originals(entry: Observed) -> Finding:
    cats, dogs = (int(entry.read(float, name)) for name in chapter.CLASSES)
    measured = f"{cats} cats, {dogs} dogs"
    if cats == dogs == chapter.SMALL_SET_PICTURES // 2:
        return Finding("not run here", "The given originals are only the small set's.", measured)
    right = cats == dogs == chapter.KAGGLE_PICTURES_PER_CLASS
    verdict: Verdict = "reproduced" if right else "not reproduced"
    return Finding(verdict, "Files counted by name in the originals.", measured)


def _archive(entry: Observed) -> Finding:
    size = entry.read(float)
    megabytes = size / 1e6
    # Packed anew, or counted in MiB, the same pictures differ by a few per cent.
    near = abs(megabytes / chapter.KAGGLE_COMPRESSED_MEGABYTES - 1) < 0.06
    text = f"Size of the archive, {size / 2**20:.0f} MiB; up to 6 % off counts as the same."
    return Finding("reproduced" if near else "not reproduced", text, round(megabytes, 1))


def _training_share(records: Sequence[RunRecord]) -> Finding:
    share = chapter.FOLD_SIZES["train"] / chapter.KAGGLE_PICTURES
    text = f"{chapter.FOLD_SIZES['train']:,} of {chapter.KAGGLE_PICTURES:,} pictures, arithmetic."
    below = share < chapter.TRAINING_SHARE_UPPER_BOUND
    return Finding("reproduced" if below else "refuted", text, share)


def _about_tenth(records: Sequence[RunRecord]) -> Finding:
    share = chapter.FOLD_SIZES["train"] / chapter.KAGGLE_PICTURES
    whole = chapter.SMALL_SET_PICTURES / chapter.KAGGLE_PICTURES
    text = (
        f"Arithmetic: 8 % train the classifier; all three folds together are {whole:.0%}. "
        "No set of the chapter's is 10 %."
    )
    return Finding("reproduced with a note", text, share)


def _format(entry: Observed) -> Finding:
    names = ("pictures", "jpeg", "colour", "median_width", "median_height", "sizes")
    pictures, jpeg, colour, width, height, sizes = (int(entry.read(float, name)) for name in names)
    text = (
        f"Header of each of {pictures:,} files: {jpeg:,} JPEG, {colour:,} in colour, median "
        f"{width}×{height} pixels."
    )
    if not pictures == jpeg == colour > 0:
        return Finding("not reproduced", text, f"{jpeg:,} JPEG, {colour:,} colour")
    if sizes == 1:
        note = "All have one size: this copy was resized, so the resolution is not Kaggle's."
        return Finding("reproduced with a note", f"{text} {note}", "JPEG, colour")
    return Finding("reproduced", text, "JPEG, colour")


def _disjoint(entry: Observed) -> Finding:
    shared = int(entry.read(float))
    text = "The files' bytes compared by digest across folds."
    if shared:
        return Finding("not reproduced", text, shared)
    verification = entry.other("data.verification")
    twins = _twins(verification.value) if verification else set()
    if twins:
        named = "; ".join(sorted(twins))
        text = f"{text} Kaggle has one picture twice under other bytes, in two folds: {named}."
        return Finding("reproduced with a note", text, shared)
    return Finding("reproduced", text, shared)


def _twins(verification: JsonValue) -> set[str]:
    """Returns the near duplicates that the verification found in two different folds."""
    pairs = verification.get("known_near_duplicates") if isinstance(verification, dict) else None
    found = set()
    for pair in pairs if isinstance(pairs, list) else []:
        names = tuple(map(str, pair)) if isinstance(pair, list) else ()
        if len({name.partition("/")[0] for name in names}) > 1:
            found.add(" and ".join(names))
    return found


def _shown_ranges(value: Any) -> Value:
    return ", ".join("–".join(map(str, two)) for two in value.values())


def _numbering(entry: Observed) -> Finding:
    r, python = (
        {fold: [one.start, one.stop - 1] for fold, one in chapter.SPLIT[edition].items()}
        for edition in ("r", "python")
    )
    text, measured = "Lowest and highest number of each fold's files, per class.", entry.value
    if measured == r:
        return Finding("reproduced", text, _shown_ranges(measured))
    if measured == python:
        note = f"{text} The Python edition's numbering, from 0, was asked for."
        return Finding("reproduced with a note", note, _shown_ranges(measured))
    return Finding("not reproduced", text, show(measured))


_claim = partial(
    Claim,
    topic="data",
    place="Downloading the data",
    needs=("pictures",),
    remedy="Give the Kaggle pictures: REPRO_ORIGINALS=… python -m repro.",
)

CLAIMS: tuple[Claim, ...] = (
    _claim(
        "kaggle-pictures",
        "Kaggle's set has 25,000 labelled pictures, 12,500 of each class.",
        chapter.KAGGLE_PICTURES,
        each("data.originals", _originals),
        remedy="Give all 25,000 originals (Kaggle's train.zip): REPRO_ORIGINALS=… python -m repro.",
    ),
    _claim(
        "kaggle-size",
        "Compressed, the pictures take 543 MB.",
        f"{chapter.KAGGLE_COMPRESSED_MEGABYTES} MB",
        each("data.archive_bytes", _archive),
        remedy="Give Kaggle's archive itself: REPRO_ORIGINALS=…/train.zip python -m repro.",
        needs=("archive",),
    ),
    _claim(
        "picture-format",
        "The pictures are JPEG files in colour, of medium resolution.",
        "JPEG, colour",
        each("data.format", _format),
    ),
    _claim(
        "small-set-sizes",
        "The small set has 2,000 pictures to train on, 1,000 to validate and 1,000 to test.",
        "2,000 + 1,000 + 1,000",
        equal(
            "data.fold_sizes",
            {fold: [size // 2, size // 2] for fold, size in chapter.FOLD_SIZES.items()},
            "Files of each fold counted, half of them cats, half dogs.",
            measured="2,000 + 1,000 + 1,000",
        ),
    ),
    _claim(
        "split-ranges",
        "Per class, numbers 1 to 1000 train, 1001 to 1500 validate and 1501 to 2000 test.",
        "1–1000, 1001–1500, 1501–2000",
        each("data.ranges", _numbering),
    ),
    _claim(
        "folds-disjoint",
        "Training, validation and test pictures are different pictures.",
        0,
        each("data.shared_pictures", _disjoint),
    ),
    _claim(
        "pictures-resized",
        "Every picture is resized to 150×150, whatever its aspect ratio.",
        "150×150",
        equal(
            "data.loaded_shape",
            [*chapter.PICTURE_SIZE, chapter.CHANNELS],
            "Shape of every picture as the model sees it.",
            measured="150×150",
        ),
        place="Feature extraction with data augmentation",
    ),
    _claim(
        "training-share",
        "The classifier trains on less than 10 % of the data.",
        "< 10 %",
        Rule(_training_share),
        needs=("nothing",),
        place="Introduction",
    ),
    _claim(
        "about-ten-percent",
        "The small set is about 10 % of the data.",
        "about 10 %",
        Rule(_about_tenth),
        needs=("nothing",),
        place="Introduction",
    ),
)
