"""Two sets of records compared: signs, intervals, what differs around them."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from repro import report
from repro.report._compare import Comparison, Row
from tests.claims.fabricated import looked, record


def row(comparison: Comparison, quantity: str) -> Row:
    return next(found for found in comparison.rows if found.quantity == quantity)


LAST = "validation accuracy, last epoch"


def test_a_difference_is_second_minus_first_and_turns_with_the_sides() -> None:
    a, b = record(accuracies=(0.89, 0.9, 0.91)), record(accuracies=(0.95, 0.96, 0.97))
    there, back = report.compare([a], [b]), report.compare([b], [a])
    for one, other in zip(there.rows, back.rows, strict=True):
        assert one.difference == pytest.approx(-other.difference)
        assert one.interval is not None
        assert one.interval.low == pytest.approx(-other.interval.high)
        assert one.interval.high == pytest.approx(-other.interval.low)
    assert row(there, LAST).difference == pytest.approx(0.06)
    assert row(there, LAST).shows_change
    for one in there.rows:
        assert one.difference in one.interval, one.quantity


def test_a_record_against_itself_shows_no_change() -> None:
    comparison = report.compare([record()], [record()])
    assert all(found.difference == 0 for found in comparison.rows)
    assert not any(found.shows_change for found in comparison.rows)
    assert comparison.circumstances == ()


def test_one_seed_a_side_is_compared_as_two_shares_and_by_picture() -> None:
    comparison = report.compare([record(accuracies=(0.9,))], [record(accuracies=(0.93,))])
    assert row(comparison, LAST).method == "Newcombe"
    paired = row(comparison, "test accuracy, picture by picture")
    apart = row(comparison, "test accuracy")
    paired, apart = (found.interval.high - found.interval.low for found in (paired, apart))
    assert paired < apart
    assert row(comparison, "validation loss, last epoch").interval is None


def test_experiments_are_matched_by_name_and_recipe() -> None:
    first = [record(), record("technique-2")]
    second = [record("technique-2"), record("unfrozen"), record("technique-2", recipe="today")]
    comparison = report.compare(first, second)
    assert {found.experiment for found in comparison.rows} == {"technique-2, recipe published"}
    assert comparison.only_first == ("technique-1, recipe published",)
    assert comparison.only_second == ("technique-2, recipe today", "unfrozen, recipe published")


def test_what_differs_around_the_runs_is_named() -> None:
    a = looked(freezing__recompile={"fresh": "honoured", "trained": "ignored"})
    b = looked(freezing__recompile={"fresh": "honoured", "trained": "refused"})
    found = report.compare([a], [b]).circumstances
    assert [(one.experiment, one.quantity, one.first, one.second) for one in found] == [
        ("observations", "freezing.recompile.trained", "ignored", "refused")
    ]
    versions = report.compare(
        [record(environment={"versions": {"keras": "2.15"}})],
        [record(environment={"versions": {"keras": "3.0"}})],
    ).circumstances
    assert [(one.quantity, one.first, one.second) for one in versions] == [
        ("versions.keras", "2.15", "3.0")
    ]


def test_the_table_shows_intervals_and_demonstrations() -> None:
    stream = io.StringIO()
    demonstration = record(accuracies=(0.5, 0.51), demonstration=True)
    table = report.compare_table(report.compare([record()], [demonstration]))
    Console(width=200, file=stream).print(table)
    text = stream.getvalue()
    assert "DEMONSTRATION" in text
    assert "-0.391 [" in text


def test_small_folds_and_short_runs_can_be_compared() -> None:
    comparison = report.compare([record(n=100, epochs=2)], [record(n=100, epochs=2)])
    assert row(comparison, LAST).difference == 0


def test_an_interval_is_as_wide_as_the_fold_is_small() -> None:
    def width(n: int) -> float:
        side = [record(n=n, accuracies=(0.9,))]
        found = row(report.compare(side, side), LAST).interval
        assert found is not None
        return found.high - found.low

    assert width(100) > 2.5 * width(1000)
