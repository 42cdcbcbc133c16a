"""Timings measured by other means, handed to pytest-benchmark; and two sides timed in turns."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any


class Stopwatch:
    """A clock that stands still until it is told how long something took.

    An epoch of a pipeline has no beginning and no end that a timer around a call would see, so its
    length is measured inside. With this as the benchmark's timer
    (``@pytest.mark.benchmark(timer=STOPWATCH.now)``) it is kept and compared like any other.
    """

    def __init__(self) -> None:
        self._seconds = 0.0

    def now(self) -> float:
        """Returns the seconds told so far."""
        return self._seconds

    def tell(self, benchmark: Any, seconds: Sequence[float]) -> None:
        """Gives the benchmark one round for each length."""
        lengths = iter(seconds)

        def one_round() -> None:
            self._seconds += next(lengths)

        benchmark.pedantic(one_round, rounds=len(seconds))


STOPWATCH = Stopwatch()


@dataclass(frozen=True)
class Turns:
    """What two sides took, round by round, in turns.

    Args:
        ours: seconds, a value a round.
        theirs: seconds, a value a round.
    """

    ours: tuple[float, ...]
    theirs: tuple[float, ...]

    @property
    def ratios(self) -> list[float]:
        """Their time over ours, a value a round."""
        return [theirs / ours for ours, theirs in zip(self.ours, self.theirs, strict=True)]

    @property
    def ratio(self) -> float:
        """The median over rounds of their time over ours.

        Both sides of a round follow on one another, so what else the machine does weighs on both.
        """
        return statistics.median(self.ratios)


def in_turns(ours: Callable[[], float], theirs: Callable[[], float], rounds: int) -> Turns:
    """Times two sides in turns, each side saying how long it took; which begins alternates."""
    times: list[tuple[float, float]] = []
    for number in range(rounds):
        if number % 2:
            second = theirs()
            times.append((ours(), second))
        else:
            times.append((ours(), theirs()))
    return Turns(*(tuple(side) for side in zip(*times, strict=True)))
