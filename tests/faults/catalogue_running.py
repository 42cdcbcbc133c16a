"""Faults of putting it together: which pictures, which settings and which kept state a run uses."""

from __future__ import annotations

from tests.faults.fault import fault

RUNS = "running/test_recording.py"
TRIALS = "plans/test_trial.py"
GATHERED = "plans/test_materials.py"
ONE = "techniques/test_fast_feature_extraction.py"
TWO = "techniques/test_feature_extraction.py"
THREE = "techniques/test_fine_tuning.py"
FOLDERS = f"{TRIALS}::test_no_two_trainings_recipes_or_precisions_share_a_folder"
KEYS = f"{TRIALS}::test_feature_maps_are_kept_under_everything_that_they_depend_on"
SOFTWARE = f"{TRIALS}::test_other_software_finds_neither_checkpoints_nor_features"
BASE = f"{TRIALS}::test_the_base_has_the_materials_tensors_and_the_plans_precision"
VARIED = "test_experiments.py::test_each_experiment_varies_what_its_question_names_and_nothing_else"

FAULTS = (
    fault(
        "evaluated-on-training",
        "Validation and test figures are those of the training pictures",
        f"{TWO}::test_validation_and_test_pictures_are_never_augmented",
        ("plans/trial.py", ".materials.folds[fold] for fold", '.materials.folds["train"] for fold'),
    ),
    fault(
        "one-folds-features-for-all",
        "The training fold's kept features are found again for the other folds",
        f"{ONE}::test_each_fold_has_its_own_features_and_the_base_passes_once",
        ("plans/trial.py", '.digests[f"pixels-{fold}"]', '.digests["pixels-train"]'),
    ),
    fault(
        "one-layers-features-for-all",
        "Every layer's feature maps are kept under the whole base's name",
        KEYS,
        ("plans/trial.py", "base=layer or name", "base=name"),
    ),
    fault(
        "precision-not-in-the-key",
        "Feature maps of another precision are found again",
        KEYS,
        ("plans/trial.py", "precision=self.plan.precision,", 'precision="float32",'),
    ),
    fault(
        "software-not-in-the-key",
        "Feature maps that another Keras has computed are found again",
        SOFTWARE,
        ("plans/trial.py", "software=engines.software(self.plan.engine),", 'software="",'),
    ),
    fault(
        "software-not-in-the-folder",
        "A run goes on from checkpoints that another Keras has left",
        SOFTWARE,
        ("plans/trial.py", "            environment.software(),\n        ]", "        ]"),
    ),
    fault(
        "precision-not-used",
        "The base computes in float32 while the record says bfloat16",
        BASE,
        ("plans/trial.py", '"precision": self.plan.precision,', '"precision": "float32",'),
    ),
    fault(
        "base-without-tensors",
        "Features are extracted with a random base instead of the ImageNet weights",
        BASE,
        ("plans/trial.py", "tensors=self.materials.tensors, **options", "tensors=None, **options"),
    ),
    fault(
        "another-seeds-classifier",
        "Fine-tuning of every seed begins with the classifier of seed 0",
        f"{THREE}::test_every_seed_and_recipe_has_a_classifier_of_its_own",
        ("techniques/fine_tuning.py", "(trial.start, seed)", "(trial.start, 0)"),
    ),
    fault(
        "another-recipes-classifier",
        "Fine-tuning begins with the classifier of today's recipe, whatever its own",
        f"{TRIALS}::test_fine_tuning_starts_from_the_same_recipe_precision_and_seeds",
        ("plans/plan.py", "self, experiment=before,", "self, recipe=TODAY, experiment=before,"),
    ),
    fault(
        "half-trained-classifier",
        "Fine-tuning begins with a classifier that technique 2 has not finished",
        f"{THREE}::test_a_classifier_that_is_not_finished_is_refused",
        ("techniques/fine_tuning.py", "kept is None or kept.epoch != wanted:", "kept is None:"),
    ),
    fault(
        "frozen-base-of-the-python-edition",
        "The Python edition's fine-tuning starts from the published base, not from the trained one",
        f"{THREE}::test_the_python_edition_starts_from_the_unfrozen_base_and_its_classifier",
        ("techniques/fine_tuning.py", "    if before:\n", "    if False:\n"),
    ),
    fault(
        "best-layer-epoch",
        "The classifiers on earlier layers are compared by their best epochs",
        f"{ONE}::test_layers_are_compared_by_the_last_epoch",
        (
            "techniques/fast_feature_extraction.py",
            "np.mean([one.history.val_accuracy[-1] for",
            "np.mean([max(one.history.val_accuracy) for",
        ),
    ),
    fault(
        "run-key-too-coarse",
        "A run goes on from the checkpoints of another training fold",
        f"{TRIALS}::test_inputs_decide_the_folder[pixels-train]",
        ("plans/trial.py", "for name in _INPUTS", 'for name in _INPUTS if name != "pixels-train"'),
    ),
    fault(
        "recipe-not-in-the-key",
        "A run goes on from the checkpoints of another year's recipe",
        FOLDERS,
        ("plans/trial.py", "            asdict(self.recipe),\n", ""),
    ),
    fault(
        "training-not-in-the-key",
        "A run goes on from the checkpoints of another kind of training",
        FOLDERS,
        ("plans/trial.py", ".__name__,\n            asdict(training)", ".__name__"),
    ),
    fault(
        "fresh-goes-on",
        "A run that is to start anew goes on from its checkpoints",
        f"{RUNS}::test_a_fresh_run_does_not_go_on_from_an_earlier_one",
        ("running.py", "            trial.forget()\n", "            pass\n"),
    ),
    fault(
        "numbering-not-passed-on",
        "The Python edition's pictures are asked for and the R edition's are used",
        f"{GATHERED}::test_originals_are_prepared_as_asked_and_checked",
        ("plans/materials.py", ".prepare(originals, numbering=numbering)", ".prepare(originals)"),
    ),
    fault(
        "originals-unchecked",
        "Real pictures are not compared with the fingerprints",
        f"{GATHERED}::test_originals_are_prepared_as_asked_and_checked",
        ("plans/materials.py", "genuine=originals is not None", "genuine=False"),
    ),
    fault(
        "resize-not-passed-on",
        "The recipe's resampling of the resize is not used",
        f"{GATHERED}::test_originals_are_prepared_as_asked_and_checked",
        ("plans/materials.py", "paths[fold], interpolation=interpolation", "paths[fold]"),
    ),
    fault(
        "drawn-pictures-as-evidence",
        "Drawn pictures with the real weights are taken for a real run",
        f"{GATHERED}::test_drawn_pictures_are_a_demonstration_whatever_the_weights",
        ("plans/materials.py", "tion=originals is None", "tion=not real_weights"),
    ),
    fault(
        "no-augmentation-augments",
        "The experiment without augmentation augments",
        VARIED,
        ("experiments.py", "FeatureExtraction(augmented=False)", "FeatureExtraction()"),
    ),
    fault(
        "augmentation-not-left-out",
        "Technique 2 augments where its experiment says not to",
        f"{TWO}::test_augmentation_is_left_out_where_the_experiment_says_so",
        ("techniques/feature_extraction.py", " if trial.plan.training.augmented else None", ""),
    ),
    fault(
        "unfrozen-is-frozen",
        "The experiment with an unfrozen base leaves it frozen",
        VARIED,
        ("experiments.py", "        Stacked(frozen=False),\n", "        Stacked(),\n"),
    ),
    fault(
        "experiment-not-passed-on",
        "The command line runs every experiment as technique 2",
        "cli/test_cli.py::test_an_experiment_reaches_the_run[unfrozen]",
        (
            "cli/application.py",
            '    experiment = options.named("run", name, EXPERIMENTS)\n',
            '    experiment = EXPERIMENTS["technique-2"]\n',
        ),
    ),
    fault(
        "start-epochs-not-passed-on",
        "Fine-tuning is told how long its start has trained, and does not listen",
        "cli/test_cli.py::test_fine_tuning_is_told_how_long_its_start_has_trained",
        ("cli/application.py", "started_after(experiment, start_epochs)", "experiment"),
    ),
    fault(
        "first-seeds-curve",
        "The page's mean curve is the first seed's",
        "report/test_figures.py::test_no_seed_stands_before_the_others",
        ("report/_figures.py", "return np.nanmean(table, axis=0)", "return table[0]"),
    ),
)
