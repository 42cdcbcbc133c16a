"""The committed figures: not stale, of the right runs, and readable by everybody."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from xml.etree import ElementTree

import pytest

from repro.record import RunRecord
from repro.report import _canvas, story
from tests.claims import shipped
from tests.claims.fabricated import record
from tests.claims.shipped import ROOT

SVG = "{http://www.w3.org/2000/svg}"
EVERY_RUN = (
    record("technique-2", (0.89, 0.9), 30),
    record("unfrozen", (0.96,), 20),
    record("technique-3", (0.965,), 100),
)
RECORDS = [EVERY_RUN, EVERY_RUN[:1], ()]


def texts(svg: str) -> str:
    return " ".join(one.text or "" for one in ElementTree.fromstring(svg).iter(f"{SVG}text"))


@pytest.mark.parametrize("name", story.FIGURES)
def test_no_committed_figure_is_stale(name: str) -> None:
    wanted = story.FIGURES[name](shipped.records())
    kept = (ROOT / story.FOLDER / name).read_text(encoding="utf-8")
    assert kept == wanted, "Run `python -m repro.report` and look at what changed."


def test_another_result_makes_a_figure_stale_and_refreshing_writes_it_once(tmp_path: Path) -> None:
    assert len(story.refresh(tmp_path, EVERY_RUN)) == len(story.FIGURES)
    assert story.refresh(tmp_path, EVERY_RUN) == []
    slower = (*EVERY_RUN[:2], record("technique-3", (0.95,), 100))
    assert story.refresh(tmp_path, slower) == [tmp_path / story.FOLDER / "story.svg"]


def tuned(accuracy: float, epochs: int, recipe: str) -> RunRecord:
    return record("technique-3", (accuracy,), epochs, recipe=recipe)


DRAWN = record("technique-3", (0.94,), 100, demonstration=True)


@pytest.mark.parametrize(
    ("runs", "shown"),
    [
        ([tuned(0.91, 20, "today")], 91),
        ([tuned(0.91, 100, "today"), tuned(0.92, 20, "published")], 92),
        ([tuned(0.93, 100, "published"), tuned(0.92, 20, "published")], 93),
        ([tuned(0.91, 20, "today"), DRAWN], 91),
    ],
    ids=["today's alone", "2017's before today's", "the longest of those", "no demonstration"],
)
def test_the_longest_run_under_2017s_semantics_is_shown(
    runs: Sequence[RunRecord], shown: int
) -> None:
    assert f"from block 3 on: {shown}.0 %" in texts(story.story([*EVERY_RUN[:2], *runs]))


def test_fine_tuning_begins_where_the_classifier_had_come() -> None:
    lines = re.findall(r'<polyline class="green-line"[^>]*points="([^"]*)"', story.story(EVERY_RUN))
    (points,) = (line.split() for line in lines)
    assert len(points) == 101
    height = float(points[0].partition(",")[2])
    ninety = story._RIGHT.y(89.0)
    assert height == pytest.approx(ninety, abs=0.06)
    assert len(re.findall("blue-line", story.story(EVERY_RUN))) > 2


@pytest.mark.parametrize("records", RECORDS, ids=["all", "one", "none"])
@pytest.mark.parametrize("name", story.FIGURES)
def test_nothing_leaves_the_picture_and_it_has_words(
    name: str, records: Sequence[RunRecord]
) -> None:
    root = ElementTree.fromstring(story.FIGURES[name](records))
    _, _, width, height = (float(number) for number in root.attrib["viewBox"].split())
    for line in root.iter(f"{SVG}polyline"):
        pairs = [pair.split(",") for pair in line.attrib["points"].split()]
        assert all(0 <= float(x) <= width and 0 <= float(y) <= height for x, y in pairs)
    for one in root.iter(f"{SVG}text"):
        # A generous width for a letter of this size.
        length = 0.62 * float(one.attrib["font-size"]) * len(one.text or "")
        left = float(one.attrib["x"]) - {"start": 0, "middle": length / 2, "end": length}[
            one.attrib["text-anchor"]
        ]  # fmt: skip
        assert left >= 0 and left + length <= width, one.text
    labelled = root.attrib["aria-labelledby"].split()
    words = {one.attrib["id"]: one.text for one in root if "id" in one.attrib}
    assert all(words[name] for name in labelled)


def test_what_the_description_says_is_what_is_drawn() -> None:
    svg = story.story(EVERY_RUN)
    said = (ElementTree.fromstring(svg).find(f"{SVG}desc").text) or ""  # type: ignore[union-attr]
    for number in re.findall(r": ([0-9.]+ %)", texts(svg)):
        assert number in said


def luminance(colour: str) -> float:
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("colours", [_canvas._LIGHT, _canvas._DARK], ids=["light", "dark"])
def test_every_colour_stands_out_from_the_paper(colours: dict[str, str]) -> None:
    paper = luminance(colours["paper"])
    for name in ("ink", "muted", "blue", "orange", "green"):
        pair = sorted((paper, luminance(colours[name])))
        assert (pair[1] + 0.05) / (pair[0] + 0.05) >= 4.5, name
