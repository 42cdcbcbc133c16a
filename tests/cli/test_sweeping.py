"""``repro sweep`` at the command line: bad input, the plan, what it says at the end."""

from __future__ import annotations

import sys

import pytest

from repro import engines, plans
from repro.engines import ncnn
from repro.errors import DatasetError
from repro.sweep import execution
from repro.sweep.driving import Outcome
from tests.sweep.test_driving import record_of


@pytest.fixture
def gathered(monkeypatch):
    """What was gathered; nothing is drawn, built or asked of the framework."""
    seen = []
    monkeypatch.setattr(engines.choice, "choose_precision", lambda wanted: "float32")
    monkeypatch.setattr(ncnn, "available", lambda: False)
    monkeypatch.setattr(plans, "gather", lambda *inputs, interpolation: seen.append(interpolation))
    return seen


@pytest.fixture
def attempted(monkeypatch, gathered):
    """The tasks that were attempted; those of the published recipe fail."""
    seen = []

    def attempt(task, gather):
        seen.append(task)
        if task.parts[0].plan.recipe.name == "published":
            return Outcome(error="MemoryError: no room")
        return Outcome(tuple(record_of(part.plan) for part in task.parts))

    monkeypatch.setattr(execution, "attempt", attempt)
    return seen


@pytest.mark.parametrize(
    ("arguments", "culprit"),
    [
        ([], "--experiments"),
        (["--experiments", "technique-9"], "technique-9"),
        (["--experiments", "technique-1,technique-1"], "--experiments"),
        (["--experiments", ""], "--experiments"),
        (["--experiments", "technique-1", "--recipes", "today,2019"], "2019"),
        (["--experiments", "technique-1", "--seeds", "9..0"], "--seeds"),
        (["--experiments", "technique-1", "--epochs", "0"], "--epochs"),
        (["--experiments", "technique-1", "--start-epochs", "0"], "--start-epochs"),
        (["--experiments", "technique-1", "--precision", "float8"], "--precision"),
        (["--experiments", "technique-1", "--originals", "/nowhere"], "--originals"),
        (["--experiments", "technique-1", "--together", "0"], "--together"),
        (["--experiments", "technique-1", "--ray-cpus", "2"], "--ray"),
        (["--experiments", "technique-1", "--ray-cpus", "0"], "--ray-cpus"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_bad_input_is_named_with_code_2(call, attempted, arguments, culprit):
    code, out, errors = call("sweep", *arguments)
    assert code == 2 and culprit in errors
    assert "Traceback" not in errors and not out and not attempted


def test_without_ray_the_message_says_what_to_install(call, monkeypatch, attempted):
    monkeypatch.setitem(sys.modules, "ray", None)
    code, _, errors = call("sweep", "--experiments", "technique-1", "--ray", "auto")
    assert code == 2 and "pip install -e '.[cluster]'" in errors and not attempted


def test_a_dry_run_says_what_there_is_to_do_and_does_nothing(call, attempted, gathered, tmp_path):
    arguments = ["--experiments", "technique-3", "--recipes", "today,published", "--seeds", "0..4"]
    folder = tmp_path / "out"
    code, out, _ = call("sweep", *arguments, "--dry-run", "--output", str(folder))
    assert code == 0 and not attempted and not gathered and not folder.exists()
    assert "4 experiments and recipes, 20 runs in 12 tasks" in out
    assert "technique-2 (added" in out and "0..4" in out
    _, out, _ = call("sweep", *arguments, "--dry-run", "--together", "2")
    assert "20 runs in 16 tasks" in out


def test_what_failed_and_why_stands_at_the_end_with_code_1(call, attempted, gathered, tmp_path):
    arguments = ["--experiments", "technique-2,technique-1", "--recipes", "published,today"]
    code, out, _ = call("sweep", *arguments, "--output", str(tmp_path))
    assert code == 1
    assert "2 of 4 done, 2 not" in out
    assert out.count("seeds 0..2: MemoryError: no room") == 2
    assert "n = 3" in out
    assert {path.name for path in tmp_path.iterdir()} == {
        "technique-1-today.json",
        "technique-2-today.json",
    }
    assert gathered == ["nearest"], "once, before the first task"


def test_all_done_is_code_0_and_records_are_kept_under_the_home_by_default(
    call, monkeypatch, attempted, tmp_path
):
    monkeypatch.setenv("REPRO_HOME", str(tmp_path))
    code, out, errors = call("sweep", "--experiments", "technique-1", "--seeds", "7")
    assert code == 0 and "1 of 1 done" in out
    assert (tmp_path / "output" / "technique-1-today.json").exists()
    assert "sweep: 1/1 runs" in errors


def test_bad_pictures_are_bad_input_not_failed_runs(call, monkeypatch, attempted):
    def refuse(*inputs, interpolation):
        raise DatasetError("cats.zip", found="no dogs", expected="both", remedy="Add them.")

    monkeypatch.setattr(plans, "gather", refuse)
    code, _, errors = call("sweep", "--experiments", "technique-1")
    assert code == 2 and "no dogs" in errors and not attempted


def test_a_result_that_could_not_be_written_is_refused_before_the_work(call, attempted, tmp_path):
    (tmp_path / "file").write_text("kept")
    arguments = ["--experiments", "technique-1", "--output", str(tmp_path / "file")]
    code, _, errors = call("sweep", *arguments)
    assert code == 2 and "--output" in errors and not attempted
    assert (tmp_path / "file").read_text() == "kept"
