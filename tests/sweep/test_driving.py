"""The tasks of a sweep, one by one: what fails, what goes on, and which records are written."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import pytest

from repro import _keras, record
from repro.errors import OptionError
from repro.record import History, RunRecord, SeedRun
from repro.sweep import execution, schedule
from repro.sweep.driving import Outcome, drive, merged, spans
from tests.sweep import asked

SEEDS = (3, 1)


def record_of(plan, **changes):
    """A record as a run of the plan would have made it; its accuracy tells the seed."""
    history = dict.fromkeys(History.model_fields, (0.5,) * plan.total_epochs)
    runs = tuple(
        SeedRun(
            seed=seed,
            history=History(**history | {"val_accuracy": (seed / 100,) * plan.total_epochs}),
            evaluations={},
        )
        for seed in plan.seeds
    )
    values = {
        "experiment": plan.name,
        "recipe": vars(plan.recipe),
        "settings": plan.settings(),
        "runs": runs,
        "timings": {"seconds": 2.0, "peak_memory_gib": float(plan.seeds[0])},
        "observations": {"first": plan.seeds[0]},
        "started": f"2026-01-0{plan.seeds[0]}",
        "finished": f"2026-02-0{plan.seeds[0]}",
    }
    return RunRecord(**values | changes)


class Fake:
    """Ends tasks in the order of the schedule, or the newest first; some of them fail."""

    def __init__(self, failing=(), *, newest=False):
        self.failing, self.newest = failing, newest
        self.waiting, self.ended = {}, []

    def submit(self, number, task):
        for other in (*task.needs, *task.after):
            assert other in self.ended or other in self.failing
        self.waiting[number] = task

    def next(self):
        number = (max if self.newest else min)(self.waiting)
        task = self.waiting.pop(number)
        self.ended.append(number)
        if number in self.failing:
            return number, Outcome(error="the disk is full")
        return number, Outcome(tuple(record_of(part.plan) for part in task.parts))


@pytest.mark.parametrize("newest", [False, True])
def test_each_experiment_and_recipe_gets_one_record_with_its_seeds_in_order(tmp_path, newest):
    recipes = ("today", "today-rmsprop-2017")
    planned = schedule(asked(("technique-1", "technique-3"), recipes, SEEDS))
    results = drive(planned, Fake(newest=newest), output=tmp_path, command="repro sweep …")
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "technique-1-today-rmsprop-2017.json",
        "technique-1-today.json",
        "technique-3-today-rmsprop-2017.json",
        "technique-3-today.json",
    ]
    for result in results:
        if result.item.added:
            assert result.path is None and result.record is not None
            continue
        written = record.read(result.path)
        assert written == result.record
        assert written.command == "repro sweep …"
        assert (written.experiment, written.recipe["name"]) == (
            result.item.plan.name,
            result.item.plan.recipe.name,
        )
        assert [run.seed for run in written.runs] == [*SEEDS]
        assert [run.history.val_accuracy[-1] for run in written.runs] == [0.03, 0.01]


def test_a_failed_run_stops_only_what_starts_from_it(tmp_path):
    names = ("technique-2", "technique-3", "technique-1")
    planned = schedule(asked(names, ("today", "published"), SEEDS))
    (failing,) = (
        number
        for number, task in enumerate(planned.tasks)
        if (task.parts[0].plan.name, task.parts[0].plan.recipe.name) == ("technique-2", "today")
    )
    executor = Fake({failing})
    results = drive(planned, executor, output=tmp_path, command="")
    state = {(r.item.plan.name, r.item.plan.recipe.name): r for r in results}
    failed, skipped = state["technique-2", "today"], state["technique-3", "today"]
    assert failed.errors == ((SEEDS, "the disk is full"),) and not failed.skipped
    assert skipped.skipped and len(skipped.errors) == 2
    assert all("technique-2 (today" in reason for _, reason in skipped.errors)
    assert [r.record is None for r in results].count(True) == 2
    assert len([*tmp_path.iterdir()]) == 4
    assert len(executor.ended) == len(planned.tasks) - 2


def test_a_record_needs_all_of_its_seeds(tmp_path):
    planned = schedule(asked(("unfrozen",), ("today",), SEEDS))
    (result,) = drive(planned, Fake({1}), output=tmp_path, command="")
    assert result.record is None and result.path is None and not [*tmp_path.iterdir()]
    assert result.errors == (((1,), "the disk is full"),)


def test_a_merged_record_is_that_of_one_run_with_all_seeds():
    plan = asked(("unfrozen",), ("today",), SEEDS)[0]
    parts = [record_of(_seeds(plan, seed)) for seed in (1, 3)]
    whole = merged(parts, SEEDS)
    assert whole.runs == record_of(plan).runs
    assert whole.observations == {"first": 3}, "the first seed's, whatever ended first"
    assert whole.timings == {"seconds": 4.0, "peak_memory_gib": 3.0}
    assert (whole.started, whole.finished) == ("2026-01-01", "2026-02-03")


def test_a_record_says_which_seed_was_computed_where_when_machines_differ():
    plan = asked(("unfrozen",), ("today",), SEEDS)[0]
    parts = [
        record_of(_seeds(plan, seed), environment={"processor": f"p{seed}"}) for seed in (1, 3)
    ]
    assert merged(parts, SEEDS).observations["sweep.environments"] == {
        "3": {"processor": "p3"},
        "1": {"processor": "p1"},
    }


def _seeds(plan, *seeds):
    return replace(plan, seeds=seeds)


@pytest.mark.parametrize(
    ("seeds", "text"), [([4], "4"), ([0, 1, 2], "0..2"), ([0, 2, 3, 9], "0, 2..3, 9")]
)
def test_seeds_in_few_characters(seeds, text):
    assert spans(seeds) == text


# ------------------------------------------------------------------------------- one task, here


MATERIALS = SimpleNamespace(digests={"weights": "w", "pixels-train": "a"})


@pytest.fixture
def ran(monkeypatch):
    """What was run; nothing is built or trained."""
    seen = []

    def run(plan, materials):
        seen.append((plan,))
        return record_of(plan, digests={"code": "c"})

    def run_together(plans, materials):
        seen.append(tuple(plans))
        return tuple(record_of(plan, digests={"code": "c"}) for plan in plans)

    monkeypatch.setattr(execution, "run", run)
    monkeypatch.setattr(execution, "run_together", run_together)
    monkeypatch.setattr(execution.environment, "code_digest", lambda: "c")
    monkeypatch.setattr(execution.environment, "software", lambda: "keras 3")
    # Nothing was built, and sweeping up after models takes seconds in a process that has many.
    monkeypatch.setattr(_keras, "release", lambda: None)
    return seen


def _gather(interpolation):
    return MATERIALS


def test_plans_of_a_task_run_together_and_a_finished_one_is_not_run_again(ran):
    (task,) = schedule(asked(("technique-2",), ("today", "today-rmsprop-2017"), SEEDS)).tasks
    first = execution.execute(task, _gather)
    assert len(ran) == 1 and [plan.recipe.name for plan in ran[0]] == [
        "today",
        "today-rmsprop-2017",
    ]
    assert execution.execute(task, _gather) == first
    assert len(ran) == 1


def test_a_damaged_or_older_part_is_made_again(ran, monkeypatch, tmp_path):
    monkeypatch.setenv("REPRO_HOME", str(tmp_path))
    (task,) = schedule(asked(("technique-1",), ("today",), SEEDS)).tasks
    execution.execute(task, _gather)
    (kept,) = (tmp_path / "sweeps").rglob("*.json")
    kept.write_bytes(kept.read_bytes()[:-9])
    execution.execute(task, _gather)
    assert len(ran) == 2
    monkeypatch.setattr(execution.environment, "code_digest", lambda: "changed")
    execution.execute(task, _gather)
    assert len(ran) == 3


@pytest.mark.parametrize(
    "change",
    [{"epochs": 2}, {"seeds": (1, 3)}, {"precision": "bfloat16"}, {"recipes": ("published",)}],
    ids=str,
)
def test_another_sweep_does_not_take_this_ones_parts(ran, change):
    request = {"experiments": ("technique-1",), "recipes": ("today",), "seeds": SEEDS}
    for plans in (asked(**request), asked(**request | change)):
        (task,) = schedule(plans).tasks
        execution.execute(task, _gather)
    assert len(ran) == 2


def test_more_epochs_than_asked_for_are_no_result(ran, monkeypatch):
    (task,) = schedule(asked(("technique-1",), ("today",), SEEDS, epochs=2)).tasks
    (longer,) = asked(("technique-1",), ("today",), SEEDS, epochs=5)
    monkeypatch.setattr(execution, "run", lambda plan, materials: record_of(longer))
    with pytest.raises(OptionError, match=r"5 finished epochs.*2 epochs"):
        execution.execute(task, _gather)


@pytest.mark.parametrize(
    "error",
    [MemoryError("8 GiB"), OSError(28, "No space left"), ZeroDivisionError("x")],
    ids=repr,
)
def test_whatever_goes_wrong_in_a_task_is_its_outcome(ran, monkeypatch, error):
    def fail(plan, materials):
        raise error

    monkeypatch.setattr(execution, "run", fail)
    (task,) = schedule(asked(("technique-1",), ("today",), SEEDS)).tasks
    outcome = execution.attempt(task, _gather)
    assert not outcome.records
    assert outcome.error == f"{type(error).__name__}: {error}"


def test_an_interruption_is_no_failed_run(ran, monkeypatch):
    def interrupt(plan, materials):
        raise KeyboardInterrupt

    monkeypatch.setattr(execution, "run", interrupt)
    (task,) = schedule(asked(("technique-1",), ("today",), SEEDS)).tasks
    with pytest.raises(KeyboardInterrupt):
        execution.attempt(task, _gather)


def test_this_machine_takes_the_tasks_in_the_schedules_order(ran, tmp_path):
    planned = schedule(asked(("technique-2", "technique-3"), ("today", "published"), SEEDS))
    drive(planned, execution.Local(_gather), output=tmp_path, command="")
    names = [[(plan.name, plan.recipe.name, plan.seeds) for plan in plans] for plans in ran]
    assert names == [
        [(part.plan.name, part.plan.recipe.name, part.plan.seeds) for part in task.parts]
        for task in planned.tasks
    ]
