"""Figures as inline SVG: training curves as in the chapter, and the time that epochs take."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
from markupsafe import Markup

from repro.claims._table import counted
from repro.record import SeedRun

#: Colours that the page's style sheet replaces, in light and dark: see ``page.css``.
INK, MUTED, TRAINING, VALIDATION, PUBLISHED = "#010101", "#020202", "#030303", "#040404", "#050505"
_VARIABLES = {
    INK: "var(--ink)",
    MUTED: "var(--muted)",
    TRAINING: "var(--training)",
    VALIDATION: "var(--validation)",
    PUBLISHED: "var(--published)",
}
#: Seeds drawn thinly, one by one; more would be a smear of ink and megabytes.
MOST_SEEDS = 12


@dataclass(frozen=True)
class Figure:
    """An SVG with the words for those who do not see it.

    Args:
        svg: one or more ``<svg>`` elements, side by side where there is room. Markup, because
            matplotlib made it and escaped the texts that it was given.
        title: what it shows.
        description: what can be read off it.
    """

    svg: Markup
    title: str
    description: str


def smooth(values: Sequence[float] | Any) -> Any:
    """Returns local quadratic fits to a curve, (epochs,), as the chapter's plots have them (loess).

    An exponential mean would lag behind a curve that still falls; this one does not.
    """
    from scipy.signal import savgol_filter

    # Odd: an even window has no middle and would shift the curve by half an epoch.
    window = max(5, len(values) // 3) | 1
    if len(values) <= window:
        return np.asarray(values, dtype=float)
    return savgol_filter(values, window, 2)


def curves(
    runs: Sequence[SeedRun], name: str, published: float | None, *, number: int = 0
) -> Figure:
    """Draws accuracy and loss by epoch.

    Dots are the training values, thin lines each seed's validation, the thick line their mean, the
    dotted one that mean smoothed; a dashed line marks the published accuracy.

    Args:
        runs: one per seed; those shorter than the longest are left out of the means' tail.
        name: of the experiment, for the title.
        published: accuracy, a share; None draws no such line.
        number: of the figure on its page, which keeps the elements' ids apart.
    """
    epochs = max(len(run.history.loss) for run in runs)
    panels = []
    for train, label in (("accuracy", "accuracy"), ("loss", "loss, nats")):
        with _axes((4.6, 3.0)) as (figure, axes):
            _draw_curves(axes, runs, train, f"val_{train}", epochs)
            axes.set_ylabel(label)
            if train == "accuracy" and published is not None:
                _mark_published(axes, published)
            panels.append(_svg(figure, f"{train}-{number}"))

    def mean(value: str, epoch: int) -> str:
        return f"{np.mean([getattr(run.history, value)[epoch] for run in runs]):.3f}"

    description = (
        f"{counted(len(runs), 'seed')}, {epochs} epochs. Validation accuracy goes from "
        f"{mean('val_accuracy', 0)} to {mean('val_accuracy', -1)}, validation loss from "
        f"{mean('val_loss', 0)} to {mean('val_loss', -1)}; training accuracy ends at "
        f"{mean('accuracy', -1)}."
    )
    svg = Markup("\n".join(panels))  # noqa: S704 - see Figure
    return Figure(svg, f"Accuracy and loss by epoch, {name}", description)


def _mark_published(axes: Any, published: float) -> None:
    axes.axhline(published, color=PUBLISHED, linestyle=(0, (5, 3)), linewidth=1.2)
    axes.annotate(
        f"published {published:.3g}",
        (1, published),
        xycoords=("axes fraction", "data"),
        ha="right",
        va="bottom",
        color=PUBLISHED,
        fontsize=9,
    )


def _draw_curves(
    axes: Any, runs: Sequence[SeedRun], train: str, validation: str, epochs: int
) -> None:
    x = np.arange(1, epochs + 1)
    axes.plot(x, _mean(runs, train, epochs), ".", color=TRAINING, markersize=3.5)
    for run in runs[:MOST_SEEDS]:
        values = getattr(run.history, validation)
        axes.plot(x[: len(values)], values, color=VALIDATION, linewidth=0.6, alpha=0.45)
    mean = _mean(runs, validation, epochs)
    axes.plot(x, mean, color=VALIDATION, linewidth=2)
    axes.plot(x, smooth(mean), color=INK, linewidth=1.2, linestyle=(0, (1, 1.5)))
    axes.set_xlabel("epoch")


def _mean(runs: Sequence[SeedRun], name: str, epochs: int) -> Any:
    table = np.full((len(runs), epochs), np.nan)
    for row, run in zip(table, runs, strict=True):
        values = getattr(run.history, name)
        row[: len(values)] = values
    return np.nanmean(table, axis=0)


def epoch_times(groups: Sequence[tuple[str, Sequence[float]]]) -> Figure:
    """Draws the median time of an epoch, one bar for each (name, seconds of every epoch)."""
    medians = [float(np.median(seconds)) for _, seconds in groups]
    longest = max([*medians, 1e-9])
    with _axes((6.0, 0.7 + 0.5 * len(groups))) as (figure, axes):
        positions = np.arange(len(groups))[::-1]
        axes.barh(positions - 0.2, medians, color=VALIDATION, height=0.34)
        for position, (name, _), seconds in zip(positions, groups, medians, strict=True):
            short = name if len(name) < 48 else f"{name[:46]}…"
            label = f"{short}: {seconds:.3g} s"
            # Above its bar: beside it, a long name would leave no room for the bars on a phone.
            axes.annotate(label, (0, position + 0.04), va="bottom", color=INK, fontsize=9)
        axes.set_yticks([])
        axes.spines.left.set_visible(False)
        axes.set_xlim(0, longest * 1.05)
        axes.set_ylim(-0.5, len(groups) - 0.4)
        axes.set_xlabel("median seconds an epoch")
        svg = _svg(figure, "times")
    text = "; ".join(
        f"{name} {value:.3g} s" for (name, _), value in zip(groups, medians, strict=True)
    )
    svg = Markup(svg)  # noqa: S704 - see Figure
    return Figure(svg, "Time of an epoch", f"Median seconds an epoch: {text}.")


@contextmanager
def _axes(inches: tuple[float, float]) -> Iterator[tuple[Any, Any]]:
    import matplotlib as mpl
    from matplotlib.figure import Figure as Canvas

    style = {
        "svg.fonttype": "none",
        "text.color": INK,
        "axes.labelcolor": INK,
        "axes.edgecolor": MUTED,
        "xtick.color": MUTED,
        "ytick.color": MUTED,
        "xtick.labelcolor": INK,
        "ytick.labelcolor": INK,
        "font.size": 9,
        "axes.spines.top": False,
        "axes.spines.right": False,
        # File names are text, not mathematics: a dollar sign stays one.
        "text.parse_math": False,
    }
    with mpl.rc_context(style):
        figure = Canvas(figsize=inches, layout="constrained")
        yield figure, figure.subplots()


def _svg(figure: Any, prefix: str) -> str:
    """Returns the figure as an element: no prologue, ids of its own, the page's colours."""
    import matplotlib as mpl

    stream = io.StringIO()
    with mpl.rc_context({"svg.hashsalt": prefix}):
        figure.savefig(stream, format="svg", transparent=True, metadata={"Date": None})
    text = stream.getvalue()
    text = text[text.index("<svg") :]
    text = re.sub(r"<metadata>.*?</metadata>", "", text, flags=re.S)
    text = re.sub(r"<!--.*?-->", "", text, flags=re.S)
    text = re.sub(r'\bid="', f'id="{prefix}-', text)
    text = re.sub(r'href="#', f'href="#{prefix}-', text)
    text = text.replace("url(#", f"url(#{prefix}-")
    for colour, variable in _VARIABLES.items():
        text = text.replace(colour, variable)
    text = re.sub(r'<svg [^>]*?viewBox="([^"]+)"[^>]*>', r'<svg viewBox="\1">', text, count=1)
    return re.sub(r"\n\s*", "\n", text)
