"""Records are data: what is none is refused, with the place that is wrong."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from repro.era import EraRecord, read, write
from repro.era.records import LARGEST_BYTES, parse_measured
from repro.errors import RecordError
from tests.era.fabricated import record

GOOD = record(listing__changed=26, resize__kind="nearest").model_dump(mode="json")
FLOATS = {"kind": "floats", "shape": [1], "sha256": "0" * 64, "every": 1, "values": [1.0]}


def broken(path: tuple[str, ...], value: object) -> str:
    """The good record with one place replaced, or added."""
    made = json.loads(json.dumps(GOOD))
    place = made
    for name in path[:-1]:
        place = place[name]
    place[path[-1]] = value
    return json.dumps(made)


HOSTILE = {
    "another schema": broken(("schema_name",), "repro.run-record"),
    "a later version": broken(("version",), 2),
    "a field of its own": broken(("command",), "rm -r /"),
    "a number for a name": broken(("release",), 2.0),
    "a path for a quantity's name": broken(("measured", "quantities", "../../x"), FLOATS),
    "no such kind": broken(("measured", "quantities", "x"), {**FLOATS, "kind": "pickle"}),
    "infinite values": broken(("measured", "quantities", "x"), {**FLOATS, "values": [1e999]}),
    "no values": broken(("measured", "quantities", "x"), {**FLOATS, "values": []}),
    "a list for a fact": broken(("measured", "quantities", "x"), {"kind": "fact", "value": [1]}),
    "no cores": broken(("measured", "environment", "cores"), 0),
    "an essay for an error": broken(("measured", "failures", "x"), "x" * 3000),
    "half a record": json.dumps(GOOD)[:-20],
    "not JSON": "\x80abc",
    "a list": "[]",
    "nothing": "",
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_what_is_no_record_is_refused(tmp_path, text):
    path = tmp_path / "record.json"
    path.write_bytes(text.encode("latin-1"))
    with pytest.raises(RecordError, match=r"record\.json"):
        read(path)


def test_a_file_that_is_too_large_is_refused_unread(tmp_path):
    path = tmp_path / "record.json"
    path.write_text(json.dumps(GOOD) + " " * LARGEST_BYTES)
    with pytest.raises(RecordError, match="bytes"):
        read(path)


def test_what_listings_write_is_no_less_checked(tmp_path):
    path = tmp_path / "measured.json"
    path.write_text(json.dumps({**GOOD["measured"], "more": 1}))
    with pytest.raises(RecordError, match="more"):
        parse_measured(path)
    path.write_text(json.dumps(GOOD["measured"]))
    assert parse_measured(path).quantities["listing.changed"].value == 26


@pytest.mark.parametrize("wanted", [EraRecord.model_validate_json(json.dumps(GOOD)),
                                    EraRecord(release="2.0.7", requirements=(), measured=None,
                                              error='said "failures": {}')])  # fmt: skip
def test_a_record_comes_back_as_it_was_written(tmp_path, wanted):
    path = write(wanted, tmp_path / "record.json")
    assert read(path) == wanted


def test_each_quantity_has_a_line_of_its_own(tmp_path):
    lines = Path(write(record(a=1, b="two"), tmp_path / "record.json")).read_text().splitlines()
    assert sum('"kind"' in line for line in lines) == 2
