"""What was found, in the few sentences at the beginning of the README."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import fmean
from textwrap import fill

from repro import chapter, claims
from repro.claims._evidence import SeedSet
from repro.recipe import PUBLISHED, TODAY
from repro.record import RunRecord
from repro.report._groups import longest

_PREPROCESSED = "today-imagenet-preprocessing"


def findings(records: Sequence[RunRecord]) -> str:
    """Returns a Markdown list; a sentence whose runs are missing is left out.

    Args:
        records: any records.
    """
    sentences = (_extraction(records), _puzzle(records), _tuning(records), _surprise(records))
    judged = claims.judge(records)
    counts = f"Of the chapter's {len(judged)} statements: {claims.summary(judged)}."
    return "\n".join(_item(one) for one in (*sentences, counts) if one)


def _item(sentence: str) -> str:
    return fill(
        sentence,
        width=118,
        initial_indent="- ",
        subsequent_indent="  ",
        break_long_words=False,
        break_on_hyphens=False,
    )


def _last(runs: SeedSet, epochs: int = 1) -> float:
    return 100 * fmean(runs.last(epochs))


def _seeds(runs: SeedSet) -> str:
    return f"{len(runs.runs)} seed{'s' * (len(runs.runs) > 1)}"


def _extraction(records: Sequence[RunRecord]) -> str:
    fast = longest(records, "technique-1", PUBLISHED.name)
    augmented = longest(records, "technique-2", PUBLISHED.name)
    if fast is None or augmented is None:
        return ""
    return (
        f"**90 % holds.** Feature extraction reaches {_last(fast):.1f} % without augmentation "
        f"({_seeds(fast)}) and {_last(augmented):.1f} % with it ({_seeds(augmented)}); "
        "the chapter says about 90 %."
    )


def _puzzle(records: Sequence[RunRecord]) -> str:
    unfrozen = longest(records, "unfrozen", PUBLISHED.name)
    if unfrozen is None:
        return ""
    published = 100 * chapter.PYTHON_EDITION.feature_extraction_accuracy
    return (
        f"**The Python edition's {published:.1f} % is no feature extraction: its base was never "
        "frozen.** Keras up to 2.0.9 reported a frozen base and trained it all the same. "
        f"Left trainable on purpose, it gives {_last(unfrozen, 10):.1f} % today "
        f"({_seeds(unfrozen)}). That is [the puzzle](docs/puzzle.md), and its answer."
    )


def _tuning(records: Sequence[RunRecord]) -> str:
    tuned = longest(records, "technique-3", PUBLISHED.name, TODAY.name)
    if tuned is None:
        return ""
    whole = chapter.FINE_TUNING.epochs
    epochs = f"{whole}" if tuned.epochs >= whole else f"{tuned.epochs} of {whole}"
    return (
        f"**Fine-tuning reaches {_last(tuned, 10):.1f} %** after {epochs} epochs (mean of the "
        f"last ten, {_seeds(tuned)}); the chapter says above "
        f"{100 * chapter.FINE_TUNING_VALIDATION_ACCURACY:.0f} %."
    )


def _surprise(records: Sequence[RunRecord]) -> str:
    plain = longest(records, "technique-1", TODAY.name)
    prepared = longest(records, "technique-1", _PREPROCESSED)
    if plain is None or prepared is None:
        return ""
    gain = _last(prepared) - _last(plain)
    return (
        "**The surprise: 90 % is the price of multiplying pixels by 1/255.** Given the pixels "
        "that VGG16 was trained on, "
        f"the same frozen base reaches {_last(prepared):.1f} %, {gain:.1f} points more "
        f"({_seeds(prepared)} each)."
    )
