"""Where a run lives: its folder stands for everything that decides its bits, and nothing else."""

from __future__ import annotations

from dataclasses import fields, replace
from types import SimpleNamespace

import numpy as np
import pytest

from repro import _keras, chapter, environment, features, model, pictures, weights
from repro.dataset.doubtful import DOUBTFUL
from repro.errors import DownloadError, OptionError
from repro.experiments import (
    EXPERIMENTS,
    FastFeatureExtraction,
    FeatureExtraction,
    FineTuning,
    FromScratch,
    LayerProbe,
    PositionProbe,
    Stacked,
    started_after,
)
from repro.plans import Plan, Trial, bind
from repro.plans import trial as trials
from repro.plans.materials import without
from repro.recipe import PUBLISHED, RECIPES, TODAY
from tests.small import materials, trial

TWO = FeatureExtraction()
ONE = FastFeatureExtraction()


def folder(training=TWO, **options):
    return trial(training, **options).folder


VARIED = [
    Stacked(),
    Stacked(frozen=False),
    FeatureExtraction(augmented=False),
    replace(TWO, hyperparameters=replace(TWO.hyperparameters, learning_rate=1e-5)),
    ONE,
    replace(ONE, layer="block4_pool"),
    replace(ONE, clean=True),
    replace(ONE, pictures=40),
    LayerProbe(("block4_pool",)),
    FromScratch(),
    FromScratch(plain=True),
    FineTuning(),
    FineTuning(start="unfrozen"),
    FineTuning(start=None),
    FineTuning(start_epochs=3),
    FineTuning(unfreeze_from="block5_conv1"),
]


def test_no_two_trainings_recipes_or_precisions_share_a_folder():
    on = materials()
    folders = [Trial(trial(one, on=on).plan, on).folder for one in [TWO, *VARIED]]
    folders += [folder(recipe=recipe) for recipe in RECIPES.values() if recipe is not TODAY]
    folders += [folder(recipe=replace(TODAY, rmsprop_epsilon=1e-9)), folder(precision="bfloat16")]
    assert len({*folders}) == len(folders)


@pytest.mark.parametrize("name", ["weights", *(f"pixels-{fold}" for fold in chapter.FOLDS)])
def test_inputs_decide_the_folder(name):
    on = materials()
    other = replace(on, digests={**on.digests, name: "other"})
    assert folder(on=other) != folder(on=on)


def test_more_epochs_or_seeds_find_what_is_there():
    on = materials()
    assert folder(epochs=100, seeds=(5, 6)) == folder()
    assert folder(on=replace(on, digests={**on.digests, "code": "x"})) == folder()


def test_other_software_finds_neither_checkpoints_nor_features(monkeypatch):
    folder, key = trial(ONE).folder, trial(ONE).feature_key("train").digest()
    monkeypatch.setattr(environment, "software", lambda: "another")
    assert trial(ONE).folder != folder
    assert trial(ONE).feature_key("train").digest() != key


def test_feature_maps_are_kept_under_everything_that_they_depend_on():
    other = materials()
    keys = [trial(ONE).feature_key(fold) for fold in chapter.FOLDS]
    keys += [
        trial(replace(ONE, layer="block3_pool")).feature_key("train"),
        trial(ONE, precision="bfloat16").feature_key("train"),
        trial(ONE, recipe=RECIPES["today-imagenet-preprocessing"]).feature_key("train"),
        trial(ONE, on=replace(other, digests={**other.digests, "weights": "v"})).feature_key(
            "train"
        ),
    ]
    assert len({key.digest() for key in keys}) == len(keys)
    assert trial(TWO).feature_key("test") == trial(ONE).feature_key("test"), "shared"


def test_the_base_has_the_materials_tensors_and_the_plans_precision(monkeypatch):
    seen = []
    monkeypatch.setattr(model, "conv_base", lambda **options: seen.append(options))
    on = materials(tensors={"a": 1})
    for training in (TWO, ONE, FineTuning(), Stacked()):
        trial(training, on=on, precision="bfloat16").base()
    assert len(seen) == 4
    for options in seen:
        assert options["precision"] == "bfloat16" and options["tensors"] is on.tensors


