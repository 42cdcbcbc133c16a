"""Which engine and precision are taken, what is refused, and that two engines share nothing."""

from __future__ import annotations

import os
import sys
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from repro import _keras, chapter, engines, environment
from repro.engines import choice, ncnn
from repro.errors import OptionError
from repro.experiments import (
    EXPERIMENTS,
    FastFeatureExtraction,
    FeatureExtraction,
    FineTuning,
    FromScratch,
    LayerProbe,
    PositionProbe,
    Stacked,
    frozen_base,
)
from repro.plans import Plan, Trial
from repro.recipe import RECIPES
from tests.small import materials, trial

ONE = EXPERIMENTS["technique-1"]
#: Experiments that ncnn has something to compute for.
APPLYING = sorted(
    name for name, one in EXPERIMENTS.items() if frozen_base(one.training) == chapter.BASE_NAME
)


@pytest.fixture
def machine(monkeypatch):
    """Sets what the machine has."""

    def has(*, gpu=False, bfloat16=False, installed=True):
        monkeypatch.setattr(_keras, "accelerator", lambda: "a GPU" if gpu else None)
        monkeypatch.setattr(choice, "_processor_has_bfloat16", lambda: bfloat16)
        monkeypatch.setattr(ncnn, "available", lambda: installed)
        monkeypatch.setattr(ncnn, "module", object)

    return has


@pytest.mark.parametrize("wanted", ["float32", "bfloat16"])
def test_a_wanted_precision_is_taken(wanted):
    assert engines.choose_precision(wanted) == wanted


@pytest.mark.parametrize(("has", "expected"), [(True, "bfloat16"), (False, "float32")])
def test_auto_follows_the_processor(machine, has, expected):
    machine(bfloat16=has)
    assert engines.choose_precision("auto") == expected


@pytest.mark.parametrize(
    ("has", "precision", "expected"),
    [
        ({}, "auto", ("ncnn", "float32")),
        ({"installed": False}, "auto", ("keras", "float32")),
        ({"bfloat16": True}, "auto", ("keras", "bfloat16")),
        ({"gpu": True}, "auto", ("keras", "bfloat16")),
        ({"bfloat16": True}, "float32", ("ncnn", "float32")),
        ({"gpu": True}, "float32", ("keras", "float32")),
        ({}, "bfloat16", ("keras", "bfloat16")),
    ],
)
def test_auto_takes_hardware_first_then_ncnn_where_it_is_installed(
    machine, has, precision, expected
):
    machine(**has)
    assert engines.choose("auto", precision, [ONE]) == expected


@pytest.mark.parametrize("bfloat16", [True, False])
def test_an_engine_that_was_asked_for_is_taken(machine, bfloat16):
    machine(bfloat16=bfloat16)
    assert engines.choose("keras", "float32", [ONE]) == ("keras", "float32")
    assert engines.choose("ncnn", "auto", [ONE]) == ("ncnn", "float32")


@pytest.mark.parametrize(
    ("names", "precision", "found"),
    [
        (["technique-1"], "bfloat16", "bfloat16"),
        (["technique-1", "base-mobilenet"], "auto", "base-mobilenet, which applies MobileNet"),
        (["unfrozen"], "auto", "unfrozen, which applies no frozen base"),
        (["python-edition"], "float32", "python-edition, which applies no frozen base"),
    ],
)
def test_what_ncnn_cannot_do_is_named(machine, names, precision, found):
    machine()
    with pytest.raises(OptionError) as raised:
        engines.choose("ncnn", precision, [EXPERIMENTS[name] for name in names])
    assert raised.value.subject == "--engine" and found in raised.value.found
    assert "keras" in raised.value.remedy


def test_a_missing_ncnn_is_passed_over_unless_it_was_asked_for(monkeypatch):
    monkeypatch.setitem(sys.modules, "ncnn", None)
    assert not ncnn.available()
    with pytest.raises(OptionError, match="pip install ncnn"):
        engines.choose("ncnn", "auto", [ONE])
    with pytest.raises(OptionError, match="pip install ncnn"):
        trial(FastFeatureExtraction(), engine="ncnn").extractor()


@pytest.mark.parametrize("users", [None, "active"])
def test_ncnns_threads_wait_asleep_unless_the_user_says_otherwise(tmp_path, monkeypatch, users):
    """They would take the cores from the classifiers that train meanwhile."""
    (tmp_path / "ncnn.py").write_text("import os\nwaiting = os.environ['OMP_WAIT_POLICY']\n")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "ncnn", raising=False)
    monkeypatch.delenv("OMP_WAIT_POLICY", raising=False)
    if users is not None:
        monkeypatch.setenv("OMP_WAIT_POLICY", users)
    assert ncnn.module().waiting == (users or "passive")
    assert os.environ.get("OMP_WAIT_POLICY") == users, "nobody else's threads are meant"
    monkeypatch.delitem(sys.modules, "ncnn")


def test_only_a_frozen_vgg16_in_float32_is_anything_for_ncnn():
    for training in (FromScratch(), Stacked(), Stacked(frozen=False), FineTuning(start=None)):
        assert trial(training, engine="ncnn").plan.engine == "keras"
    for training in (
        FastFeatureExtraction(),
        FeatureExtraction(),
        LayerProbe(("block3_pool",)),
        PositionProbe(),
    ):
        assert trial(training, engine="ncnn").plan.engine == "ncnn"
        assert trial(training, engine="ncnn", precision="bfloat16").plan.engine == "keras"
    assert Plan(EXPERIMENTS["base-vgg19"], engine="ncnn").engine == "keras"


def test_fine_tuning_starts_from_the_engines_own_run_and_trains_on_keras():
    plan = Plan(EXPERIMENTS["technique-3"], engine="ncnn")
    assert plan.start == Plan(EXPERIMENTS["technique-2"], engine="ncnn")
    assert (plan.settings()["engine"], plan.settings()["start_engine"]) == ("keras", "ncnn")
    assert plan.start.settings()["engine"] == "ncnn"
    assert Plan(EXPERIMENTS["python-edition"], engine="ncnn").start.engine == "keras"


@given(st.sampled_from(APPLYING), st.sampled_from(sorted(RECIPES)))
def test_two_engines_share_neither_a_folder_nor_feature_maps(name, recipe):
    on = materials()
    keras = Trial(Plan(EXPERIMENTS[name], RECIPES[recipe]), on)
    other = replace(keras, plan=replace(keras.plan, engine="ncnn"))
    assert other.folder != keras.folder
    if not isinstance(keras.plan.training, FineTuning):
        for fold in chapter.FOLDS:
            assert other.feature_key(fold).digest() != keras.feature_key(fold).digest()


@pytest.mark.parametrize("changed", ["version", "processor"])
def test_other_versions_and_processors_are_other_software(monkeypatch, changed):
    def kept(engine):
        one = trial(FastFeatureExtraction(), engine=engine)
        return one.folder, one.feature_key("train").digest()

    monkeypatch.setattr(environment, "software", lambda: "Keras and the rest")
    before = {engine: kept(engine) for engine in ("keras", "ncnn")}
    monkeypatch.setattr(environment, changed, lambda *_: "another")
    assert kept("keras") == before["keras"]
    assert not {*kept("ncnn")} & {*before["ncnn"]}
