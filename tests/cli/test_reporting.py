"""``report`` and ``compare`` from the command line, on records and on what is none."""

from __future__ import annotations

import pytest

from repro.record import write
from tests.claims.fabricated import record


@pytest.fixture
def records(tmp_path):
    folder = tmp_path / "records"
    for name, accuracy in (("a", 0.9), ("deeper/b", 0.8)):
        made = record(accuracies=(accuracy,), epochs=2, n=10, command=f"made {name}")
        write(made, folder / f"{name}.json")
    (folder / "ledger.json").write_text("[]")
    return folder


def test_report_takes_every_record_of_a_folder_and_nothing_else(call, tmp_path, records):
    page = tmp_path / "page.html"
    code, out, errors = call("report", records, "--output", page)
    assert (code, out.strip()) == (0, str(page)), errors
    text = page.read_text()
    assert all(f">made {name}</code>" in text for name in ("a", "deeper/b"))
    assert text.count("To run it again:") == 2 and "</html>" in text


@pytest.mark.parametrize("command", ["report", "compare"])
def test_what_is_no_record_is_named(call, tmp_path, records, command):
    more = [records / "a.json"] if command == "compare" else []
    for bad, text in (("none.json", None), ("empty.json", ""), ("list.json", "[1]")):
        path = tmp_path / bad
        if text is not None:
            path.write_text(text)
        code, out, errors = call(command, *more, path)
        assert code == 2 and str(path) in errors and "Traceback" not in errors
        assert not out
    empty = tmp_path / "empty"
    empty.mkdir()
    code, _, errors = call(command, *more, empty)
    assert code == 2 and "folder without run records" in errors


def test_a_record_of_a_future_version_is_refused(call, tmp_path, records):
    text = (records / "a.json").read_text().replace('"version": 1', '"version": 2')
    future = tmp_path / "future.json"
    future.write_text(text)
    code, _, errors = call("report", future)
    assert code == 2 and "version" in errors and "1 to 1" in errors


def test_compare_shows_the_difference(call, tmp_path, records):
    page = tmp_path / "compared.html"
    arguments = [records / "a.json", records / "deeper" / "b.json", "--output", page]
    code, out, errors = call("compare", *arguments)
    assert code == 0, errors
    assert "-0.1" in out and page.read_text().rstrip().endswith("</html>")
