"""Turns, clocks, and a benchmark that is told how long something took."""

from __future__ import annotations

import json
import time

import psutil
import pytest

from benchmarks import stopwatch
from benchmarks.stopwatch import BUSY, Cost, Stopwatch, Turns, cost, in_turns


def side(order, name, lengths):
    values = iter(lengths)

    def take():
        order.append(name)
        wall = next(values)
        return Cost(wall, 2 * wall)

    return take


def test_sides_take_turns_and_the_ratio_is_the_median_of_the_rounds():
    order = []
    turns = in_turns(side(order, "a", [1.0, 1.0, 2.0]), side(order, "b", [2.0, 3.0, 80.0]), 3)
    assert order == ["a", "b", "b", "a", "a", "b"]
    assert turns.ratio == 3.0
    assert turns.ratios("wall") == turns.ratios("cpu") == [2.0, 3.0, 40.0]
    json.dumps(turns.as_dict(), allow_nan=False)


@pytest.mark.parametrize(("others", "ratio"), [(BUSY / 2, 3.0), (2 * BUSY, 1.5)])
def test_wall_clocks_are_judged_unless_others_were_busy(others, ratio):
    assert Turns((Cost(1, 4),), (Cost(3, 6),), others).ratio == ratio


def test_waiting_costs_no_processor_time():
    waited = cost(lambda: time.sleep(0.2))
    assert waited.wall >= 0.2
    assert waited.cpu < 0.1


def test_the_benchmark_keeps_what_it_is_told():
    watch, found = Stopwatch(), []

    class Benchmark:
        def pedantic(self, function, rounds):
            for _ in range(rounds):
                before = watch.now()
                function()
                found.append(watch.now() - before)

    watch.tell(Benchmark(), [1.5, 0.25])
    watch.tell(Benchmark(), [2.0])
    assert found == [1.5, 0.25, 2.0]


@pytest.mark.parametrize(("device", "clock"), [("gpu", "wall"), ("cpu", "cpu")])
def test_a_gpus_work_is_judged_by_the_wall_clock_however_busy_the_processor(
    monkeypatch, device, clock
):
    cores = psutil.cpu_count() or 1
    monkeypatch.setattr(stopwatch, "_machine_seconds", lambda: cores * time.perf_counter())

    def wait():
        return cost(lambda: time.sleep(0.01))

    assert in_turns(wait, wait, 1, device=device).clock == clock


@pytest.mark.parametrize("cores_of_others", [0, 1])
def test_others_share_leaves_out_this_processs_own_work(monkeypatch, cores_of_others):
    def machine_seconds():
        return time.process_time() + cores_of_others * time.perf_counter()

    def spin():
        end = time.process_time() + 0.05
        while time.process_time() < end:
            pass

    monkeypatch.setattr(stopwatch, "_machine_seconds", machine_seconds)
    found = in_turns(lambda: cost(spin), lambda: cost(spin), 1)
    assert found.others == pytest.approx(cores_of_others / psutil.cpu_count(), abs=0.02)


def test_the_machines_processor_time_holds_this_processs():
    before = stopwatch._machine_seconds()
    spent = cost(lambda: sum(range(10_000_000)))
    # The kernel counts in hundredths of a second.
    assert stopwatch._machine_seconds() - before >= spent.cpu - 0.05