def test_a_fresh_start_forgets_what_is_its_own():
    one, other = trial(ONE), trial(TWO)
    kept = features.settings.home() / "features" / f"{one.feature_key('train').digest()}.npy"
    of_another_seed = one.seed_folder(7)
    for place in (one.seed_folder(0), other.seed_folder(0), of_another_seed, kept.parent):
        place.mkdir(parents=True, exist_ok=True)
    kept.touch()
    one.forget()
    assert not one.seed_folder(0).exists() and not kept.exists()
    assert other.seed_folder(0).exists() and of_another_seed.exists()
    probe = trial(LayerProbe(("block3_pool", "block4_pool")))
    for layer in probe.layers().values():
        layer.seed_folder(0).mkdir(parents=True)
    probe.forget()
    assert not any(layer.seed_folder(0).exists() for layer in probe.layers().values())
    kept.touch()
    trial(FineTuning()).forget()
    assert kept.exists(), "feature maps are technique 1's"
    positions = trial(PositionProbe())
    positions.technique_1().seed_folder(0).mkdir(parents=True)
    positions.forget()
    assert not positions.technique_1().seed_folder(0).exists() and not kept.exists()


# ---------------------------------------------------------------------------------- what is planned


def test_settings_say_what_shaped_the_run():
    plan = trial(FineTuning(start="unfrozen"), epochs=3, precision="bfloat16").plan
    found = plan.settings()
    assert (found["epochs"], found["precision"], found["start"]) == (3, "bfloat16", "unfrozen")
    assert found["technique"]["learning_rate"] == chapter.FINE_TUNING.learning_rate
    assert replace(plan, epochs=None).settings()["epochs"] == chapter.FINE_TUNING.epochs


@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_only_an_experiment_about_a_precision_keeps_its_own(precision):
    for experiment in EXPERIMENTS.values():
        wanted = "float32" if experiment.name == "float32" else precision
        assert Plan(experiment, precision=precision).precision == wanted


def test_fine_tuning_starts_from_the_same_recipe_precision_and_seeds():
    plan = Plan(EXPERIMENTS["technique-3"], PUBLISHED, "bfloat16", (4, 5), 7)
    assert plan.start == Plan(EXPERIMENTS["technique-2"], PUBLISHED, "bfloat16", (4, 5), None)
    told = replace(plan, experiment=started_after(plan.experiment, 2))
    assert told.start.total_epochs == 2
    assert Plan(EXPERIMENTS["python-edition"]).start.name == "unfrozen"
    for name in ("untrained-classifier", "technique-2", "unfrozen", "from-scratch"):
        assert Plan(EXPERIMENTS[name]).start is None


def test_no_two_kinds_of_training_share_a_field_but_the_hyperparameters():
    """A field that the others lack would be a flag that means nothing for most."""
    names = {type(one.training).__name__: {f.name for f in fields(one.training)}
             for one in EXPERIMENTS.values()}  # fmt: skip
    assert all("hyperparameters" in found for found in names.values())
    special = [name for found in names.values() for name in found - {"hyperparameters"}]
    assert len(special) == len({*special})


# ------------------------------------------------------------------------------ what it is run on


def test_doubtful_pictures_are_the_small_sets_and_say_what_they_show():
    numbers = range(1, 2001)
    for name, shown in DOUBTFUL.items():
        prefix, number, suffix = name.split(".")
        assert prefix in chapter.PREFIXES.values() and int(number) in numbers and suffix == "jpg"
        assert len(shown) > 5
    assert chapter.AMBIGUOUS_PICTURE in DOUBTFUL


def with_doubtful():
    """Materials whose first two pictures of each fold are doubtful ones."""
    on = materials()
    names = {fold: (*list(DOUBTFUL)[:2], *on.names[fold][2:]) for fold in chapter.FOLDS}
    return replace(on, names=names)


def test_without_takes_a_pictures_pixels_label_and_name_away_together():
    on = with_doubtful()
    left = without(on, DOUBTFUL)
    for fold in chapter.FOLDS:
        assert left.names[fold] == on.names[fold][2:]
        assert (left.folds[fold].values == on.folds[fold].values[2:]).all()
        assert left.folds[fold].labels.tolist() == on.folds[fold].labels[2:].tolist()
        assert left.digests[f"pixels-{fold}"] != on.digests[f"pixels-{fold}"]
    assert without(on, ()).names == on.names


@pytest.mark.parametrize("clean", [True, False])
def test_a_clean_trial_sees_no_doubtful_picture(clean):
    one = trial(replace(ONE, clean=clean), on=with_doubtful())
    assert len(one.train.labels) == 80 - 2 * clean
    assert set(DOUBTFUL).isdisjoint(one.materials.names["test"]) == clean


