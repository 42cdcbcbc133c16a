"""What a sweep plans: every run once, together what shares a pass, nothing before what it needs."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from repro.augmentation import Spec
from repro.experiments import (
    EXPERIMENTS,
    FeatureExtraction,
    FineTuning,
    FromScratch,
    Stacked,
    starts_trained,
)
from repro.plans import Trial
from repro.recipe import RECIPES
from repro.sweep import schedule
from tests.small import materials
from tests.sweep import asked

SAME_PICTURES = ("today", "today-rmsprop-2017")


def _subset(names, most):
    return st.lists(st.sampled_from(sorted(names)), min_size=1, max_size=most, unique=True)


REQUESTS = st.builds(
    dict,
    experiments=_subset(EXPERIMENTS, 5).map(tuple),
    recipes=_subset(RECIPES, 3).map(tuple),
    seeds=st.lists(st.integers(0, 99), min_size=1, max_size=4, unique=True).map(tuple),
    epochs=st.sampled_from([None, 2, 30, 100]),
    start_epochs=st.sampled_from([None, 2, 30]),
)


def _runs(planned, added):
    """Every (experiment, recipe, seed, epochs) in the order of the tasks, and its task."""
    return [
        ((part.plan.name, part.plan.recipe.name, seed, part.plan.total_epochs), number)
        for number, task in enumerate(planned.tasks)
        for part in task.parts
        if planned.items[part.item].added == added
        for seed in part.plan.seeds
    ]


@settings(max_examples=30)
@given(request=REQUESTS, together=st.integers(1, 7))
def test_every_run_that_was_asked_for_is_planned_once(request, together):
    planned = schedule(asked(**request), together=together)
    runs = [run for run, _ in _runs(planned, added=False)]
    assert sorted(runs) == sorted(
        (name, recipe, seed, request["epochs"] or EXPERIMENTS[name].training.hyperparameters.epochs)
        for name in request["experiments"]
        for recipe in request["recipes"]
        for seed in request["seeds"]
    )
    for item in planned.items:
        assert item.plan.seeds == request["seeds"]
        assert item.plan.recipe is RECIPES[item.plan.recipe.name]


@settings(max_examples=30)
@given(request=REQUESTS, together=st.integers(1, 7))
def test_fine_tuning_comes_after_what_it_starts_from(request, together):
    """And in between, nothing goes on training what it starts from."""
    planned = schedule(asked(**request), together=together)
    everything = dict(_runs(planned, added=False) + _runs(planned, added=True))
    for number, task in enumerate(planned.tasks):
        assert all(other < number for other in (*task.needs, *task.after))
        needed = set()
        for part in task.parts:
            experiment = EXPERIMENTS[part.plan.name]
            if not starts_trained(experiment):
                continue
            recipe, start = part.plan.recipe.name, experiment.training.start
            wanted = request["start_epochs"] or EXPERIMENTS[start].training.hyperparameters.epochs
            for seed in part.plan.seeds:
                needed.add(everything[start, recipe, seed, wanted])
                for (name, other_recipe, other_seed, epochs), place in everything.items():
                    if (name, other_recipe, other_seed) == (start, recipe, seed):
                        assert (
                            place < number if epochs <= wanted else number in _waits(planned, place)
                        )
        assert {*task.needs} == needed


def _waits(planned, number):
    """Everything that a task waits for, directly or not."""
    task = planned.tasks[number]
    direct = {*task.needs, *task.after}
    return direct.union(*(_waits(planned, other) for other in direct))


@settings(max_examples=30)
@given(request=REQUESTS, together=st.integers(1, 7))
def test_two_tasks_that_write_the_same_checkpoints_wait_for_each_other(request, together):
    planned = schedule(asked(**request), together=together)
    runs = _runs(planned, added=False) + _runs(planned, added=True)
    for (name, recipe, seed, epochs), number in runs:
        for other, place in runs:
            if other[:3] == (name, recipe, seed) and other[3] < epochs:
                assert place in _waits(planned, number)


@settings(max_examples=30)
@given(request=REQUESTS, together=st.integers(1, 7))
def test_what_shares_a_task_sees_the_same_pictures(request, together):
    for task in schedule(asked(**request), together=together).tasks:
        plans = [part.plan for part in task.parts]
        seen = {
            (Spec.of(p.recipe), p.recipe.preprocessing, p.recipe.resize_interpolation, p.precision)
            for p in plans
        }
        assert len(seen) == 1 and len({plan.training for plan in plans}) == 1
        if len(plans) > 1:
            assert task.runs <= together
            assert all(isinstance(plan.training, FeatureExtraction) for plan in plans)
        if isinstance(plans[0].training, (FromScratch, Stacked, FineTuning)):
            assert task.runs == 1


@pytest.mark.parametrize(
    ("recipes", "tasks"),
    [
        (SAME_PICTURES, 1),
        (("today", "published"), 2),
        (("today", "today-imagenet-preprocessing"), 2),
    ],
)
def test_recipes_that_differ_in_the_optimiser_alone_share_their_passes(recipes, tasks):
    planned = schedule(asked(("technique-2",), recipes, tuple(range(10))))
    assert len(planned.tasks) == tasks
    assert [task.runs for task in planned.tasks] == [20 // tasks] * tasks


def test_every_other_difference_of_recipes_keeps_them_apart():
    def seen(recipe):
        return Spec.of(recipe), recipe.preprocessing, recipe.resize_interpolation

    planned = schedule(asked(("technique-2",), tuple(RECIPES), (0,)))
    for task in planned.tasks:
        assert len({seen(part.plan.recipe) for part in task.parts}) == 1
    assert len(planned.tasks) == len({*map(seen, RECIPES.values())}) == len(RECIPES) - 1


def test_tasks_that_share_are_no_larger_than_allowed():
    planned = schedule(asked(("technique-2",), SAME_PICTURES, tuple(range(10))), together=8)
    assert [task.runs for task in planned.tasks] == [8, 8, 4]
    assert planned.runs == 20


def test_the_missing_start_is_added_and_an_asked_one_is_not():
    alone = schedule(asked(("technique-3",), ("today",), (4,)))
    assert [(item.plan.name, item.added) for item in alone.items] == [
        ("technique-3", False),
        ("technique-2", True),
    ]
    both = schedule(asked(("technique-3", "technique-2"), ("today",), (4,)))
    assert [item.added for item in both.items] == [False, False]
    assert [task.parts[0].plan.name for task in both.tasks] == ["technique-2", "technique-3"]
    python_edition = schedule(asked(("python-edition",), ("today",), (4,)))
    assert python_edition.items[1].plan.name == "unfrozen"
    assert len(schedule(asked(("untrained-classifier",), ("today",), (4,))).items) == 1


def test_a_start_is_planned_with_as_many_epochs_as_fine_tuning_wants():
    request = {"experiments": ("technique-2", "technique-3"), "recipes": ("today",), "seeds": (0,)}
    two = schedule(asked(**request, epochs=2))
    epochs = [(t.parts[0].plan.name, t.parts[0].plan.total_epochs) for t in two.tasks]
    assert epochs == [("technique-2", 2), ("technique-2", 30), ("technique-3", 2)]
    assert [(task.needs, task.after) for task in two.tasks] == [
        ((), ()),
        ((), (0,)),
        ((1,), ()),
    ]
    same = schedule(asked(**request, epochs=2, start_epochs=2))
    assert [task.parts[0].plan.name for task in same.tasks] == ["technique-2", "technique-3"]
    longer = schedule(asked(**request, epochs=100))
    epochs = [(t.parts[0].plan.name, t.parts[0].plan.total_epochs) for t in longer.tasks]
    assert epochs == [("technique-2", 30), ("technique-3", 100), ("technique-2", 100)]


def test_a_start_is_what_running_looks_for(monkeypatch, tmp_path):
    """Planned and executed by the same name: the folder of checkpoints is the same."""
    monkeypatch.setenv("REPRO_HOME", str(tmp_path))
    (three, two) = schedule(asked(("technique-3",), ("published",), (4,), start_epochs=2)).items
    assert three.plan.start == two.plan
    (longer,) = asked(("technique-2",), ("published",), (4, 5), epochs=7)
    on = materials()
    assert Trial(two.plan, on).folder == Trial(longer, on).folder


def test_a_probe_of_layers_is_one_task_whatever_its_seeds():
    planned = schedule(asked(("probe-layers",), ("today",), tuple(range(9))), together=4)
    assert [task.runs for task in planned.tasks] == [9]


def test_a_thousand_runs_are_planned_at_once():
    planned = schedule(asked(("technique-2", "technique-3"), SAME_PICTURES, tuple(range(250))))
    assert planned.runs == 1000
    assert len(planned.tasks) == 10 + 500
