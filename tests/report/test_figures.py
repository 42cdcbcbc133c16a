"""What the page's curves draw: every seed thinly, their mean thickly, training as dots."""

from __future__ import annotations

from itertools import permutations

import matplotlib.pyplot as plt
import numpy as np

from repro.record import History, SeedRun
from repro.report import _figures


def run(seed: int, values: tuple[float, ...]) -> SeedRun:
    fields = dict.fromkeys(History.model_fields, values) | {
        "accuracy": tuple(value / 2 for value in values)
    }
    return SeedRun(seed=seed, history=History(**fields), evaluations={})


RUNS = [run(0, (0.1, 0.2, 0.3)), run(1, (0.3, 0.4, 0.9)), run(2, (0.8, 0.6))]


def drawn(runs: list[SeedRun]) -> tuple[list[float], list[list[float]], list[float]]:
    """The thick line, the thin lines and the dots."""
    figure, axes = plt.subplots()
    _figures._draw_curves(axes, runs, "accuracy", "val_accuracy", 3)
    lines = {line: [float(y) for y in line.get_ydata()] for line in axes.lines}
    plt.close(figure)
    dots = next(y for line, y in lines.items() if line.get_marker() == ".")
    thick = next(y for line, y in lines.items() if line.get_linewidth() == 2)
    thin = [y for line, y in lines.items() if line.get_linewidth() == 0.6]
    return thick, thin, dots


def test_the_thick_line_is_the_mean_of_the_seeds_that_have_come_so_far() -> None:
    thick, thin, dots = drawn(RUNS)
    np.testing.assert_allclose(thick, [0.4, 0.4, 0.6])
    np.testing.assert_allclose(dots, [0.2, 0.2, 0.3])
    assert sorted(thin) == sorted(list(one.history.val_accuracy) for one in RUNS)


def test_no_seed_stands_before_the_others() -> None:
    wanted = drawn(RUNS)
    for order in permutations(RUNS):
        thick, thin, dots = drawn(list(order))
        np.testing.assert_allclose([thick, dots], [wanted[0], wanted[2]])
        assert sorted(thin) == sorted(wanted[1])


def test_the_description_gives_means_over_seeds() -> None:
    text = _figures.curves(RUNS, "small", None).description
    assert "from 0.400 to 0.600" in text.replace("0.4000", "0.400")
