"""The figure of the timeline: a bar for each quantity, in another colour where it changes."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from repro import generated
from repro.era.readings import READINGS, Reading
from repro.era.releases import RELEASES
from repro.era.tables import Records, Span, spans
from repro.report import _canvas
from repro.report._canvas import Colour

PATH = Path("docs", "figures", "years.svg")
_WIDTH, _LEFT, _RIGHT, _TOP = 900, 20, 880, 100
#: From one quantity to the next; its name, labels, bar and further labels stand one below another.
_ROW, _ABOVE, _BAR, _BELOW = 62, 15, 24, 40
#: For the values in order of their first appearance, so a value that returns looks as before.
_COLOURS: tuple[Colour, ...] = ("blue", "orange", "green")
_LABEL = 11
#: A generous width of a letter, as a share of its size.
_LETTER = 0.6


def draw(records: Records) -> str:
    """Draws what each release does with each quantity, as an SVG file.

    Args:
        records: of the releases, in their order; at least one.
    """
    height = _TOP + _ROW * len(READINGS) + 10
    edges = _edges(records)
    drawn = [
        _canvas.text(20, 32, "What each Keras makes of the chapter", size=18, bold=True),
        _canvas.text(20, 53, _below(records), "muted"),
        *_years(records, edges, height),
    ]
    said = []
    for number, reading in enumerate(READINGS.values()):
        found = spans(records, reading)
        drawn += _row(reading, found, edges, _TOP + number * _ROW)
        said.append(f"{_title(reading)}: {', then '.join(_label(span) for span in found)}.")
    title = "The chapter's listings by release"
    return _canvas.picture("years", (_WIDTH, height), title, " ".join(said), drawn)


def refresh(root: Path, records: Records) -> list[Path]:
    """Draws the figure anew; returns its path if it changed.

    Args:
        root: of the checkout.
        records: those that the project ships.
    """
    return generated.replaced({root / PATH: draw(records)})


def _edges(records: Records) -> dict[str, tuple[float, float]]:
    """Returns where each release's column begins and ends: all have the same width."""
    step = (_RIGHT - _LEFT) / len(records)
    return {name: (_LEFT + i * step, _LEFT + (i + 1) * step) for i, name in enumerate(records)}


def _below(records: Records) -> str:
    names = list(records)
    return f"{len(names)} releases in their order, {names[0]} to {names[-1]}, each measured."


def _years(records: Records, edges: Mapping[str, tuple[float, float]], height: float) -> list[str]:
    """Draws a line where the first release of a year begins, and the year; not all have a date."""
    drawn, last = [], ""
    for name in records:
        year = (RELEASES[name].date or last)[:4]
        if year != last:
            x = edges[name][0]
            drawn.append(f'<line class="grid" x1="{x:.1f}" x2="{x:.1f}" y1="82" y2="{height}"/>')
            drawn.append(_canvas.text(x, 76, year, "muted", size=12))
            last = year
    return drawn


def _row(
    reading: Reading, found: tuple[Span, ...], edges: Mapping[str, tuple[float, float]], top: float
) -> list[str]:
    """Draws a quantity: its name, its bar, and the values by turns above and below the bar."""
    drawn = [_canvas.text(_LEFT, top, _title(reading), size=12, bold=True)]
    values = list(dict.fromkeys(span.value for span in found))
    for number, span in enumerate(found):
        left, right = edges[span.first][0], edges[span.last][1]
        colour = _COLOURS[values.index(span.value) % len(_COLOURS)]
        y = top + _BAR
        drawn.append(
            f'<line class="{colour}-line" stroke-width="9" x1="{left + 1:.1f}" '
            f'x2="{right - 1:.1f}" y1="{y:.1f}" y2="{y:.1f}"/>'
        )
        words, height = _label(span), top + (_BELOW if number % 2 else _ABOVE)
        if left + _LETTER * _LABEL * len(words) <= _RIGHT:
            drawn.append(_canvas.text(left, height, words, colour, size=_LABEL))
        else:
            drawn.append(_canvas.text(_RIGHT, height, words, colour, size=_LABEL, anchor="end"))
    return drawn


def _title(reading: Reading) -> str:
    return reading.title.replace("`", "")


def _label(span: Span) -> str:
    return f"{span.first}: {span.value}"
