"""What was found: the few sentences at the beginning of the README, and the puzzle's curves."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import fmean
from textwrap import fill

from repro import chapter, claims, generated
from repro.claims._evidence import SeedSet
from repro.recipe import PUBLISHED, TODAY
from repro.record import RunRecord
from repro.report._groups import longest, percent, seeds

_PREPROCESSED = "today-imagenet-preprocessing"
#: After which the table of curves shows accuracies: every change is early.
EPOCHS = (1, 2, 3, 4, 5, 7, 10, 12, 14, 16, 18, 20, 25, 30)


def findings(records: Sequence[RunRecord]) -> str:
    """Returns a Markdown list; a sentence whose runs are missing is left out."""
    sentences = (_extraction(records), _puzzle(records), _tuning(records), _surprise(records))
    judged = claims.judge(records)
    whose = "the chapter's and the Python edition's notebooks'"
    counts = f"Of {len(judged)} statements, {whose}: {claims.summary(judged)}."
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


def _extraction(records: Sequence[RunRecord]) -> str:
    fast = longest(records, "technique-1", PUBLISHED.name)
    augmented = longest(records, "technique-2", PUBLISHED.name)
    if fast is None or augmented is None:
        return ""
    return (
        f"**90 % holds.** Feature extraction reaches {percent(fast):.1f} % without augmentation "
        f"({seeds(fast)}) and {percent(augmented):.1f} % with it ({seeds(augmented)}); "
        "the chapter says about 90 %."
    )


def _puzzle(records: Sequence[RunRecord]) -> str:
    unfrozen = longest(records, "unfrozen", PUBLISHED.name)
    if unfrozen is None:
        return ""
    published = 100 * chapter.PYTHON_EDITION.feature_extraction_accuracy
    return (
        f"**The Python edition's {published:.1f} % does not come from feature extraction: its "
        "base was never frozen.** Keras up to 2.0.9 reported a frozen base and trained it all the "
        "same; `repro era 2.0.8 2.1.0` shows it on these releases, without any pictures. "
        f"Left trainable on purpose, it gives {percent(unfrozen, 10):.1f} % today "
        f"({seeds(unfrozen)}). That is [the puzzle](docs/puzzle.md), and its answer."
    )


def _tuning(records: Sequence[RunRecord]) -> str:
    tuned = longest(records, "technique-3", PUBLISHED.name, TODAY.name)
    if tuned is None:
        return ""
    whole = chapter.FINE_TUNING.epochs
    epochs = f"{whole}" if tuned.epochs >= whole else f"{tuned.epochs} of {whole}"
    tests = [run.evaluations["test"].accuracy for run in tuned.runs if "test" in run.evaluations]
    tested = f", {100 * fmean(tests):.1f} % of the test pictures" if tests else ""
    return (
        f"**Fine-tuning reaches {percent(tuned, 10):.1f} %** after {epochs} epochs (mean of the "
        f"last ten, {seeds(tuned)}){tested}; the chapter says above "
        f"{100 * chapter.FINE_TUNING_VALIDATION_ACCURACY:.0f} %, "
        f"and {100 * chapter.FINE_TUNING_TEST_ACCURACY:.1f} % of the test pictures."
    )


def _surprise(records: Sequence[RunRecord]) -> str:
    plain = longest(records, "technique-1", TODAY.name)
    prepared = longest(records, "technique-1", _PREPROCESSED)
    if plain is None or prepared is None:
        return ""
    gain = percent(prepared) - percent(plain)
    same = len(plain.runs) == len(prepared.runs)
    runs = f"{seeds(plain)} each" if same else f"{seeds(prepared)} against {seeds(plain)}"
    return (
        "**The surprise: 90 % is the price of multiplying pixels by 1/255.** Given the pixels "
        "that VGG16 was trained on, "
        f"the same frozen base reaches {percent(prepared):.1f} %, {gain:.1f} points more "
        f"({runs})."
    )


def curves(records: Sequence[RunRecord]) -> str:
    """Returns a Markdown table of technique 2 under 2017's semantics, frozen and unfrozen.

    The longest run of each is shown, with dashes once it has ended or where there is none.
    """
    frozen, unfrozen = (
        longest(records, name, PUBLISHED.name) for name in ("technique-2", "unfrozen")
    )
    rows = [(str(epoch), _range(frozen, epoch), _range(unfrozen, epoch)) for epoch in EPOCHS]
    return generated.table(("epoch", "base frozen, % (all seeds)", "base left trainable, %"), rows)


def _range(runs: SeedSet | None, epoch: int) -> str:
    if runs is None or runs.epochs < epoch:
        return "–"
    values = sorted(100 * run.history.val_accuracy[epoch - 1] for run in runs.runs)
    low, high = f"{values[0]:.1f}", f"{values[-1]:.1f}"
    return low if low == high else f"{low} to {high}"
