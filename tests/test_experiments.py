"""The experiments and the claims name each other rightly."""

from __future__ import annotations

import re

import pytest

from repro import chapter, claims
from repro.experiments import EXPERIMENTS, Experiment

#: What each experiment changes of the chapter's technique of the same number.
VARIED = {
    "from-scratch": {},
    "technique-1": {},
    "technique-2": {},
    "technique-3": {},
    "probe-layers": {"layers": ("block3_pool", "block4_pool", "block5_pool")},
    "unfrozen": {"frozen": False},
    "python-edition": {"start": "unfrozen", "unfreeze_from": "block5_conv1"},
    "clean-labels": {"clean": True},
    "float32": {"precision": "float32"},
    "no-augmentation": {"augmented": False},
    "untrained-classifier": {"untrained": True},
    "unfreeze-block5": {"unfreeze_from": "block5_conv1"},
    "unfreeze-block4": {"unfreeze_from": "block4_conv1"},
    "unfreeze-block2": {"unfreeze_from": "block2_conv1"},
    "unfreeze-all": {"unfreeze_from": "block1_conv1"},
    **{f"base-{name.lower()}": {"base": name} for name in chapter.BASE_NAMES if name != "VGG16"},
}


def test_a_remedy_names_only_commands_that_exist():
    for claim in claims.CLAIMS:
        for name in re.findall(r"`repro run ([\w-]+)", claim.remedy):
            assert name in EXPERIMENTS, claim.id


def test_experiments_judge_claims_that_exist():
    known = {claim.id for claim in claims.CLAIMS}
    for experiment in EXPERIMENTS.values():
        assert set(experiment.claims) <= known, experiment.name


def test_each_experiment_varies_what_its_question_names():
    for name, wanted in VARIED.items():
        experiment = EXPERIMENTS[name]
        chapters = chapter.TECHNIQUES[experiment.technique.number]
        plain = vars(Experiment(name, experiment.question, chapters, claims=experiment.claims))
        varied = {key: value for key, value in vars(experiment).items() if value != plain[key]}
        technique = vars(varied.pop("technique", chapters))
        varied |= {key: v for key, v in technique.items() if v != vars(chapters)[key]}
        assert varied == wanted, name


@pytest.mark.parametrize("name", [n for n in EXPERIMENTS if n.startswith("unfreeze-")])
def test_unfreezing_experiments_differ_from_the_chapter_in_one_thing(name):
    technique = EXPERIMENTS[name].technique
    rows = [row.name for row in chapter.BASE_LAYERS]
    assert technique.unfreeze_from in rows
    assert technique.unfreeze_from != chapter.UNFREEZE_FROM
    same = {**vars(technique), "unfreeze_from": chapter.UNFREEZE_FROM}
    assert same == vars(chapter.FINE_TUNING)
