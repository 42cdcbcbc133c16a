"""What the workflows for the GPU and for the newest versions say about a change."""

from __future__ import annotations

import json
import re
import runpy
import sys
from copy import deepcopy
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from repro import probe as probes
from repro.probe._bits import floats
from repro.probe._schema import Fact
from tests.probe.fabricated import probe

ROOT = Path(__file__).parents[1]
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
WHOSE = runpy.run_path(str(ROOT / ".ci" / "whose_change.py"))
BENCHMARKS = runpy.run_path(str(ROOT / ".ci" / "compare_benchmarks.py"))
KERAS, TENSORFLOW = "3-newest-keras", "4-newest-tensorflow"


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda path: path.name)
def test_every_script_that_a_workflow_runs_is_there(workflow: Path) -> None:
    for script in re.findall(r"\.ci/[a-z0-9_.]+", workflow.read_text(encoding="utf-8")):
        assert (ROOT / script.rstrip(".")).is_file()


def test_the_weekly_workflow_takes_the_steps_that_the_script_knows() -> None:
    text = (ROOT / ".github" / "workflows" / "matrix.yml").read_text(encoding="utf-8")
    (listed,) = re.findall(r"step: \[(.*)\]", text)
    assert listed.split(", ") == list(WHOSE["STEPS"])


# --------------------------------------------------------------------------- whose change it was


def environment(**versions: str) -> Any:
    """A probe's environment; a package's name has underscores here."""
    known = {"keras": "3.15.1", "tensorflow-cpu": "2.21.0", "numpy": "2.5.5"}
    changed = {name.replace("_", "-"): version for name, version in versions.items()}
    return {"backend": "tensorflow", "processor": "one", "versions": {**known, **changed}}


def at(step: str, **quantities: object) -> Any:
    changes = {KERAS: {"keras": "3.16.0"}, TENSORFLOW: {"tensorflow_cpu": "2.22.0"}}
    found = environment(**{**changes[KERAS], **changes[step]} if step in changes else {})
    return probe(**quantities).model_copy(update={"environment": found})


def told(**steps: Any) -> str:
    reference = probe().model_copy(update={"environment": environment()})
    named = {step.replace("_", "-"): one for step, one in steps.items()}
    return WHOSE["markdown"](WHOSE["compare"](reference, named))


HONOURED = {"freezing.after_a_step": Fact(value="honoured")}


def test_the_step_that_changed_it_is_named_and_later_ones_are_not() -> None:
    said = told(
        **{
            "1_as_committed": at("1-as-committed"),
            "3_newest_keras": at(KERAS, **HONOURED),
            "4_newest_tensorflow": at(TENSORFLOW, **HONOURED),
        }
    )
    (line,) = re.findall(r"^- .*$", said, re.M)
    assert "**keras 3.15.1 → 3.16.0**" in line
    assert "`freezing.after_a_step`: ignored → honoured" in line
    assert "tensorflow-cpu 2.21.0 → 2.22.0" in said


def test_a_change_and_its_withdrawal_are_both_named() -> None:
    said = told(**{"3_newest_keras": at(KERAS, **HONOURED), "4_newest_tensorflow": at(TENSORFLOW)})
    assert len(re.findall(r"^- .*$", said, re.M)) == 2


def test_rounding_is_told_and_blames_nobody() -> None:
    nearly = floats(np.nextafter(np.linspace(-2, 2, 40, dtype=np.float32), np.float32(9)))
    said = told(**{"3_newest_keras": at(KERAS, features=nearly)})
    assert "Nothing differs by more than rounding." in said
    assert "features (rounding)" in said


def test_what_only_the_machine_can_have_changed_is_the_machines() -> None:
    moved = at("1-as-committed", **HONOURED)
    moved = moved.model_copy(update={"environment": {**moved.environment, "processor": "two"}})
    assert "**processor one → two** changed" in told(**{"1_as_committed": moved})


def test_packages_are_pinned_to_the_reference_and_then_let_go() -> None:
    reference = probes.read(ROOT / "results" / "probes" / "tf221.json")
    pinned = [
        {line for line in WHOSE["packages"](step, reference) if "==" in line}
        for step in WHOSE["STEPS"]
    ]
    assert "keras==3.15.1" in pinned[0]
    assert all(later < earlier for earlier, later in pairwise(pinned[:4]))
    assert pinned[3] == pinned[4] == set()


