"""The figure of the notebook's listing on its own Keras: a curve for each release and change."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from repro import generated
from repro.era.notebook_records import Change, NotebookRun
from repro.era.real_pictures import of
from repro.notebook import curves
from repro.report import _canvas
from repro.report._canvas import Colour, Panel

PATH = Path("docs", "figures", "listing.svg")
_SIZE = (900, 400)
_LEFT = Panel(58, 96, 240, 250, start=1, stop=3, low=60, high=100)
_RIGHT = replace(_LEFT, left=370, low=0, high=0.8)
_NAMES_AT, _ROW = 650, 48
#: (release, changes to the listing) → its name and colour.
_SHOWN: dict[tuple[str, tuple[Change, ...]], tuple[str, Colour]] = {
    ("2.0.8", ()): ("2.0.8 on a processor", "muted"),
    ("2.0.8", ("gradients-first",)): ("2.0.8, its race removed", "orange"),
    ("tf2.21", ("unfrozen", "generator-of-2017")): ("today, base left trainable", "green"),
    ("2.1.0", ()): ("2.1.0", "blue"),
}


def draw(runs: Sequence[NotebookRun]) -> str:
    """Draws technique 2 of the notebook's listing, seed 0, beside what the notebook printed.

    Args:
        runs: of any listing; what the figure does not show is left out.
    """
    found = {(run.release, run.plan.changes): of(run, "feature extraction")
             for run in runs if run.plan.edition == "python" and run.plan.seed == 0}  # fmt: skip
    shown = [(*named, found[key]) for key, named in _SHOWN.items() if found.get(key)]
    last = max((len(epochs) for *_, epochs in shown), default=3)
    left, right = (replace(panel, stop=last) for panel in (_LEFT, _RIGHT))
    printed = curves()["technique-2"]
    lines: list[tuple[str, Colour, list[float], list[float]]] = [
        ("notebook 2017, printed", "ink", [*printed.val_accuracy[:last]], [*printed.loss[:last]]),
        *((name, colour, [one.val_accuracy for one in epochs], [one.loss for one in epochs])
          for name, colour, epochs in shown),
    ]  # fmt: skip
    drawn, said = [*_frame(left, right)], []
    for number, (name, colour, accuracies, losses) in enumerate(lines):
        shares = [100 * one for one in accuracies]
        for panel, values in ((left, shares), (right, losses)):
            epochs = range(1, len(values) + 1)
            drawn.append(_canvas.curve(panel, epochs, values, colour, dashed=colour == "ink"))
        words = f"{', '.join(f'{one:.1f}' for one in shares)} %"
        y = _LEFT.top + 12 + number * _ROW
        drawn.append(_canvas.text(_NAMES_AT, y, name, colour, bold=True))
        drawn.append(_canvas.text(_NAMES_AT, y + 17, words, colour, size=12))
        said.append(f"{name}: {words}.")
    title = "Technique 2 of the notebook's listing, by release of Keras"
    return _canvas.picture("listing", _SIZE, title, " ".join(said), drawn)


def _frame(left: Panel, right: Panel) -> list[str]:
    """Returns the heading and both panels' axes."""
    shares = [(value, f"{value} %") for value in range(60, 101, 10)]
    losses = [(tenths / 10, f"{tenths / 10:.1f}") for tenths in (0, 2, 4, 6, 8)]
    epochs = range(1, round(left.stop) + 1)
    below = "The same pictures, order, draws and classifier in all but the notebook's own run."
    return [
        _canvas.text(20, 32, "The notebook's listing on its own Keras", size=18, bold=True),
        _canvas.text(20, 53, below, "muted"),
        *_canvas.axes(left, shares, epochs, "Validation accuracy"),
        *_canvas.axes(right, losses, epochs, "Training loss, nats"),
    ]


def refresh(root: Path, runs: Sequence[NotebookRun]) -> list[Path]:
    """Draws the figure of a checkout anew; returns its path if it changed."""
    return generated.replaced({root / PATH: draw(runs)})
