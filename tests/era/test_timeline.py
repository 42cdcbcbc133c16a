"""The timeline's figure: not stale, whole, within its frame."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree

import pytest

from repro.era import committed, tables, timeline
from repro.era.readings import READINGS
from repro.probe import Fact

ROOT = Path(__file__).parents[2]
RECORDS = committed(ROOT)
SVG = "{http://www.w3.org/2000/svg}"


def drawn(records) -> ElementTree.Element:
    return ElementTree.fromstring(timeline.draw(records))


def texts(records) -> list[str]:
    return [one.text or "" for one in drawn(records).iter(f"{SVG}text")]


def bars(records) -> list[ElementTree.Element]:
    return [one for one in drawn(records).iter(f"{SVG}line") if one.get("stroke-width") == "9"]


def test_the_committed_figure_is_not_stale():
    kept = (ROOT / timeline.PATH).read_text(encoding="utf-8")
    assert kept == timeline.draw(RECORDS), "Run `python -m repro.era` and look at what changed."


def test_it_is_written_where_it_changed_alone(tmp_path):
    assert timeline.refresh(tmp_path, RECORDS) == [tmp_path / timeline.PATH]
    assert timeline.refresh(tmp_path, RECORDS) == []


def test_every_change_of_the_table_is_named():
    shown = texts(RECORDS)
    for reading in READINGS.values():
        for span in tables.spans(RECORDS, reading):
            assert f"{span.first}: {span.value}" in shown


def test_a_release_that_reads_otherwise_gets_a_bar_of_its_own():
    record = RECORDS["2.1.2"]
    changed = {**record.measured.quantities, "listing.changed": Fact(value=3)}
    other = record.model_copy(
        update={"measured": record.measured.model_copy(update={"quantities": changed})}
    )
    assert len(bars({**RECORDS, "2.1.2": other})) == len(bars(RECORDS)) + 2
    assert "2.1.2: 30, then 4; 3 of 26 change" in texts({**RECORDS, "2.1.2": other})


def test_a_quantitys_bars_follow_each_other_in_other_colours():
    rows: dict[str, list[ElementTree.Element]] = {}
    for bar in bars(RECORDS):
        rows.setdefault(bar.attrib["y1"], []).append(bar)
    assert len(rows) == len(READINGS)
    for row in rows.values():
        for one, after in pairwise(row):
            assert float(after.attrib["x1"]) == pytest.approx(float(one.attrib["x2"]) + 2, abs=0.2)
            assert one.get("class") != after.get("class")
        assert float(row[0].attrib["x1"]) == 21 and float(row[-1].attrib["x2"]) == 879


@pytest.mark.parametrize("names", [list(RECORDS), ["2.0.9", "2.1.0"], ["tf2.21"]], ids=len)
def test_nothing_leaves_the_picture(names):
    root = drawn({name: RECORDS[name] for name in names})
    _, _, width, height = (float(number) for number in root.attrib["viewBox"].split())
    for one in root.iter(f"{SVG}text"):
        length = 0.6 * float(one.attrib["font-size"]) * len(one.text or "")
        left = float(one.attrib["x"]) - (length if one.attrib["text-anchor"] == "end" else 0)
        assert left >= 0 and left + length <= width, one.text
        assert 0 < float(one.attrib["y"]) < height


def test_labels_on_one_line_do_not_overlap():
    ends: dict[str, float] = {}
    for one in drawn(RECORDS).iter(f"{SVG}text"):
        length = 0.6 * float(one.attrib["font-size"]) * len(one.text or "")
        left = float(one.attrib["x"]) - (length if one.attrib["text-anchor"] == "end" else 0)
        assert left >= ends.get(one.attrib["y"], 0), one.text
        ends[one.attrib["y"]] = left + length
