"""SVG written by hand, for figures that are committed: the same records give the same bytes.

A plotting library would write a different file with each of its versions.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Literal

Colour = Literal["ink", "muted", "blue", "orange", "green"]
#: On light and on dark grounds.
_COLOURS = {
    "paper": ("#ffffff", "#14191e"),
    "grid": ("#e4e8ec", "#2b333b"),
    "ink": ("#1c2329", "#e8ecef"),
    "muted": ("#5a6670", "#a3afb9"),
    "blue": ("#0a5ea8", "#6fb7ff"),
    "orange": ("#b04a00", "#ffa45c"),
    "green": ("#177245", "#5fd698"),
}
_LIGHT, _DARK = ({name: pair[dark] for name, pair in _COLOURS.items()} for dark in (0, 1))


@dataclass(frozen=True)
class Panel:
    """A pair of axes.

    Args:
        left: of the plotting area, as are the next three, in the picture's units.
        top: y grows downwards.
        width: from ``start`` to ``stop``.
        height: from ``low`` to ``high``.
        start: first epoch on the axis.
        stop: last epoch on the axis.
        low: lowest value on the axis.
        high: highest value on the axis.
    """

    left: float
    top: float
    width: float
    height: float
    start: float
    stop: float
    low: float
    high: float

    def x(self, epoch: float) -> float:
        """Returns where an epoch stands."""
        return self.left + self.width * (epoch - self.start) / (self.stop - self.start)

    def y(self, value: float) -> float:
        """Returns where a value stands; a value beyond the axis stands at its end."""
        share = (min(max(value, self.low), self.high) - self.low) / (self.high - self.low)
        return self.top + self.height * (1 - share)


def curve(
    panel: Panel,
    epochs: Sequence[float],
    values: Sequence[float],
    colour: Colour,
    *,
    thin: bool = False,
    dashed: bool = False,
) -> str:
    """Draws values by epoch as a line."""
    width = 1.0 if thin else 1.6 if dashed else 2.4
    dashes = ' stroke-dasharray="5 3"' if dashed else ""
    pairs = zip(epochs, values, strict=True)
    points = " ".join(f"{panel.x(epoch):.1f},{panel.y(value):.1f}" for epoch, value in pairs)
    return f'<polyline class="{colour}-line" stroke-width="{width}"{dashes} points="{points}"/>'


def level(panel: Panel, value: float) -> str:
    """Draws a published level across a panel, dashed."""
    dashes = 'stroke-width="1.3" stroke-dasharray="6 4"'
    return f'<line class="muted-line" {dashes} {_across(panel, value)}/>'


def text(
    x: float,
    y: float,
    words: str,
    colour: Colour = "ink",
    *,
    size: float = 13,
    anchor: Literal["start", "middle", "end"] = "start",
    bold: bool = False,
) -> str:
    """Writes words; they are escaped."""
    weight = ' font-weight="600"' if bold else ""
    return (
        f'<text class="{colour}" x="{x:.1f}" y="{y:.1f}" font-size="{size:g}" '
        f'text-anchor="{anchor}"{weight}>{escape(words)}</text>'
    )


def axes(
    panel: Panel, ticks: Sequence[tuple[float, str]], epochs: Sequence[int], title: str
) -> list[str]:
    """Draws a panel's grid at the ticks, (value, words), the epochs' numbers and its heading."""
    bottom, middle = panel.top + panel.height, panel.left + panel.width / 2
    drawn = [text(panel.left, panel.top - 14, title, bold=True)]
    for value, words in ticks:
        drawn.append(f'<line class="grid" {_across(panel, value)}/>')
        y = panel.y(value) + 4
        drawn.append(text(panel.left - 8, y, words, "muted", size=12, anchor="end"))
    below = [(panel.x(epoch), bottom + 18, str(epoch)) for epoch in epochs]
    for x, y, words in (*below, (middle, bottom + 36, "epoch")):
        drawn.append(text(x, y, words, "muted", size=12, anchor="middle"))
    return drawn


def _across(panel: Panel, value: float) -> str:
    """Returns the ends of a line across a panel, at the height of a value."""
    y = panel.y(value)
    right = panel.left + panel.width
    return f'x1="{panel.left:.1f}" x2="{right:.1f}" y1="{y:.1f}" y2="{y:.1f}"'


def picture(
    name: str, size: tuple[int, int], title: str, description: str, drawn: Sequence[str]
) -> str:
    """Returns a whole SVG file of (width, height), readable on light and on dark grounds.

    The name keeps the ids apart where several figures stand on one page. Title and description say
    what it shows, and what can be read off it, to those who do not see it.
    """
    width, height = size
    style = (
        "text{font-family:system-ui,-apple-system,'Segoe UI','DejaVu Sans',sans-serif}"
        "polyline{fill:none;stroke-linejoin:round}"
        f"{_rules(_LIGHT)}@media (prefers-color-scheme:dark){{{_rules(_DARK)}}}"
    )
    elements = "\n".join(drawn)
    return f"""\
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" \
height="{height}" role="img" aria-labelledby="{name}-title {name}-description">
<title id="{name}-title">{escape(title)}</title>
<desc id="{name}-description">{escape(description)}</desc>
<style>{style}</style>
<rect class="paper" width="{width}" height="{height}" rx="8"/>
{elements}
</svg>
"""


def _rules(colours: dict[str, str]) -> str:
    rules = f".paper{{fill:{colours['paper']}}}.grid{{stroke:{colours['grid']}}}"
    for name in ("ink", "muted", "blue", "orange", "green"):
        rules += f".{name}{{fill:{colours[name]}}}.{name}-line{{stroke:{colours[name]}}}"
    return rules
