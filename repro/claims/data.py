"""What the chapter says about the pictures: how many, which ones, what share, what format."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import JsonValue

from repro import chapter
from repro.claims._claim import Claim, Finding, Rule, Value
from repro.claims._evidence import Observed, not_run, observations
from repro.claims._rules import observed, show, sources
from repro.record import RunRecord

PLACE = "Downloading the data"
WHOLE = "Give all 25,000 originals (Kaggle's train.zip): REPRO_ORIGINALS=… python -m repro."
SMALL = "Give the Kaggle pictures: REPRO_ORIGINALS=… python -m repro."


def _originals(records: Sequence[RunRecord]) -> Finding:
    found = observations(records, "data.originals")
    if not found:
        return not_run()
    cats, dogs = (int(found[0].number(name)) for name in chapter.CLASSES)
    measured = f"{cats} cats, {dogs} dogs"
    if cats == dogs == chapter.KAGGLE_PICTURES_PER_CLASS:
        return Finding("reproduced", "Files counted by name in the originals.", measured)
    if cats == dogs == chapter.SMALL_SET_PICTURES // 2:
        return Finding("not run here", "The originals given are the small set's alone.", measured)
    return Finding("not reproduced", "Files counted by name in the originals.", measured)


def _archive(records: Sequence[RunRecord]) -> Finding:
    found = observations(records, "data.archive_bytes")
    if not found:
        return not_run()
    size = found[0].number()
    megabytes = size / 1e6
    # Packed anew, or counted in MiB, the same pictures differ by a few per cent.
    near = abs(megabytes / chapter.KAGGLE_COMPRESSED_MEGABYTES - 1) < 0.06
    text = f"Size of the archive, {size / 2**20:.0f} MiB; up to 6 % off is the same."
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
        f"Arithmetic: 8 % train the classifier, all three folds together are {whole:.0%}. "
        "No set of the chapter's is 10 %."
    )
    return Finding("reproduced with a note", text, share)


def _format(records: Sequence[RunRecord]) -> Finding:
    found = observations(records, "data.format")
    if not found:
        return not_run()
    names = ("pictures", "jpeg", "colour", "median_width", "median_height", "sizes")
    pictures, jpeg, colour, width, height, sizes = (int(found[0].number(name)) for name in names)
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


def _disjoint(records: Sequence[RunRecord]) -> Finding:
    found = observations(records, "data.shared_pictures")
    if not found:
        return not_run()
    shared = int(found[0].number())
    text = f"Decoded pictures compared by digest across folds ({sources(found)})."
    twins = [pair for entry in observations(records, "data.verification") for pair in _twins(entry)]
    if shared:
        return Finding("not reproduced", text, shared)
    if twins:
        named = "; ".join(sorted({" and ".join(pair) for pair in twins}))
        text = f"{text} Kaggle has one picture twice under other bytes, in two folds: {named}."
        return Finding("reproduced with a note", text, shared)
    return Finding("reproduced", text, shared)


def _twins(verification: Observed) -> list[tuple[str, ...]]:
    """Returns the near duplicates that the verification found in two different folds."""
    value = verification.value
    pairs = value.get("known_near_duplicates") if isinstance(value, dict) else None
    found = []
    for pair in pairs if isinstance(pairs, list) else []:
        names = tuple(map(str, pair)) if isinstance(pair, list) else ()
        if len({name.partition("/")[0] for name in names}) > 1:
            found.append(names)
    return found


def _shown_sizes(value: JsonValue) -> Value:
    if not isinstance(value, dict):
        return show(value)
    folds = [two for two in value.values() if isinstance(two, list)]
    return " + ".join(f"{sum(n for n in two if isinstance(n, int)):,}" for two in folds)


def _shown_ranges(value: JsonValue) -> Value:
    if not isinstance(value, dict):
        return show(value)
    return ", ".join("–".join(map(str, two)) for two in value.values() if isinstance(two, list))


def _ranges() -> dict[str, list[int]]:
    return {fold: [r.start, r.stop - 1] for fold, r in chapter.SPLIT["r"].items()}


def _numbering() -> Rule:
    python = {fold: [r.start, r.stop - 1] for fold, r in chapter.SPLIT["python"].items()}
    text = "Lowest and highest number of each fold's files, per class."

    def rule(records: Sequence[RunRecord]) -> Finding:
        found = observations(records, "data.ranges")
        if found and all(entry.value == python for entry in found):
            note = f"{text} The Python edition's numbering, from 0, was asked for."
            return Finding("reproduced with a note", note, _shown_ranges(found[0].value))
        return observed("data.ranges", _ranges(), text, measured=_shown_ranges)(records)

    return rule


CLAIMS: tuple[Claim, ...] = (
    Claim(
        "kaggle-pictures",
        "data",
        PLACE,
        "Kaggle's set has 25,000 labelled pictures, 12,500 of each class.",
        chapter.KAGGLE_PICTURES,
        ("pictures",),
        _originals,
        WHOLE,
    ),
    Claim(
        "kaggle-size",
        "data",
        PLACE,
        "Compressed, the pictures take 543 MB.",
        f"{chapter.KAGGLE_COMPRESSED_MEGABYTES} MB",
        ("archive",),
        _archive,
        "Give Kaggle's archive itself: REPRO_ORIGINALS=…/train.zip python -m repro.",
    ),
    Claim(
        "picture-format",
        "data",
        PLACE,
        "The pictures are JPEG files in colour, of medium resolution.",
        "JPEG, colour",
        ("pictures",),
        _format,
        SMALL,
    ),
    Claim(
        "small-set-sizes",
        "data",
        PLACE,
        "The small set has 2,000 pictures to train on, 1,000 to validate and 1,000 to test.",
        "2,000 + 1,000 + 1,000",
        ("pictures",),
        observed(
            "data.fold_sizes",
            {fold: [size // 2, size // 2] for fold, size in chapter.FOLD_SIZES.items()},
            "Files of each fold counted, half of them cats, half dogs.",
            measured=_shown_sizes,
        ),
        SMALL,
    ),
    Claim(
        "split-ranges",
        "data",
        PLACE,
        "Per class, numbers 1 to 1000 train, 1001 to 1500 validate and 1501 to 2000 test.",
        "1–1000, 1001–1500, 1501–2000",
        ("pictures",),
        _numbering(),
        SMALL,
    ),
    Claim(
        "folds-disjoint",
        "data",
        PLACE,
        "Training, validation and test pictures are different pictures.",
        0,
        ("pictures",),
        _disjoint,
        SMALL,
    ),
    Claim(
        "pictures-resized",
        "data",
        "Feature extraction with data augmentation",
        "Every picture is resized to 150×150, whatever its aspect ratio.",
        "150×150",
        ("pictures",),
        observed(
            "data.loaded_shape",
            [*chapter.PICTURE_SIZE, chapter.CHANNELS],
            "Shape of every picture as the model sees it.",
            measured=lambda value: "150×150",
        ),
        SMALL,
    ),
    Claim(
        "training-share",
        "data",
        "Introduction",
        "The classifier trains on less than 10 % of the data.",
        "< 10 %",
        ("nothing",),
        _training_share,
    ),
    Claim(
        "about-ten-percent",
        "data",
        "Introduction",
        "The small set is about 10 % of the data.",
        "about 10 %",
        ("nothing",),
        _about_tenth,
    ),
)
