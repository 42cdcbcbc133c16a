"""The experiments and the claims name each other rightly."""

from __future__ import annotations

import re

import pytest

from repro import chapter, claims
from repro.experiments import EXPERIMENTS


def test_a_remedy_names_only_commands_that_exist():
    for claim in claims.CLAIMS:
        for name in re.findall(r"`repro run ([\w-]+)", claim.remedy):
            assert name in EXPERIMENTS, claim.id


def test_experiments_judge_claims_that_exist():
    known = {claim.id for claim in claims.CLAIMS}
    for experiment in EXPERIMENTS.values():
        assert set(experiment.claims) <= known, experiment.name


@pytest.mark.parametrize("name", [n for n in EXPERIMENTS if n.startswith("unfreeze-")])
def test_unfreezing_experiments_differ_from_the_chapter_in_one_thing(name):
    technique = EXPERIMENTS[name].technique
    rows = [row.name for row in chapter.BASE_LAYERS]
    assert technique.unfreeze_from in rows
    assert technique.unfreeze_from != chapter.UNFREEZE_FROM
    same = {**vars(technique), "unfreeze_from": chapter.UNFREEZE_FROM}
    assert same == vars(chapter.FINE_TUNING)
