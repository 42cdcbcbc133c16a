"""``report`` and ``compare`` from the command line, on records and on what is none."""

from __future__ import annotations

import pytest

from repro import record
from repro.record import Evaluation, History, RunRecord, SeedRun


def _record(accuracy=0.9, experiment="technique-1"):
    n = 10
    correct = round(accuracy * n)
    evaluation = Evaluation(
        n=n,
        correct=correct,
        accuracy=accuracy,
        loss=0.3,
        confusion=((5, 0), (n - correct, correct - 5)),
        probabilities=(0.1,) * 5 + (0.9,) * (correct - 5) + (0.2,) * (n - correct),
    )
    history = History(
        accuracy=(0.8, 0.9),
        loss=(0.5, 0.4),
        val_accuracy=(0.8, accuracy),
        val_loss=(0.5, 0.3),
        seconds=(1.0, 1.0),
    )
    run = SeedRun(seed=0, history=history, evaluations={"validation": evaluation})
    return RunRecord(
        experiment=experiment,
        technique=1,
        recipe={"name": "today"},
        runs=(run,),
        names={"validation": tuple(f"{k}.{i}.jpg" for k in ("cat", "dog") for i in range(1, 6))},
        command="repro run technique-1",
    )


@pytest.fixture
def records(tmp_path):
    folder = tmp_path / "records"
    record.write(_record(), folder / "a.json")
    record.write(_record(0.8), folder / "deeper" / "b.json")
    (folder / "ledger.json").write_text("[]")
    return folder


def test_report_takes_every_record_of_a_folder_and_nothing_else(call, tmp_path, records):
    page = tmp_path / "page.html"
    code, out, errors = call("report", records, "--output", page)
    assert (code, out.strip()) == (0, str(page)), errors
    text = page.read_text()
    assert text.count("repro run technique-1") >= 1 and "</html>" in text


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
