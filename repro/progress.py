"""Progress of long work: a bar on a terminal, plain lines elsewhere."""

from __future__ import annotations

import sys
import time

from tqdm import tqdm

_LINE = "{desc}: {n_fmt}/{total_fmt}{unit}, {rate_fmt}, {remaining} left{postfix}"


class Progress:
    """Counts pieces of work and shows how many, how fast and how long still, on standard error.

    Args:
        total: pieces of work; 0 if nobody knows.
        unit: what a piece is, in the plural.
        done: pieces that were finished before.
        interval: seconds between two plain lines where the output is no terminal.
    """

    def __init__(
        self, title: str, total: int, unit: str, *, done: int = 0, interval: float = 15.0
    ) -> None:
        self._title, self._total, self._done, self._interval = title, total, done, interval
        self._units = {"unit": f" {unit}", "initial": done}
        self._started = self._printed = time.monotonic()
        terminal = sys.stderr.isatty()
        self._bar = tqdm(desc=title, total=total, disable=not terminal, **self._units)

    def advance(self, pieces: int, note: str = "") -> None:
        """Counts finished pieces; the note (a last accuracy, say) stands behind them."""
        if not self._bar.disable:
            self._bar.set_postfix_str(note, refresh=False)
            self._bar.update(pieces)
            return
        self._done += pieces
        now = time.monotonic()
        if 0 < self._total <= self._done or now - self._printed >= self._interval:
            self._printed = now
            elapsed = now - self._started
            shown = {"prefix": self._title, "postfix": note, "bar_format": _LINE, **self._units}
            line = tqdm.format_meter(self._done, self._total, elapsed, **shown)
            print(line, file=sys.stderr, flush=True)

    def __enter__(self) -> Progress:
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.close()
