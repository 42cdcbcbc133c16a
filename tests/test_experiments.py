"""The experiments and the claims name each other rightly."""

from __future__ import annotations

import re

from repro import chapter, claims
from repro.experiments import EXPERIMENTS, started_after, starts_trained

#: What each experiment changes of the chapter's technique: the kind of training and its fields.
VARIED = {
    "from-scratch": ("FromScratch", {}),
    "from-scratch-plain": (
        "FromScratch",
        {"plain": True, "batch": 20, "epochs": 30, "dropout": 0.0},
    ),
    "technique-1": ("FastFeatureExtraction", {}),
    "technique-2": ("FeatureExtraction", {}),
    "technique-3": ("FineTuning", {}),
    "stacked": ("Stacked", {}),
    "probe-layers": ("LayerProbe", {"layers": ("block3_pool", "block4_pool", "block5_pool")}),
    "position-probe": ("PositionProbe", {}),
    "unfrozen": ("Stacked", {"frozen": False}),
    "python-edition": ("FineTuning", {"start": "unfrozen", "unfreeze_from": "block5_conv1"}),
    "clean-labels": ("FastFeatureExtraction", {"clean": True}),
    "float32": ("FastFeatureExtraction", {"precision": "float32"}),
    "no-augmentation": ("FeatureExtraction", {"augmented": False}),
    "untrained-classifier": ("FineTuning", {"start": None}),
    "unfreeze-block5": ("FineTuning", {"unfreeze_from": "block5_conv1"}),
    "unfreeze-block4": ("FineTuning", {"unfreeze_from": "block4_conv1"}),
    "unfreeze-block2": ("FineTuning", {"unfreeze_from": "block2_conv1"}),
    "unfreeze-all": ("FineTuning", {"unfreeze_from": "block1_conv1"}),
    "large-rate-1e-4": ("FineTuning", {"learning_rate": 1e-4}),
    # As many steps: a fourth of the pictures, four times the epochs.
    "five-hundred": ("FastFeatureExtraction", {"pictures": 500, "epochs": 120}),
    "features-224": ("FastFeatureExtraction", {"size": (224, 224)}),
    "reuse-classifier": ("FastFeatureExtraction", {"size": (224, 224), "layer": "fc2"}),
    "large-rate-1e-3": ("FineTuning", {"learning_rate": 1e-3}),
    **{
        f"base-{name.lower()}": ("FastFeatureExtraction", {"base": name})
        for name in ("Xception", "InceptionV3", "ResNet50", "VGG19", "MobileNet")
    },
}
#: What a kind of training is as the chapter has it: number, and every field but the layers probed.
PLAIN = {
    "FromScratch": (0, {"plain": False}),
    "FastFeatureExtraction": (
        1,
        {
            "base": "VGG16",
            "layer": None,
            "size": (150, 150),
            "pictures": None,
            "clean": False,
            "precision": None,
        },
    ),
    "LayerProbe": (1, {}),
    "PositionProbe": (1, {}),
    "FeatureExtraction": (2, {"augmented": True}),
    "Stacked": (2, {"frozen": True}),
    "FineTuning": (
        3,
        {"unfreeze_from": "block3_conv1", "start": "technique-2", "start_epochs": None},
    ),
}


def test_a_remedy_names_only_commands_that_exist():
    for claim in claims.CLAIMS:
        for name in re.findall(r"`repro run ([\w-]+)", claim.remedy):
            assert name in EXPERIMENTS, claim.id


def test_rules_judge_the_records_of_experiments_that_exist():
    # What each of these would take, the claims' remedies say.
    missing = {"twenty-thousand"}
    named = {name for claim in claims.CLAIMS for name in claim.rule.experiments}
    assert named - {*EXPERIMENTS} == missing


def test_each_experiment_varies_what_its_question_names_and_nothing_else():
    for name, experiment in EXPERIMENTS.items():
        training = experiment.training
        kind, varied = VARIED[name]
        number, plain = PLAIN[kind]
        assert type(training).__name__ == kind, name
        found = {**vars(training), **vars(training.hyperparameters)}
        del found["hyperparameters"]
        assert found == {**vars(chapter.TECHNIQUES[number]), **plain, **varied}, name
    assert {*VARIED} == {*EXPERIMENTS}


def test_what_is_unfrozen_is_a_layer_of_the_base():
    rows = [row.name for row in chapter.BASE_LAYERS]
    for experiment in EXPERIMENTS.values():
        layer = getattr(experiment.training, "unfreeze_from", rows[0])
        probed = getattr(experiment.training, "layers", ())
        assert {layer, *probed} <= {*rows}


def test_only_what_starts_from_a_trained_classifier_is_told_of_its_epochs():
    for experiment in EXPERIMENTS.values():
        told = started_after(experiment, 5)
        assert (told != experiment) == starts_trained(experiment)
        wanted = 5 if starts_trained(experiment) else None
        assert getattr(told.training, "start_epochs", None) == wanted
    assert not starts_trained(EXPERIMENTS["untrained-classifier"])
    three = EXPERIMENTS["technique-3"]
    assert started_after(three, 30) == started_after(three, None) == three
