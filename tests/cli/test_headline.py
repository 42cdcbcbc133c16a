"""The terminal's first words: short, honest, and readable wherever they are printed."""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from dataclasses import replace
from functools import partial

import pytest
from rich.console import Console

from repro import claims
from repro.claims import Judgement
from repro.cli.headline import GRAVEST, Headline, excerpt, runs
from repro.report.accuracies import ACCURACIES
from tests.claims import shipped
from tests.claims.fabricated import record, sound

SHIPPED = shipped.judgements()
MAIN_JOB = claims.judge([record(observations=sound())])
DRAWN = claims.judge([record(observations=sound(), demonstration=True)])
#: As bad as it can get: nothing holds, and everything has much to say.
WORST = tuple(
    replace(one, verdict="refuted", statement=one.statement * 3, measured="far off " * 9)
    for one in SHIPPED
)
CASES = [
    pytest.param(SHIPPED, False, id="shipped"),
    pytest.param(MAIN_JOB, False, id="main-job"),
    pytest.param(DRAWN, True, id="demonstration"),
    pytest.param(WORST, False, id="worst"),
]


def printed(
    judgements: Sequence[Judgement],
    demonstration: bool,
    width: int,
    *,
    everything: bool = False,
    **console: object,
) -> list[str]:
    stream = io.StringIO()
    shown = Console(file=stream, width=width, **console)  # type: ignore[arg-type]
    shown.print(Headline(judgements, demonstration, everything))
    shown.print(runs(record()))
    return stream.getvalue().splitlines()


def flat(lines: Sequence[str]) -> str:
    return re.sub(r"[\s│]+", " ", " ".join(lines))


@pytest.mark.parametrize(("judgements", "demonstration"), CASES)
def test_at_100_columns_a_run_prints_45_lines_at_most(judgements, demonstration) -> None:
    # Before it a demonstration's notice; after it where record and page are: two lines each.
    assert len(printed(judgements, demonstration, 100)) <= 45 - 4


@pytest.mark.parametrize("width", [60, 80, 100, 160])
@pytest.mark.parametrize(("judgements", "demonstration"), CASES)
def test_no_line_is_wider_than_the_terminal_and_nothing_is_cut(
    judgements, demonstration, width
) -> None:
    lines = printed(judgements, demonstration, width)
    assert max(map(len, lines)) <= width
    assert "…" not in flat(lines)
    assert f"{len(judgements)} statements: " in flat(lines)


def test_the_famous_numbers_come_first_and_as_percentages() -> None:
    lines = printed(MAIN_JOB, False, 100)
    panel = flat(lines[: next(n for n, line in enumerate(lines) if "statements: " in line)])
    assert all(one.name in panel for one in ACCURACIES)
    (fast,) = (one for one in MAIN_JOB if one.id == "fast-extraction-accuracy")
    assert isinstance(fast.measured, float)
    assert f"90 % {100 * fast.measured:.3g} % [" in panel


def test_their_claims_are_the_ledgers() -> None:
    assert {one.claim for one in ACCURACIES} <= {claim.id for claim in claims.CLAIMS}


def test_what_is_not_plainly_reproduced_is_shown_the_gravest_first() -> None:
    text = flat(printed(SHIPPED, False, 100))
    grave = [one for one in SHIPPED if one.verdict in GRAVEST[:3]]
    assert grave
    assert all(one.statement in text for one in grave)
    order = ("refuted", "not reproduced", "erratum")
    shown = sorted(grave, key=lambda one: text.index(one.statement))
    assert [order.index(one.verdict) for one in shown] == sorted(
        order.index(one.verdict) for one in grave
    )
    assert not any(one.statement in text for one in SHIPPED if one.verdict == "reproduced")


@pytest.mark.parametrize("judgements", [SHIPPED, MAIN_JOB, WORST], ids=["shipped", "main", "worst"])
def test_what_does_not_fit_is_counted(judgements) -> None:
    text = flat(printed(judgements, False, 400))  # a statement on a line
    findings = [one for one in judgements if one.verdict in GRAVEST]
    shown = sum(one.statement in text for one in findings)
    (more,) = re.findall(r"(\d+) more of these", text) or ["0"]
    assert shown + int(more) == len(findings)


def test_a_demonstration_says_what_was_checked_what_was_shown_and_what_to_do() -> None:
    lines = printed(DRAWN, True, 100)
    assert "DEMONSTRATION: no evidence" in lines[0]
    # What has a verdict from no record at all was not checked by this run.
    given = {one.id for one in claims.judge([]) if one.verdict != "not run here"}
    checked = {one.id for one in DRAWN if one.verdict != "not run here"} - given
    assert f"Really checked: {len(checked)} statements" in lines[1]
    assert f"Judged without a run: {len(given)}, by sources" in lines[2]
    assert "base-params" in checked and {"competition-2013", "steps-times-batch"} <= given
    assert not any(one.standing.by_source for one in DRAWN if one.id in checked)
    assert "Only shown: " in lines[3]
    assert sum("Next: " in line for line in lines) == 1
    assert not any(one.name in flat(lines) for one in ACCURACIES)


def test_all_shows_all() -> None:
    text = flat(printed(MAIN_JOB, False, 10_000, everything=True))  # a statement on a line
    for one in MAIN_JOB:
        assert flat([one.statement]) in text, one.id
    assert len(printed(MAIN_JOB, False, 100, everything=True)) > 100


@pytest.mark.parametrize("demonstration", [False, True])
def test_a_pipe_and_no_color_get_the_same_words_without_colours(monkeypatch, demonstration) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    judgements = DRAWN if demonstration else MAIN_JOB
    plain = printed(judgements, demonstration, 100)
    assert not any("\x1b" in line for line in plain)
    coloured = printed(judgements, demonstration, 100, force_terminal=True, color_system="256")
    assert any("\x1b[3" in line for line in coloured)
    monkeypatch.setenv("NO_COLOR", "1")
    bare = printed(judgements, demonstration, 100, force_terminal=True, color_system="256")
    assert not any(re.search(r"\x1b\[[\d;]*3[0-7]m", line) for line in bare)
    stripped = [re.sub(r"\x1b\[[\d;]*m", "", line) for line in bare]
    assert [line.rstrip() for line in stripped] == [line.rstrip() for line in plain]


def test_a_terminal_without_unicode_gets_a_box_of_ascii() -> None:
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding="ascii", errors="backslashreplace")
    Console(file=stream, width=80).print(Headline(DRAWN, True))
    stream.flush()
    assert raw.getvalue().startswith(b"+-")


def test_many_seeds_stay_a_few_lines() -> None:
    many = record(accuracies=(0.9,) * 40)
    text = runs(many).plain
    assert len(text.splitlines()) == 4
    assert "0.900 (mean of 40)" in text
    assert all(value in runs(record()).plain for value in ("0.898", "0.889", "0.901"))


def test_the_readme_shows_what_a_demonstration_prints() -> None:
    makers = {"demonstration": partial(excerpt, shipped.records())}
    assert shipped.stale(makers) == [], "Run `python -m repro.report`."
    readme = (shipped.ROOT / "README.md").read_text(encoding="utf-8")
    assert "<!-- generated: demonstration -->" in readme
    drawn = record(observations=sound(), demonstration=True)
    lines = printed(claims.judge([drawn]), True, 100)
    block = excerpt([record(), record(observations=sound())]).splitlines()
    assert block[1:-1] == [line.rstrip() for line in lines[: len(block) - 2]]