@pytest.mark.parametrize(("quantities", "code"), [({}, 0), (HONOURED, 1)])
def test_a_difference_fails_the_job_and_a_missing_step_is_told(
    monkeypatch, capsys, tmp_path, quantities, code
) -> None:
    reference = probes.read(ROOT / "results" / "probes" / "tf221.json")
    changed = {**reference.quantities, **quantities}
    newest = reference.model_copy(update={"quantities": changed})
    probes.write(newest, tmp_path / f"{KERAS}.json")
    monkeypatch.chdir(ROOT)
    monkeypatch.setattr(sys, "argv", ["whose_change.py", str(tmp_path)])
    assert WHOSE["main"]() == code
    assert "No probe from 5-nightly" in capsys.readouterr().out


# --------------------------------------------------------------------------------- GPU benchmarks


def benchmarks(median: float = 1.0, *, spread: float = 0.01, **gate: object) -> dict[str, Any]:
    """What pytest-benchmark writes of an epoch and of an accuracy."""
    judged = {"mean": 0.9, "passed": True, "gate": [0.885, 0.915], **gate}
    stats = {"median": median, "q1": median - spread, "q3": median + spread}
    return {
        "machine_info": {"node": "runner", "cpu": {"brand_raw": "one"}},
        "benchmarks": [
            {"name": "epoch", "stats": stats, "extra_info": {"device": "H100"}},
            {"name": "accuracy", "stats": stats, "extra_info": {"judged": judged}},
        ],
    }


def worse(last: dict[str, Any], now: dict[str, Any]) -> list[str]:
    return [one.name for one in BENCHMARKS["changes"](last, now) if one.worse]


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        pytest.param(benchmarks(), [], id="the same"),
        pytest.param(benchmarks(1.09), [], id="within a tenth"),
        pytest.param(benchmarks(0.5), [], id="faster"),
        pytest.param(benchmarks(1.3), ["epoch"], id="slower"),
        pytest.param(benchmarks(1.3, spread=0.4), [], id="slower, but the rounds overlap"),
        pytest.param(benchmarks(passed=False, mean=0.88), ["accuracy"], id="gate failed"),
        pytest.param(benchmarks(passed=None), [], id="not judged"),
    ],
)
def test_what_got_worse_is_named(now: dict[str, Any], expected: list[str]) -> None:
    assert worse(benchmarks(), now) == expected


@pytest.mark.parametrize("change", ["node", "device"])
def test_another_machines_times_are_not_compared(change: str) -> None:
    now = deepcopy(benchmarks(3.0))
    if change == "node":
        now["machine_info"]["node"] = "another"
    else:
        now["benchmarks"][0]["extra_info"]["device"] = "another"
    assert worse(benchmarks(), now) == []


def test_a_gate_that_failed_before_is_no_news_and_a_lost_benchmark_is() -> None:
    failed = benchmarks(passed=False)
    assert worse(failed, failed) == []
    now = benchmarks()
    del now["benchmarks"][0]
    assert BENCHMARKS["missing"](benchmarks(), now) == ["epoch"]


@pytest.mark.parametrize(("now", "code"), [(benchmarks(), 0), (benchmarks(2.0), 1)])
def test_the_job_fails_with_a_regression_named(monkeypatch, capsys, tmp_path, now, code) -> None:
    for name, file in (("last", benchmarks()), ("now", now)):
        (tmp_path / name).write_text(json.dumps(file), encoding="utf-8")
    paths = [str(tmp_path / name) for name in ("last", "now")]
    monkeypatch.setattr(sys, "argv", ["compare_benchmarks.py", *paths])
    assert BENCHMARKS["main"]() == code
    assert ("**`epoch`**: median was 1000 ms, is 2000 ms" in capsys.readouterr().out) == bool(code)


def test_the_first_time_there_is_nothing_to_compare_with(monkeypatch, capsys, tmp_path) -> None:
    (tmp_path / "now").write_text(json.dumps(benchmarks()), encoding="utf-8")
    paths = [str(tmp_path / name) for name in ("none", "now")]
    monkeypatch.setattr(sys, "argv", ["compare_benchmarks.py", *paths])
    assert BENCHMARKS["main"]() == 0
    assert "nothing to compare" in capsys.readouterr().out
