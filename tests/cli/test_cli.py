"""The command line: bad input ends with code 2 and a message that helps; verdicts set the code."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from repro import claims, record, running
from repro.cli import main_job, options
from repro.errors import OptionError
from repro.experiments import EXPERIMENTS
from repro.plans import Plan
from repro.recipe import PUBLISHED
from repro.record import RunRecord


@pytest.mark.parametrize(
    ("arguments", "culprit"),
    [
        (["--originals", "/nowhere"], "--originals"),
        (["--weights", "/nowhere.h5"], "--weights"),
        (["--seeds", "a"], "--seeds"),
        (["--seeds", "1,1"], "--seeds"),
        (["--seeds", "-1"], "--seeds"),
        (["--recipe", "2019"], "--recipe"),
        (["--precision", "float8"], "--precision"),
        (["--engine", "onnx"], "--engine"),
        (["--numbering", "c"], "--numbering"),
        (["--nonsense"], "--nonsense"),
        (["run", "technique-9"], "technique-9"),
        (["run", "untrained-classifier", "--start-epochs", "2"], "--start-epochs"),
        (["run", "technique-2", "--epochs", "0"], "--epochs"),
        (["run", "technique-2", "--epochs", "many"], "--epochs"),
        (["prepare", "/nowhere"], "originals"),
        (["verify"], "--originals"),
        (["verify", "--originals", "/nowhere"], "/nowhere"),
        (["verify", "--weights", "~/nowhere.h5"], "--weights (REPRO_WEIGHTS)"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_bad_input_is_named_with_code_2(call, tmp_path, arguments, culprit):
    code, out, errors = call(*arguments)
    assert code == 2
    assert culprit in errors
    assert "Traceback" not in errors and not out


def test_the_message_says_found_expected_and_what_to_do(call):
    _, _, errors = call("--seeds", "1..x")
    assert errors.startswith("repro: --seeds: found '1..x'; expected")
    assert "0..9" in errors and "Correct the option." in errors


def test_a_result_that_could_not_be_written_is_refused_before_the_work(call, monkeypatch, tmp_path):
    ran = []
    monkeypatch.setattr(main_job, "main_job", lambda job: ran.append(job))
    (tmp_path / "file").write_text("kept")
    code, _, errors = call("--output", str(tmp_path / "file"))
    assert (code, ran) == (2, []) and "--output" in errors
    code, _, errors = call("--ledger", str(tmp_path))
    assert (code, ran) == (2, []) and "--ledger" in errors
    code, _, errors = call("--ledger", str(tmp_path / "file" / "x.json"))
    assert (code, ran) == (2, []) and "--ledger" in errors
    assert (tmp_path / "file").read_text() == "kept"


def _judged(verdict):
    def judge(records):
        first = claims.CLAIMS[0]
        return (
            claims.Judgement(first.id, first.statement, "1", "2", (0.0, 1.0), verdict, "evidence"),
        )

    return judge


@pytest.mark.parametrize(
    ("verdict", "strict", "code"),
    [
        ("reproduced", True, 0),
        ("reproduced with a note", True, 0),
        ("not run here", True, 0),
        ("erratum", True, 0),
        ("not reproduced", True, 1),
        ("refuted", True, 1),
        ("not reproduced", False, 0),
        ("refuted", False, 0),
    ],
)
def test_exit_code_and_ledger(call, monkeypatch, tmp_path, verdict, strict, code):
    made = RunRecord(experiment="technique-1", demonstration=True)
    monkeypatch.setattr(main_job, "main_job", lambda job: made)
    monkeypatch.setattr(claims, "judge", _judged(verdict))
    arguments = ["--ledger", str(tmp_path / "ledger.json"), "--output", str(tmp_path / "out")]
    found, _, _ = call(*arguments, *(["--strict"] if strict else []))
    assert found == code
    (entry,) = json.loads((tmp_path / "ledger.json").read_text())
    assert entry["verdict"] == verdict
    assert record.read(tmp_path / "out" / "record.json") == made
    assert (tmp_path / "out" / "ledger.json").read_text() == (tmp_path / "ledger.json").read_text()


def test_a_demonstration_says_so_first_at_the_verdicts_and_at_its_runs(call, monkeypatch, tmp_path):
    made = RunRecord(experiment="technique-1", demonstration=True)
    monkeypatch.setattr(main_job, "main_job", lambda job: made)
    _, out, _ = call("--output", str(tmp_path))
    lines = out.splitlines()
    assert lines[0].startswith("DEMONSTRATION")
    verdicts = next(index for index, line in enumerate(lines) if "Really checked" in line)
    assert "DEMONSTRATION" in lines[verdicts - 1]
    (ran,) = (line for line in lines if "technique-1, recipe" in line)
    assert ran.startswith("DEMONSTRATION")


def test_all_prints_every_statement(call, monkeypatch, tmp_path):
    made = RunRecord(experiment="technique-1", demonstration=True)
    monkeypatch.setattr(main_job, "main_job", lambda job: made)
    _, short, _ = call("--output", str(tmp_path))
    _, whole, _ = call("--output", str(tmp_path), "--all")
    assert "--all" in short and len(short.splitlines()) <= 45
    assert len(whole.splitlines()) > len(claims.CLAIMS)


def test_options_reach_the_job(call, monkeypatch, tmp_path):
    seen = []

    def note(asked):
        seen.append(asked)
        return RunRecord(experiment="technique-1", demonstration=True)

    monkeypatch.setattr(main_job, "main_job", note)
    weights = tmp_path / "weights.h5"
    weights.touch()
    monkeypatch.setenv("REPRO_WEIGHTS", str(weights))
    arguments = ["--originals", str(tmp_path), "--seeds", "4..6", "--recipe", "published"]
    arguments += ["--numbering", "python", "--precision", "float32", "--fresh"]
    arguments += ["--engine", "keras"]
    call(*arguments, "--output", str(tmp_path / "out"))
    wanted = replace(
        running.Job(),
        originals=tmp_path,
        weights=weights,
        recipe=PUBLISHED,
        numbering="python",
        precision="float32",
        engine="keras",
        seeds=(4, 5, 6),
        fresh=True,
    )
    assert seen == [wanted]


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_an_experiment_reaches_the_run(call, monkeypatch, name):
    seen = []
    monkeypatch.setattr(main_job, "run_experiment", lambda plan, *inputs, **more: seen.append(plan))
    arguments = ["run", name, "--recipe", "published", "--precision", "bfloat16", "--seeds", "3,4"]
    code, _, errors = call(*arguments, "--epochs", "2")
    assert code == 0, errors
    wanted = Plan(EXPERIMENTS[name], PUBLISHED, "bfloat16", (3, 4), 2)
    assert seen == [wanted]


def test_fine_tuning_is_told_how_long_its_start_has_trained(call, monkeypatch):
    seen = []
    monkeypatch.setattr(main_job, "run_experiment", lambda plan, *inputs, **more: seen.append(plan))
    call("run", "technique-3", "--start-epochs", "2")
    assert seen[0].training.start_epochs == 2


@given(st.lists(st.integers(0, options.LARGEST_SEED), min_size=1, unique=True))
def test_seeds_round_trip(seeds):
    assert options.parse_seeds(",".join(map(str, seeds))) == tuple(seeds)


@given(st.integers(0, 10_000), st.integers(0, 500))
def test_seed_ranges_hold_both_ends(first, more):
    found = options.parse_seeds(f"{first}..{first + more}")
    assert found == tuple(range(first, first + more + 1))


@given(st.text(alphabet="0123456789.,- a", max_size=12))
def test_seeds_are_refused_or_different(text):
    try:
        seeds = options.parse_seeds(text)
    except OptionError:
        return
    assert len({*seeds}) == len(seeds) > 0 and min(seeds) >= 0


def test_starting_up_imports_nothing_heavy():
    """Help and refusals must not wait for a framework."""
    code = "import sys, repro.cli; print([m for m in ('tensorflow', 'keras', 'jax', 'torch', "
    code += "'matplotlib', 'numba') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.slow
def test_the_demonstration_from_end_to_end(tmp_path):
    """No pictures, no weights, an empty home: it runs to its end and reproduces no training."""
    command = [sys.executable, "-m", "repro", "--output", str(tmp_path / "out"), "--seeds", "0"]
    import os

    environment = {name: value for name, value in os.environ.items() if "REPRO" not in name}
    environment |= {"HOME": str(tmp_path / "home"), "REPRO_HOME": str(tmp_path / "cache")}
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("DEMONSTRATION")
    made = record.read(tmp_path / "out" / "record.json")
    assert made.demonstration and len(made.runs) == 1
    verdicts = {
        entry["id"]: entry["verdict"]
        for entry in json.loads((tmp_path / "out" / "ledger.json").read_text())
    }
    needs = {claim.id: claim.needs for claim in claims.CLAIMS}
    for identifier, verdict in verdicts.items():
        if needs[identifier] != ("nothing",):
            assert not verdict.startswith("reproduced"), identifier
    assert sum(verdict == "reproduced" for verdict in verdicts.values()) > 15
