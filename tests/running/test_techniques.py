"""Which pictures, settings and kept state each technique is run with, and what a record keeps."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from repro import _keras, chapter, checkpoint, environment, features, model, training
from repro.checkpoint import Checkpoint
from repro.errors import OptionError
from repro.recipe import PUBLISHED, TODAY
from repro.record import History, RunRecord, SeedRun
from repro.running import Materials, Plan, probe_layers, probing, run, techniques
from repro.training import Pictures

ONE = Plan(chapter.FAST_FEATURE_EXTRACTION, PUBLISHED, "bfloat16", (3, 4), 2)
TWO = replace(ONE, technique=chapter.FEATURE_EXTRACTION, augmentation_seed=5)
THREE = replace(ONE, technique=chapter.FINE_TUNING)
SCRATCH = replace(ONE, technique=chapter.FROM_SCRATCH)


def seed_run(seed: int, accuracies: tuple[float, ...] = (0.5,)) -> SeedRun:
    history = dict.fromkeys(History.model_fields, accuracies)
    return SeedRun(seed=seed, history=History(**history), evaluations={})


@pytest.fixture
def materials():
    """Pictures whose pixels and digests say of which fold they are."""
    folds = {
        fold: Pictures(np.full((2, 1, 1, 3), n, np.uint8), np.array([0, 1], np.uint8))
        for n, fold in enumerate(chapter.FOLDS)
    }
    return Materials(
        folds=folds,
        names={fold: (f"cat-{fold}", f"dog-{fold}") for fold in chapter.FOLDS},
        tensors={"block1_conv1/kernel": np.ones(3, np.float32)},
        demonstration=True,
        digests={"weights": "w", **{f"pixels-{fold}": fold for fold in chapter.FOLDS}},
        verification={},
        split=None,
        originals=None,
    )


@pytest.fixture
def calls(monkeypatch):
    """What every part was called with; nothing is built, extracted or trained."""
    seen = SimpleNamespace(bases=[], extracted=[], trained=[])

    def build(**options):
        seen.bases.append(options)
        return SimpleNamespace(layers=[], layer=None)

    def extract(extractor, pictures, key, *, shape, **_):
        seen.extracted.append((int(pictures[0, 0, 0, 0]), key, shape))
        return pictures.astype(np.float32)

    def train(*positional, **options):
        folds = {name: int(fold.values.max()) for name, fold in positional[-1].items()}
        arrays = [one for one in positional[:-1] if hasattr(one, "labels")]
        (pictures,) = arrays
        seen.trained.append(options | {"train": int(pictures.values.max()), "folds": folds})
        seeds = options.get("seeds")
        return seed_run(options["seed"]) if seeds is None else tuple(map(seed_run, seeds))

    monkeypatch.setattr(model, "conv_base", build)
    monkeypatch.setattr(model, "up_to", lambda base, layer: SimpleNamespace(layers=[], layer=layer))
    monkeypatch.setattr(features, "extractor", lambda base, preprocessing: preprocessing)
    monkeypatch.setattr(features, "extract", extract)
    for name in ("train_on_features", "train_frozen", "train_stacked", "fine_tune",
                 "train_from_scratch"):  # fmt: skip
        monkeypatch.setattr(training, name, train)
    monkeypatch.setattr(_keras, "make_deterministic", lambda: None)
    return seen


IN_ONE_GRAPH = {
    "stacked": replace(TWO, stacked=True),
    "unfrozen": replace(TWO, frozen=False),
    "fine-tuning": replace(THREE, untrained=True),
    "from scratch": SCRATCH,
}


@pytest.mark.parametrize("name", IN_ONE_GRAPH)
def test_runs_in_one_graph_get_their_folds_and_settings(calls, materials, name):
    plan = IN_ONE_GRAPH[name]
    made = run(plan, materials)
    assert [one.seed for one in made.runs] == [one["seed"] for one in calls.trained] == [3, 4]
    for one in calls.trained:
        assert (one["train"], one["folds"]) == (0, {"validation": 1, "test": 2})
        assert (one["technique"], one["recipe"], one["epochs"]) == (plan.technique, PUBLISHED, 2)
        assert one.get("frozen", True) == plan.frozen
        assert one.get("untrained", False) == plan.untrained
        assert one.get("precision", "bfloat16") == "bfloat16"
        assert one.get("augmentation_seed", 5) == 5
        assert one["folder"] == plan.folder(materials.digests, environment.software())


@pytest.mark.parametrize("plan", [ONE, TWO], ids=["technique 1", "technique 2"])
def test_classifiers_get_their_folds_and_settings(calls, materials, plan):
    made = run(plan, materials)
    (one,) = calls.trained
    assert [run.seed for run in made.runs] == list(one["seeds"]) == [3, 4]
    assert (one["train"], one["folds"]) == (0, {"validation": 1, "test": 2})
    assert (one["technique"], one["recipe"], one["epochs"]) == (plan.technique, PUBLISHED, 2)
    assert one.get("augmentation_seed", 0) == plan.augmentation_seed
    assert made.names == {fold: materials.names[fold] for fold in ("validation", "test")}
    assert made.demonstration and made.settings["epochs"] == 2


def test_each_fold_has_its_own_features(calls, materials):
    run(ONE, materials)
    assert {(n, key.pictures) for n, key, _ in calls.extracted} == set(enumerate(chapter.FOLDS))
    assert {shape for *_, shape in calls.extracted} == {chapter.FEATURE_MAP}
    for _, key, _ in calls.extracted:
        assert (key.weights, key.precision, key.preprocessing) == ("w", "bfloat16", "rescale")


def test_each_layer_has_its_own_features(calls, materials):
    for layer in ("block3_pool", "block4_pool"):
        run(replace(ONE, layer=layer), materials)
    run(ONE, materials)
    assert len({key.digest() for _, key, _ in calls.extracted}) == 9
    shapes = {key.base: shape for _, key, shape in calls.extracted}
    assert shapes["block3_pool"] == (18, 18, 256)


def test_the_base_has_the_plans_tensors_and_precision(calls, materials):
    run(ONE, materials)
    run(replace(THREE, untrained=True), materials)
    for options in calls.bases:
        assert options.get("precision") == "bfloat16"
        assert options.get("tensors") is materials.tensors


def kept(materials, plan: Plan, seed: int, epoch: int, value: float) -> None:
    folder = plan.folder(materials.digests, environment.software()) / f"seed-{seed}"
    arrays = {f"weight-{position}": np.full(1, value) for position in range(4)}
    checkpoint.save(folder, Checkpoint(epoch, arrays, {}))


def test_fine_tuning_takes_technique_2s_classifier_of_its_own_seed_and_recipe(calls, materials):
    before = replace(TWO, augmentation_seed=0, epochs=None)
    for seed in (0, 3, 4):
        kept(materials, before, seed, 30, seed)
        kept(materials, replace(before, recipe=TODAY), seed, 30, 10 + seed)
    run(THREE, materials)
    found = [[float(tensor[0]) for tensor in one["classifier"]] for one in calls.trained]
    assert found == [[3.0] * 4, [4.0] * 4]


def test_a_classifier_that_is_not_finished_is_refused(calls, materials):
    before = replace(TWO, augmentation_seed=0, epochs=None)
    with pytest.raises(OptionError, match="no classifier"):
        run(THREE, materials)
    for epoch in (29, 31):
        kept(materials, before, 3, epoch, 1.0)
        with pytest.raises(OptionError, match=f"{epoch} epochs"):
            run(THREE, materials)
    assert calls.trained == []


def test_fine_tuning_can_start_from_a_shorter_run_when_told_so(calls, materials):
    for seed in (3, 4):
        kept(materials, replace(TWO, augmentation_seed=0, epochs=None), seed, 5, seed)
    run(replace(THREE, start_epochs=5), materials)
    found = [float(one["classifier"][0][0]) for one in calls.trained]
    assert found == [3.0, 4.0]


def test_layers_are_compared_by_the_last_epoch(monkeypatch, materials):
    def one(plan, *_, **__):
        last = {"block3_pool": 0.8, "block5_pool": 0.9}[plan.layer]
        runs = tuple(seed_run(seed, (0.95, last + 0.01 * seed)) for seed in (0, 1))
        return RunRecord(experiment="technique-1", runs=runs, timings={"seconds": 2.0})

    monkeypatch.setattr(probing, "run", one)
    made = probe_layers(ONE, materials, ("block3_pool", "block5_pool"))
    found = made.observations["layers.accuracy"]
    assert found == pytest.approx({"block3_pool": 0.805, "block5_pool": 0.905})
    assert made.timings["seconds"] == 4.0


def test_a_fresh_run_forgets_its_checkpoints_and_features(calls, materials):
    folder = ONE.folder(materials.digests, environment.software())
    other = TWO.folder(materials.digests, environment.software())
    for place in (folder, other):
        place.mkdir(parents=True)
    key = techniques._feature_key(ONE, materials, "train")
    path = features.settings.home() / "features" / f"{key.digest()}.npy"
    path.parent.mkdir(parents=True)
    path.touch()
    run(ONE, materials)
    assert folder.exists() and path.exists()
    run(ONE, materials, fresh=True)
    assert not folder.exists() and not path.exists()
    assert other.exists()
