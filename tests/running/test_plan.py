"""A run's folder stands for everything that decides its bits, and for nothing else."""

from __future__ import annotations

from dataclasses import replace

import pytest

from repro import chapter, features
from repro.experiments import EXPERIMENTS
from repro.recipe import PUBLISHED, TODAY
from repro.running import Plan

DIGESTS = {"weights": "w", "pixels-train": "a", "pixels-validation": "b", "pixels-test": "c"}
PLAN = Plan(technique=chapter.FEATURE_EXTRACTION, recipe=TODAY, precision="bfloat16")


def _folder(plan=PLAN, digests=DIGESTS, software="keras 3"):
    return plan.folder(digests, software)


@pytest.mark.parametrize(
    "other",
    [
        replace(PLAN, recipe=PUBLISHED),
        replace(PLAN, recipe=replace(TODAY, rmsprop_epsilon=1e-8)),
        replace(PLAN, precision="float32"),
        replace(PLAN, augmentation_seed=1),
        replace(PLAN, frozen=False),
        replace(PLAN, stacked=True),
        replace(PLAN, technique=replace(PLAN.technique, learning_rate=1e-5)),
        replace(PLAN, technique=chapter.FINE_TUNING),
        replace(PLAN, start="unfrozen"),
        replace(PLAN, clean=True),
        replace(PLAN, base="VGG19"),
    ],
    ids=str,
)
def test_what_decides_the_bits_decides_the_folder(other):
    assert _folder(other) != _folder()


@pytest.mark.parametrize("name", sorted(DIGESTS))
def test_inputs_decide_the_folder(name):
    assert _folder(digests={**DIGESTS, name: "other"}) != _folder()
    assert _folder(software="keras 4") != _folder()


def test_more_epochs_or_seeds_find_what_is_there():
    longer = replace(PLAN, epochs=100, seeds=(5, 6))
    assert _folder(longer) == _folder()
    assert _folder(digests={**DIGESTS, "code": "x"}) == _folder()


def test_settings_say_how_many_epochs():
    assert PLAN.settings()["epochs"] == chapter.FEATURE_EXTRACTION.epochs
    assert replace(PLAN, epochs=3).settings()["epochs"] == 3


@pytest.mark.parametrize("wanted", ["float32", "bfloat16"])
def test_a_wanted_precision_is_taken(wanted):
    assert features.choose_precision(wanted) == wanted


@pytest.mark.parametrize(("has", "expected"), [(True, "bfloat16"), (False, "float32")])
def test_auto_follows_the_processor(monkeypatch, has, expected):
    from repro import _keras

    monkeypatch.setattr(_keras, "accelerator", lambda: None)
    monkeypatch.setattr(features, "_processor_has_bfloat16", lambda: has)
    assert features.choose_precision("auto") == expected


@pytest.mark.parametrize("experiment", EXPERIMENTS.values(), ids=lambda one: one.name)
def test_an_experiments_plan_is_what_it_says(experiment):
    plan = Plan.of(experiment, recipe=PUBLISHED, seeds=(7,), precision="bfloat16")
    assert plan.precision == ("float32" if experiment.name == "float32" else "bfloat16")
    assert (plan.name, plan.recipe, plan.seeds) == (experiment.name, PUBLISHED, (7,))
    for field in ("technique", "frozen", "untrained", "start", "clean", "base"):
        assert getattr(plan, field) == getattr(experiment, field)
