"""Timings measured by other means, handed to pytest-benchmark; and two sides timed alternately."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import psutil

#: Share of the machine that others may take before wall clocks are no longer trusted.
BUSY = 0.1


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
class Cost:
    """What something took.

    Args:
        wall: seconds.
        cpu: seconds of processor time of this process, all its threads together.
    """

    wall: float
    cpu: float

    @classmethod
    def now(cls) -> Cost:
        """Returns both clocks."""
        return cls(time.perf_counter(), time.process_time())

    def __sub__(self, before: Cost) -> Cost:
        return Cost(self.wall - before.wall, self.cpu - before.cpu)


def cost(function: Callable[[], object]) -> Cost:
    """Returns what a call takes."""
    before = Cost.now()
    function()
    return Cost.now() - before


def median(costs: Sequence[Cost]) -> Cost:
    """Returns the median of each clock."""
    return Cost(
        statistics.median(cost.wall for cost in costs),
        statistics.median(cost.cpu for cost in costs),
    )


@dataclass(frozen=True)
class Turns:
    """What two sides took, round by round, alternating.

    Args:
        ours: a cost a round.
        theirs: a cost a round.
        others: share of the machine's processor time that other processes took meanwhile.
    """

    ours: tuple[Cost, ...]
    theirs: tuple[Cost, ...]
    others: float = 0.0

    def ratios(self, clock: str) -> list[float]:
        """Their cost over ours, a value a round, by the clock "wall" or "cpu"."""
        pairs = zip(self.ours, self.theirs, strict=True)
        return [getattr(theirs, clock) / getattr(ours, clock) for ours, theirs in pairs]

    @property
    def clock(self) -> str:
        """The clock to judge by: "wall", or "cpu" where others were busy on the same cores.

        A busy machine stretches wall times at random. Processor time leaves that waiting out, but
        it does not see a core that idles either: the wall clock of a quiet machine says more.
        """
        return "cpu" if self.others > BUSY else "wall"

    @property
    def ratio(self) -> float:
        """The median over rounds of their cost over ours."""
        return statistics.median(self.ratios(self.clock))

    def as_dict(self) -> dict[str, Any]:
        """Returns every round of both sides by both clocks."""
        return {
            "our_wall_seconds": [cost.wall for cost in self.ours],
            "their_wall_seconds": [cost.wall for cost in self.theirs],
            "our_cpu_seconds": [cost.cpu for cost in self.ours],
            "their_cpu_seconds": [cost.cpu for cost in self.theirs],
            "ratio_by_wall": statistics.median(self.ratios("wall")),
            "ratio_by_cpu": statistics.median(self.ratios("cpu")),
            "others_share_of_the_machine": self.others,
            "judged_by": self.clock,
        }


def in_turns(
    ours: Callable[[], Cost], theirs: Callable[[], Cost], rounds: int, *, device: str = "cpu"
) -> Turns:
    """Measures two sides alternately, each reporting what it took; they also begin alternately.

    Args:
        ours: one side.
        theirs: the other.
        rounds: measurements of each.
        device: "gpu" where the work is done by one; then only wall clocks count.
    """
    machine = _machine_seconds()
    start = Cost.now()
    costs: list[tuple[Cost, Cost]] = []
    for number in range(rounds):
        if number % 2:
            second = theirs()
            costs.append((ours(), second))
        else:
            costs.append((ours(), theirs()))
    whole = Cost.now() - start
    others = _machine_seconds() - machine - whole.cpu
    share = max(0.0, others / (whole.wall * (psutil.cpu_count() or 1))) if device == "cpu" else 0.0
    return Turns(*(tuple(side) for side in zip(*costs, strict=True)), others=share)


def _machine_seconds() -> float:
    """Returns the processor time that all processes together have used so far."""
    times = psutil.cpu_times()
    idle = times.idle + getattr(times, "iowait", 0.0)
    # Linux counts a guest's time in the user's too.
    guest = getattr(times, "guest", 0.0) + getattr(times, "guest_nice", 0.0)
    return float(sum(times) - idle - guest)
