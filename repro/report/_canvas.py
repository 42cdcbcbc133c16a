"""SVG written by hand, for figures that are committed: the same records give the same bytes.

A plotting library would write a different file with each of its versions.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Literal

Colour = Literal["ink", "muted", "blue", "orange", "green"]
Anchor = Literal["start", "middle", "end"]
_LIGHT = {
    "paper": "#ffffff",
    "grid": "#e4e8ec",
    "ink": "#1c2329",
    "muted": "#5a6670",
    "blue": "#0a5ea8",
    "orange": "#b04a00",
    "green": "#177245",
}
_DARK = {
    "paper": "#14191e",
    "grid": "#2b333b",
    "ink": "#e8ecef",
    "muted": "#a3afb9",
    "blue": "#6fb7ff",
    "orange": "#ffa45c",
    "green": "#5fd698",
}


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

    def points(self, epochs: Sequence[float], values: Sequence[float]) -> str:
        """Returns the points of a curve as SVG lists them."""
        pairs = zip(epochs, values, strict=True)
        return " ".join(f"{self.x(epoch):.1f},{self.y(value):.1f}" for epoch, value in pairs)


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
    return (
        f'<polyline class="{colour}-line" stroke-width="{width}"{dashes} '
        f'points="{panel.points(epochs, values)}"/>'
    )


def level(panel: Panel, value: float) -> str:
    """Draws a published level across a panel, dashed."""
    y = panel.y(value)
    return (
        f'<line class="muted-line" stroke-width="1.3" stroke-dasharray="6 4" '
        f'x1="{panel.left:.1f}" x2="{panel.left + panel.width:.1f}" y1="{y:.1f}" y2="{y:.1f}"/>'
    )


def text(
    x: float,
    y: float,
    words: str,
    colour: Colour = "ink",
    *,
    size: float = 13,
    anchor: Anchor = "start",
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
    """Draws a panel's grid, the numbers along it and its heading.

    Args:
        panel: where.
        ticks: values on the upright axis, with their words.
        epochs: that are named below.
        title: stands above.
    """
    right, bottom = panel.left + panel.width, panel.top + panel.height
    drawn = [text(panel.left, panel.top - 14, title, bold=True)]
    for value, words in ticks:
        y = panel.y(value)
        drawn.append(
            f'<line class="grid" x1="{panel.left:.1f}" x2="{right:.1f}" y1="{y:.1f}" y2="{y:.1f}"/>'
        )
        drawn.append(text(panel.left - 8, y + 4, words, "muted", size=12, anchor="end"))
    for epoch in epochs:
        where = panel.x(epoch)
        drawn.append(text(where, bottom + 18, str(epoch), "muted", size=12, anchor="middle"))
    middle = panel.left + panel.width / 2
    drawn.append(text(middle, bottom + 36, "epoch", "muted", size=12, anchor="middle"))
    return drawn


def picture(
    name: str, size: tuple[int, int], title: str, description: str, drawn: Sequence[str]
) -> str:
    """Returns a whole SVG file, readable on light and on dark grounds.

    Args:
        name: keeps the ids apart where several figures stand on one page.
        size: (width, height), in the picture's units.
        title: what it shows, for those who do not see it.
        description: what can be read off it.
        drawn: its elements.
    """
    width, height = size
    return "\n".join(
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
            f'width="{width}" height="{height}" role="img" '
            f'aria-labelledby="{name}-title {name}-description">',
            f'<title id="{name}-title">{escape(title)}</title>',
            f'<desc id="{name}-description">{escape(description)}</desc>',
            f"<style>{_style()}</style>",
            f'<rect class="paper" width="{width}" height="{height}" rx="8"/>',
            *drawn,
            "</svg>\n",
        )
    )


def _style() -> str:
    dark = "".join(_rules(_DARK))
    return (
        "text{font-family:system-ui,-apple-system,'Segoe UI','DejaVu Sans',sans-serif}"
        "polyline{fill:none;stroke-linejoin:round}"
        f"{''.join(_rules(_LIGHT))}@media (prefers-color-scheme:dark){{{dark}}}"
    )


def _rules(colours: dict[str, str]) -> list[str]:
    rules = [f".paper{{fill:{colours['paper']}}}", f".grid{{stroke:{colours['grid']}}}"]
    for name in ("ink", "muted", "blue", "orange", "green"):
        rules.append(f".{name}{{fill:{colours[name]}}}.{name}-line{{stroke:{colours[name]}}}")
    return rules
