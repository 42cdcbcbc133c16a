"""The puzzle's curves: which runs are shown, and what of them."""

from __future__ import annotations

from repro.report._findings import curves
from tests.claims.fabricated import record


def rows(*records: object) -> dict[int, list[str]]:
    lines = curves(list(records)).splitlines()[2:]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    return {int(epoch): rest for epoch, *rest in cells}


def test_all_seeds_are_shown_epoch_by_epoch_until_the_run_ends() -> None:
    frozen = record("technique-2", (0.89, 0.9), 30)
    unfrozen = record("unfrozen", (0.96,), 20)
    found = rows(frozen, unfrozen)
    assert found[30] == ["89.0 to 90.0", "–"]
    assert found[20] == ["89.0 to 90.0", "96.0"]
    # As fabricated: a tenth below in the first epoch.
    assert found[1] == ["79.0 to 80.0", "86.0"]


def test_the_longest_run_is_shown_and_only_under_2017s_semantics() -> None:
    long, short = record("unfrozen", (0.96,), 20), record("unfrozen", (0.7,), 10)
    short = short.model_copy(update={"finished": "2027-01-01T00:00:00+00:00"})
    today = record("unfrozen", (0.5,), 30, recipe="today")
    assert rows(long, short, today)[20] == ["–", "96.0"]
    assert rows(today)[20] == ["–", "–"]
