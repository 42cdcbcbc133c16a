"""The figures of README and docs, drawn from run records: what the chapter's three runs do.

``python -m repro.report`` writes them to ``docs/figures``. A run that no record has is left out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from statistics import fmean

from repro import chapter, generated, notebook
from repro.claims._evidence import SeedSet
from repro.recipe import PUBLISHED, TODAY
from repro.record import History, RunRecord
from repro.report import _canvas
from repro.report._canvas import Colour, Panel
from repro.report._groups import longest, percent, seeds

FOLDER = Path("docs", "figures")
#: Epochs at a run's end whose mean stands for it, as in the Python edition's notebook.
LAST = 10
_PERCENT = [(value, f"{value} %") for value in (80, 85, 90, 95, 100)]
_SIZE = (900, 430)
# Two panels, with room for the published levels' names to the right of each. Above 100 % there is
# room for the name of a curve.
_EPOCHS = chapter.FEATURE_EXTRACTION.epochs
_LEFT = Panel(58, 96, 290, 280, start=1, stop=_EPOCHS, low=80, high=104)
_RIGHT = replace(_LEFT, left=500)
_MEANS = "Each number is a mean over the last ten epochs. Dashed: what the two editions publish."
_PRINTED = (
    "Technique 2. Dashed: what the Python edition's notebook prints. Numbers: last ten epochs."
)
_PUBLISHED = (
    "Published for feature extraction: about 90 % in the R edition, "
    f"{100 * chapter.PYTHON_EDITION.feature_extraction_accuracy:.1f} % in the Python edition; "
    "for fine-tuning: above 96 % and "
    f"{100 * chapter.PYTHON_EDITION.fine_tuning_accuracy:.1f} %."
)


def story(records: Sequence[RunRecord]) -> str:
    """Draws the chapter in one picture: feature extraction, frozen or not, and fine-tuning."""
    frozen = longest(records, "technique-2", PUBLISHED.name)
    unfrozen = longest(records, "unfrozen", PUBLISHED.name)
    tuned = longest(records, "technique-3", PUBLISHED.name, TODAY.name)
    stop = max(tuned.epochs, 20) if tuned is not None else chapter.FINE_TUNING.epochs
    left, right = _LEFT, replace(_RIGHT, start=0, stop=stop)
    drawn = [
        *_heading("Frozen, left trainable, fine-tuned", _MEANS),
        *_canvas.axes(left, _PERCENT, (1, 10, 20, 30), "Feature extraction"),
        *_canvas.axes(right, _PERCENT, range(0, stop + 1, stop // 4), "Then fine-tuning"),
        *_level(left, chapter.PYTHON_EDITION.feature_extraction_accuracy, "Python {:.1f} %"),
        *_level(left, chapter.FEATURE_EXTRACTION_VALIDATION_ACCURACY, "R about {:.0f} %"),
        *_level(right, chapter.PYTHON_EDITION.fine_tuning_accuracy, "Python {:.1f} %"),
        *_level(right, chapter.FINE_TUNING_VALIDATION_ACCURACY, "R above {:.0f} %"),
        *_accuracies(left, frozen, "blue"),
        *_accuracies(left, unfrozen, "orange"),
        *_accuracies(right, tuned, "green", _start(records, tuned)),
        *_named(left, (9, 84.2), frozen, "base frozen", "blue"),
        *_named(left, (2, 102), unfrozen, "base left trainable", "orange"),
        *_named(right, (0.28 * stop, 84.2), tuned, "from block 3 on", "green"),
    ]
    description = " ".join(
        (
            _told("Feature extraction with the base frozen", frozen),
            _told("With the base left trainable", unfrozen),
            _told("Fine-tuning from block 3 on, after a frozen base", tuned),
            _PUBLISHED,
        )
    )
    return _canvas.picture("story", _SIZE, "Validation accuracy by epoch", description, drawn)


def puzzle(records: Sequence[RunRecord]) -> str:
    """Draws technique 2 with the base frozen and left trainable: accuracy and training loss."""
    frozen = longest(records, "technique-2", PUBLISHED.name)
    unfrozen = longest(records, "unfrozen", PUBLISHED.name)
    printed = notebook.curves()["technique-2"]
    description = " ".join(
        (
            _told("Base frozen", frozen),
            _told("Base left trainable", unfrozen),
            _told_losses("frozen", frozen),
            _told_losses("left trainable", unfrozen),
            "The Python edition's notebook prints a loss that goes from "
            f"{printed.loss[0]:.2f} to {printed.loss[-1]:.2f}.",
            _PUBLISHED,
        )
    )
    title = "Technique 2 by epoch, base frozen and base left trainable"
    drawn = _puzzle(printed, frozen, unfrozen)
    return _canvas.picture("puzzle", _SIZE, title, description, drawn)


def _puzzle(printed: History, frozen: SeedSet | None, unfrozen: SeedSet | None) -> list[str]:
    epochs = range(1, _EPOCHS + 1)
    left, right = _LEFT, replace(_RIGHT, low=0, high=0.8)
    losses = [(tenths / 10, f"{tenths / 10:.1f}") for tenths in (0, 2, 4, 6, 8)]
    shares = [100 * value for value in printed.val_accuracy]
    return [
        *_heading("Whose curve is the notebook's?", _PRINTED),
        *_canvas.axes(left, _PERCENT, (1, 10, 20, 30), "Validation accuracy"),
        *_canvas.axes(right, losses, (1, 10, 20, 30), "Training loss, nats"),
        _canvas.curve(left, epochs, shares, "ink", dashed=True),
        _canvas.curve(right, epochs, printed.loss, "ink", dashed=True),
        *_accuracies(left, frozen, "blue"),
        *_accuracies(left, unfrozen, "orange"),
        *_losses(right, frozen, "blue"),
        *_losses(right, unfrozen, "orange"),
        *_named(left, (9, 84.2), frozen, "base frozen", "blue"),
        *_named(left, (2, 102), unfrozen, "base left trainable", "orange"),
        _canvas.text(right.x(12), right.y(0.42), "base frozen", "blue", bold=True),
        _canvas.text(right.x(12), right.y(0.17), "base left trainable", "orange", bold=True),
        _beside(left, shares[-1], "notebook 2017", "ink"),
        _beside(right, printed.loss[-1], "notebook 2017", "ink"),
    ]


#: By file name.
FIGURES = {"story.svg": story, "puzzle.svg": puzzle}


def refresh(root: Path, records: Sequence[RunRecord]) -> list[Path]:
    """Draws every figure of a checkout anew; returns the files that changed."""
    return generated.replaced(
        {root / FOLDER / name: draw(records) for name, draw in FIGURES.items()}
    )


# ------------------------------------------------------------------------------------------- parts


def _heading(words: str, below: str) -> list[str]:
    return [_canvas.text(20, 32, words, size=18, bold=True), _canvas.text(20, 53, below, "muted")]


def _level(panel: Panel, accuracy: float, words: str) -> list[str]:
    percent = 100 * accuracy
    return [_canvas.level(panel, percent), _beside(panel, percent, words.format(percent), "muted")]


def _beside(panel: Panel, value: float, words: str, colour: Colour) -> str:
    """Writes to the right of a panel, at the height of a value."""
    return _canvas.text(panel.left + panel.width + 6, panel.y(value) + 4, words, colour, size=12)


def _accuracies(
    panel: Panel, runs: SeedSet | None, colour: Colour, start: Sequence[float] = ()
) -> list[str]:
    """Draws each seed's validation accuracy, from ``start`` at epoch 0 where there is one."""
    drawn = runs.runs if runs is not None else ()
    curves = [[100 * value for value in run.history.val_accuracy] for run in drawn]
    if start:
        curves = [[first, *values] for first, values in zip(start, curves, strict=True)]
    return _drawn(panel, curves, colour, 0 if start else 1)


