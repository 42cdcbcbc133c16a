"""Who reads a record sees which engine computed the base."""

from __future__ import annotations

from pathlib import Path

import pytest

from repro import claims, environment
from repro.claims._evidence import seed_sets
from repro.cli import headline
from repro.engines import ncnn
from repro.report import _groups
from repro.report._differences import differences
from repro.statistics import t_interval
from tests.claims.fabricated import record

ROOT = Path(__file__).parents[2]


def of(**settings):
    versions = {"keras": "3.15.1", "ncnn": "1.0.20261020"}
    made = record(accuracies=(0.9,), environment={"versions": versions})
    return made.model_copy(update={"settings": {"precision": "float32", **settings}})


def test_the_headline_names_the_engine_and_its_version_where_it_is_not_keras():
    assert "float32, base on ncnn 1.0.20261020\n" in f"{headline.runs(of(engine='ncnn'))}\n"
    for made in (of(engine="keras"), of()):
        assert "ncnn" not in str(headline.runs(made))


def test_two_engines_runs_are_two_groups_and_keras_needs_no_name():
    found = _groups.group([of(engine="ncnn"), of(), of(engine="keras")])
    assert [len(one.runs) for one in found] == [1, 1]
    assert "ncnn" in found[0].name and "keras" not in found[1].name


def on(engine, experiment, accuracies, **details):
    made = record(experiment, accuracies, recipe="today", **details)
    return made.model_copy(update={"settings": {"precision": "float32", "engine": engine}})


def test_the_evidence_says_so_where_its_runs_are_from_two_engines():
    keras = on("keras", "technique-1", (0.90, 0.89))
    (apart,) = seed_sets([keras], "technique-1")
    assert "computed in" not in apart.caveats
    other = on("ncnn", "technique-1", (0.91,), first_seed=2)
    (both,) = seed_sets([keras, other], "technique-1")
    assert "The base computed in float32 and float32 on ncnn." in both.caveats


def test_where_both_engines_have_runs_keras_own_are_compared():
    def made(engine, shift):
        return [
            on(engine, "technique-1", (0.90 + shift, 0.89 + shift)),
            on(engine, "float32", (0.91 + shift, 0.90 + shift)),
        ]

    keras, other = made("keras", 0.0), made("ncnn", 0.05)
    (alone,) = differences(keras)
    assert differences(other + keras) == differences(keras + other) == (alone,)
    (on_ncnn,) = differences(other)
    assert on_ncnn.accuracy == pytest.approx(alone.accuracy + 0.05)


@pytest.mark.skipif(not ncnn.available(), reason="ncnn is not installed: pip install ncnn")
def test_the_environment_tells_ncnns_version():
    assert environment.describe()["versions"]["ncnn"] == environment.version("ncnn")


@pytest.mark.parametrize("fold", ["validation", "test"])
def test_on_ncnn_technique_1_comes_out_as_on_keras_in_float32(fold):
    """By the shipped records: the mean, and each seed within what Keras's seeds scatter."""
    made = {one.engine: one for one in claims.committed(ROOT) if one.experiment == "float32"}
    keras, other = (
        [run.evaluations[fold].accuracy for run in made[engine].runs]
        for engine in ("keras", "ncnn")
    )
    assert len(keras) == len(other) == 5
    interval = t_interval(keras)
    assert sum(other) / 5 in interval
    # One more seed scatters by s·sqrt(1 + 1/5) about their mean, the mean itself by s·sqrt(1/5).
    middle, half = (interval.low + interval.high) / 2, (interval.high - interval.low) / 2
    assert all(abs(accuracy - middle) <= half * 6**0.5 for accuracy in other)