def test_fewer_pictures_are_the_first_of_each_class_and_are_evaluated_on_all():
    on = materials()
    one = trial(replace(ONE, pictures=20), on=on)
    whole = on.folds["train"]
    np.testing.assert_array_equal(one.train.values, whole.values[[*range(10), *range(40, 50)]])
    assert one.train.labels.tolist() == [0] * 10 + [1] * 10
    assert one.materials.names["train"] == (*on.names["train"][:10], *on.names["train"][40:50])
    assert one.folder != trial(ONE, on=on).folder
    for fold in ("validation", "test"):
        assert one.materials.folds[fold] is on.folds[fold]


def test_pictures_of_another_size_are_loaded_anew_by_the_recipes_resize(monkeypatch):
    asked = []

    def load(paths, *, interpolation, size):
        asked.append((paths, interpolation, size))
        return np.full((80 if paths == "train" else 40, *size, 3), len(asked), np.uint8)

    monkeypatch.setattr(pictures, "load", load)
    on = materials(split=SimpleNamespace(paths=lambda fold: fold))
    recipe = RECIPES["today-resize-bilinear"]
    one = trial(replace(ONE, size=(9, 7)), on=on, recipe=recipe)
    assert asked == [(fold, "bilinear", (9, 7)) for fold in chapter.FOLDS]
    assert one.train.values.shape == (80, 9, 7, 3)
    assert one.train.labels is on.folds["train"].labels
    assert one.feature_key("test").pictures not in on.digests.values()
    assert trial(ONE, on=on).materials is on


def test_dense_layers_are_reused_with_vgg16s_own_weights_and_by_keras(monkeypatch):
    """No 500 MB are drawn: what is asked of Keras and of the model is noted."""
    asked, built = [], []
    head = SimpleNamespace(set_weights=lambda values: built.append(values))

    def of_keras(name, *, include_top):
        asked.append((name, include_top))
        return {"000": np.zeros(1, np.float32)}

    monkeypatch.setattr(weights, "of_keras", of_keras)
    monkeypatch.setattr(model, "conv_base", lambda name, **o: built.append((name, o)) or head)
    monkeypatch.setattr(model, "up_to", lambda base, layer: (base, layer))
    monkeypatch.setattr(trials, "at_size", lambda on, size, interpolation: on)
    one = bind(Plan(EXPERIMENTS["reuse-classifier"], engine="ncnn"), materials(demonstration=False))
    assert one.plan.engine == "keras"
    assert one.base() == (head, "fc2")
    assert asked == [("VGG16", True)]
    (name, options), values = built
    assert name == "VGG16" and options["include_top"] and len(values) == 1
    assert one.feature_key("train").base == "fc2"
    assert one.feature_key("train").weights != materials().digests["weights"]


def test_another_base_brings_its_own_weights_or_says_how_to_get_them(monkeypatch):
    plan = Plan(EXPERIMENTS["base-mobilenet"], seeds=(0,), epochs=1)

    def offline(**_):
        raise Exception("URL fetch failure")  # what Keras raises

    monkeypatch.setattr(_keras.keras.applications, "MobileNet", offline)
    with pytest.raises(DownloadError, match=r"MobileNet.*URL fetch failure.*KERAS_HOME"):
        bind(plan, materials(demonstration=False))
    with pytest.raises(OptionError, match="demonstration"):
        bind(plan, materials(demonstration=True))


def test_another_bases_weights_are_the_ones_it_computes_with(monkeypatch):
    builder = _keras.keras.applications.MobileNet
    made = builder(weights=None, include_top=False, input_shape=(32, 32, 3))
    monkeypatch.setattr(_keras.keras.applications, "MobileNet", lambda **_: made)
    tensors = weights.of_keras("MobileNet")
    assert len(tensors) == len(made.get_weights())
    again = builder(weights=None, include_top=False, input_shape=(32, 32, 3))
    again.set_weights(list(tensors.values()))
    pictures = np.random.default_rng(0).random((1, 32, 32, 3), np.float32)
    # Called and not predicted with: no graph has to be traced for one picture.
    values = [_keras.as_array(one(pictures, training=False)) for one in (again, made)]
    np.testing.assert_array_equal(*values)
