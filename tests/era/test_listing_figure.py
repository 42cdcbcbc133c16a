"""The figure of the notebook's listing: not stale, and it shows what the records say."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest

from repro.era import listing_figure, notebook_records
from tests.claims.shipped import ROOT

RUNS = notebook_records.committed(ROOT)
SVG = "{http://www.w3.org/2000/svg}"


def ends(runs):
    """Returns where each colour's curves end, accuracy first: y grows downwards."""
    found = {}
    for line in ElementTree.fromstring(listing_figure.draw(runs)).iter(f"{SVG}polyline"):
        _, y = line.get("points").split()[-1].split(",")
        found.setdefault(line.get("class"), []).append(float(y))
    return found


def test_it_is_not_stale():
    kept = (ROOT / listing_figure.PATH).read_text(encoding="utf-8")
    assert kept == listing_figure.draw(RUNS), "Run `python -m repro.era` and look at it."


def test_the_curves_stand_as_high_as_the_records_say():
    """The frozen base's below those that train, but above 2.0.8 as a processor runs it."""
    found = ends(RUNS)
    assert len(found) == 5 and all(len(values) == 2 for values in found.values())
    accuracy, loss = ({name: values[at] for name, values in found.items()} for at in (0, 1))
    trains = [values["orange-line"] for values in (accuracy, loss)]
    frozen = [values["blue-line"] for values in (accuracy, loss)]
    assert trains[0] < frozen[0] < accuracy["muted-line"]
    assert trains[1] > frozen[1] > loss["muted-line"]
    assert found["green-line"] == pytest.approx(found["orange-line"], abs=5)
    (frozen_run,) = [run for run in RUNS if run.release == "2.1.0"]
    last, bottom, height = frozen_run.epochs[2], 346, 250  # in the picture's units
    assert bottom - frozen[0] == pytest.approx(height * (last.val_accuracy - 0.6) / 0.4, abs=0.1)
    assert bottom - frozen[1] == pytest.approx(height * last.loss / 0.8, abs=0.1)


def test_a_release_without_a_record_is_left_out():
    without = ends([run for run in RUNS if run.release != "2.1.0"])
    assert "blue-line" not in without and "ink-line" in without
    assert list(ends([])) == ["ink-line"]
