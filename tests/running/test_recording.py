"""From a plan to its record: the right technique, the right folds, everything that shaped it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from repro import _keras, environment, model, running
from repro.experiments import (
    EXPERIMENTS,
    FastFeatureExtraction,
    FeatureExtraction,
    LayerProbe,
    PositionProbe,
    Stacked,
)
from repro.recipe import PUBLISHED, RECIPES
from repro.record import History, SeedRun
from repro.running import run, run_together
from repro.techniques import (
    Outcome,
    fast_feature_extraction,
    feature_extraction,
    fine_tuning,
    from_scratch,
    position_probe,
)
from tests.small import blobs, materials, tiny_base, trial


@pytest.fixture(autouse=True)
def small(monkeypatch):
    monkeypatch.setattr(model, "conv_base", tiny_base)
    # Once asked for, it stays for the whole process.
    monkeypatch.setattr(_keras, "make_deterministic", lambda: None)


@pytest.fixture
def on():
    """Folds whose sizes tell them apart."""
    return materials({"train": blobs(80, 1), "validation": blobs(60, 2), "test": blobs(40, 3)})


def test_a_record_holds_what_shaped_the_run(on):
    one = trial(FastFeatureExtraction(), seeds=(3, 4), epochs=1, recipe=PUBLISHED, name="x")
    made = run(one.plan, on)
    assert (made.experiment, made.technique, made.demonstration) == ("x", 1, True)
    assert made.recipe == vars(PUBLISHED) and made.settings == one.plan.settings()
    assert [entry.seed for entry in made.runs] == [3, 4]
    for entry in made.runs:
        assert {name: found.n for name, found in entry.evaluations.items()} == {
            "validation": 60,
            "test": 40,
        }
        for name, found in entry.evaluations.items():
            assert len(made.names[name]) == len(found.probabilities)
            dogs = [name.startswith("dog") for name in made.names[name]]
            pairs = zip(found.probabilities, dogs, strict=True)
            assert found.correct == sum((p > 0.5) == dog for p, dog in pairs)
    assert made.digests == {**on.digests, "code": environment.code_digest()}
    assert made.timings["seconds"] > 0 and made.started <= made.finished


@pytest.mark.parametrize("experiment", EXPERIMENTS.values(), ids=lambda one: one.name)
def test_every_experiment_is_taken_to_its_own_technique(monkeypatch, on, experiment):
    seen = []
    modules = (from_scratch, fast_feature_extraction, feature_extraction, fine_tuning)
    training = experiment.training
    wanted = {
        LayerProbe: fast_feature_extraction.probe_layers,
        PositionProbe: position_probe.run,
        Stacked: feature_extraction.run_stacked,
    }.get(type(training), modules[training.hyperparameters.number].run)
    assert running._TECHNIQUES[type(training)] is wanted
    monkeypatch.setitem(
        running._TECHNIQUES, type(training), lambda given: seen.append(given.plan) or Outcome(())
    )
    monkeypatch.setattr(running, "bind", running.Trial)
    plan = replace(trial(FeatureExtraction()).plan, experiment=experiment, precision="float32")
    run(plan, on)
    assert seen == [plan]


def test_a_fresh_run_does_not_go_on_from_an_earlier_one(on):
    plan = trial(FastFeatureExtraction(), epochs=1).plan
    run(replace(plan, epochs=2), on)
    again = run(plan, on)
    assert len(again.runs[0].history.loss) == 2, "the longer run is found again"
    assert again.settings["epochs"] == 2
    assert len(run(plan, on, fresh=True).runs[0].history.loss) == 1


def test_plans_run_together_get_the_records_of_each_alone(on, monkeypatch):
    """Their bits are technique 2's business; each record is of its own plan and its own runs."""

    def outcome(one):
        losses = dict.fromkeys(History.model_fields, (one.recipe.rmsprop_epsilon,))
        return Outcome((SeedRun(seed=0, history=History(**losses), evaluations={}),))

    monkeypatch.setattr(feature_extraction, "run_together", lambda some: tuple(map(outcome, some)))
    monkeypatch.setitem(running._TECHNIQUES, FeatureExtraction, outcome)
    plans = [
        trial(FeatureExtraction(), recipe=RECIPES[name]).plan
        for name in ("today", "today-rmsprop-2017")
    ]
    together = run_together(plans, on)
    assert together[0].runs != together[1].runs
    for plan, made in zip(plans, together, strict=True):
        alone = run(plan, on)
        assert made.runs == alone.runs
        assert (made.recipe, made.settings) == (alone.recipe, alone.settings)
        assert made.timings["plans_sharing"] == 2 and "plans_sharing" not in alone.timings
