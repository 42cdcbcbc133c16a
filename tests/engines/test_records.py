"""Who reads a record sees which engine computed the base."""

from __future__ import annotations

import pytest

from repro import environment
from repro.cli import headline
from repro.engines import ncnn
from repro.record import History, RunRecord, SeedRun
from repro.report import _groups


def of(**settings):
    history = History(
        accuracy=(1.0,), loss=(0.1,), val_accuracy=(1.0,), val_loss=(0.1,), seconds=(1.0,)
    )
    return RunRecord(
        experiment="technique-1",
        settings={"precision": "float32", **settings},
        runs=(SeedRun(seed=0, history=history, evaluations={}),),
        environment={"versions": {"keras": "3.15.1", "ncnn": "1.0.20261020"}},
    )


def test_the_headline_names_the_engine_and_its_version_where_it_is_not_keras():
    assert "float32, base on ncnn 1.0.20261020\n" in f"{headline.runs(of(engine='ncnn'))}\n"
    for made in (of(engine="keras"), of()):
        assert "ncnn" not in str(headline.runs(made))


def test_two_engines_runs_are_two_groups_and_keras_needs_no_name():
    found = _groups.group([of(engine="ncnn"), of(), of(engine="keras")])
    assert [len(one.runs) for one in found] == [1, 2]
    assert "ncnn" in found[0].name and "keras" not in found[1].name


@pytest.mark.skipif(not ncnn.available(), reason="ncnn is not installed: pip install ncnn")
def test_the_environment_tells_ncnns_version():
    assert environment.describe()["versions"]["ncnn"] == environment.version("ncnn")
