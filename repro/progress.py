"""Progress of long work: a bar on a terminal, plain lines elsewhere."""

from __future__ import annotations

import sys
import time

from tqdm import tqdm

#: Seconds between two plain lines where the output is no terminal.
PLAIN_SECONDS = 15.0


class Progress:
    """Counts pieces of work and shows how many, how fast and how long still, on standard error.

    Args:
        title: what is being done.
        total: number of pieces.
        unit: what a piece is, in the plural.
        done: pieces that were finished before.
        interval: seconds between plain lines.
    """

    def __init__(
        self,
        title: str,
        total: int,
        unit: str,
        *,
        done: int = 0,
        interval: float = PLAIN_SECONDS,
    ) -> None:
        terminal = sys.stderr.isatty()
        self._plain = None if terminal else _Plain(title, total, unit, done, interval)
        self._bar = tqdm(
            desc=title, total=total, unit=f" {unit}", initial=done, disable=not terminal
        )

    def advance(self, pieces: int, note: str = "") -> None:
        """Counts finished pieces; the note (a last accuracy, say) stands behind them."""
        if self._plain is not None:
            self._plain.advance(pieces, note)
            return
        if note:
            self._bar.set_postfix_str(note, refresh=False)
        self._bar.update(pieces)

    def __enter__(self) -> Progress:
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.close()


class _Plain:
    def __init__(self, title: str, total: int, unit: str, done: int, interval: float) -> None:
        self.title, self.total, self.unit = title, total, unit
        self.done, self.first, self.interval = done, done, interval
        self.started = self.printed = time.monotonic()

    def advance(self, pieces: int, note: str) -> None:
        self.done += pieces
        now = time.monotonic()
        if self.done < self.total and now - self.printed < self.interval:
            return
        self.printed = now
        rate = (self.done - self.first) / max(now - self.started, 1e-9)
        left = (self.total - self.done) / max(rate, 1e-9)
        line = (
            f"{self.title}: {self.done}/{self.total} {self.unit}, {rate:.3g}/s, {left:.0f} s left"
        )
        print(f"{line}, {note}" if note else line, file=sys.stderr, flush=True)