def _losses(panel: Panel, runs: SeedSet | None, colour: Colour) -> list[str]:
    curves = [list(run.history.loss) for run in runs.runs] if runs is not None else []
    return _drawn(panel, curves, colour, 1)


def _drawn(panel: Panel, curves: list[list[float]], colour: Colour, first: int) -> list[str]:
    thin = len(curves) > 1
    lines = [
        _canvas.curve(panel, range(first, first + len(one)), one, colour, thin=thin)
        for one in curves
    ]
    if thin:
        mean = [fmean(values) for values in zip(*curves, strict=False)]
        epochs = range(first, first + len(mean))
        lines.append(_canvas.curve(panel, epochs, mean, colour))
    return lines


def _start(records: Sequence[RunRecord], tuned: SeedSet | None) -> list[float]:
    """Returns what fine-tuning's seeds had before it, in percent; nothing where one is unknown."""
    if tuned is None:
        return []
    before = longest(records, "technique-2", tuned.recipe)
    known = {run.seed: run for run in before.runs} if before is not None else {}
    if any(run.seed not in known for run in tuned.runs):
        return []
    return [100 * known[run.seed].history.val_accuracy[-1] for run in tuned.runs]


def _named(
    panel: Panel, at: tuple[float, float], runs: SeedSet | None, name: str, colour: Colour
) -> list[str]:
    """Names a curve; ``at`` is (epoch, percent) of where the name begins."""
    if runs is None:
        return []
    x, y = panel.x(at[0]), panel.y(at[1])
    return [
        _canvas.text(x, y, f"{name}: {percent(runs, LAST):.1f} %", colour, bold=True),
        _canvas.text(x, y + 16, f"{seeds(runs)}, {runs.epochs} epochs", colour, size=12),
    ]


def _told(subject: str, runs: SeedSet | None) -> str:
    if runs is None:
        return f"{subject}: no run."
    first = 100 * fmean(run.history.val_accuracy[0] for run in runs.runs)
    return (
        f"{subject}, {seeds(runs)}: {first:.1f} % after the first epoch, "
        f"{percent(runs, LAST):.1f} % over the last ten of {runs.epochs}."
    )


def _told_losses(state: str, runs: SeedSet | None) -> str:
    if runs is None:
        return ""
    first, last = (fmean(run.history.loss[at] for run in runs.runs) for at in (0, -1))
    return f"Training loss with the base {state} goes from {first:.2f} to {last:.2f}."
