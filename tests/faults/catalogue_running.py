"""Faults of putting it together: which pictures, which settings and which kept state a run uses."""

from __future__ import annotations

from tests.faults.fault import fault

RUNS = "running/test_techniques.py"
GATHERED = "running/test_materials.py"

FAULTS = (
    fault(
        "evaluated-on-training",
        "Validation and test figures are those of the training pictures",
        f"{RUNS}::test_runs_in_one_graph_get_their_folds_and_settings[unfrozen]",
        (
            "running/techniques.py",
            "return {fold: materials.folds[fold] for fold",
            'return {fold: materials.folds["train"] for fold',
        ),
    ),
    fault(
        "one-folds-features-for-all",
        "The training fold's kept features are found again for the other folds",
        f"{RUNS}::test_each_fold_has_its_own_features",
        (
            "running/techniques.py",
            'pictures=materials.digests[f"pixels-{fold}"]',
            'pictures=materials.digests["pixels-train"]',
        ),
    ),
    fault(
        "one-layers-features-for-all",
        "Every layer's feature maps are kept under the whole base's name",
        f"{RUNS}::test_each_layer_has_its_own_features",
        ("running/techniques.py", "base=plan.layer or ", "base="),
    ),
    fault(
        "precision-not-used",
        "The base computes in float32 while the record says bfloat16",
        f"{RUNS}::test_the_base_has_the_plans_tensors_and_precision",
        (
            "running/techniques.py",
            "tensors=materials.tensors, precision=plan.precision",
            "tensors=materials.tensors",
        ),
    ),
    fault(
        "base-without-tensors",
        "Features are extracted with a random base instead of the ImageNet weights",
        f"{RUNS}::test_the_base_has_the_plans_tensors_and_precision",
        ("running/techniques.py", "tensors=materials.tensors, precision", "precision"),
    ),
    fault(
        "unfrozen-runs-frozen",
        "The experiment with an unfrozen base runs with the frozen one",
        f"{RUNS}::test_runs_in_one_graph_get_their_folds_and_settings[unfrozen]",
        ("running/techniques.py", "frozen=plan.frozen", "frozen=True"),
    ),
    fault(
        "another-seeds-classifier",
        "Fine-tuning of every seed begins with the classifier of seed 0",
        f"{RUNS}::test_fine_tuning_takes_technique_2s_classifier_of_its_own_seed_and_recipe",
        (
            "running/techniques.py",
            "environment.software()), seed)\n    assert",
            "environment.software()), 0)\n    assert",
        ),
    ),
    fault(
        "another-recipes-classifier",
        "Fine-tuning begins with the classifier of today's recipe, whatever its own",
        f"{RUNS}::test_fine_tuning_takes_technique_2s_classifier_of_its_own_seed_and_recipe",
        (
            "running/techniques.py",
            "recipe=plan.recipe,\n        precision=plan.precision,\n        seeds=(seed,)",
            "precision=plan.precision,\n        seeds=(seed,)",
        ),
    ),
    fault(
        "half-trained-classifier",
        "Fine-tuning begins with a classifier that technique 2 has not finished",
        f"{RUNS}::test_a_classifier_that_is_not_finished_is_refused",
        ("running/techniques.py", "kept is None or kept.epoch != wanted:", "kept is None:"),
    ),
    fault(
        "best-layer-epoch",
        "The classifiers on earlier layers are compared by their best epochs",
        f"{RUNS}::test_layers_are_compared_by_the_last_epoch",
        (
            "running/probing.py",
            "np.mean([one.history.val_accuracy[-1] for",
            "np.mean([max(one.history.val_accuracy) for",
        ),
    ),
    fault(
        "run-key-too-coarse",
        "A run goes on from the checkpoints of another training fold",
        "running/test_plan.py::test_inputs_decide_the_folder[pixels-train]",
        (
            "running/plan.py",
            "if name in _INPUTS}",
            'if name in _INPUTS and name != "pixels-train"}',
        ),
    ),
    fault(
        "recipe-not-in-the-key",
        "A run goes on from the checkpoints of another year's recipe",
        "running/test_plan.py::test_what_decides_the_bits_decides_the_folder",
        ("running/plan.py", "asdict(self.recipe), inputs", "self.recipe.preprocessing, inputs"),
    ),
    fault(
        "numbering-not-passed-on",
        "The Python edition's pictures are asked for and the R edition's are used",
        f"{GATHERED}::test_originals_are_prepared_as_asked_and_checked",
        (
            "running/materials.py",
            "dataset.prepare(originals, numbering=numbering)",
            "dataset.prepare(originals)",
        ),
    ),
    fault(
        "originals-unchecked",
        "Real pictures are not compared with the fingerprints",
        f"{GATHERED}::test_originals_are_prepared_as_asked_and_checked",
        ("running/materials.py", "genuine=originals is not None", "genuine=False"),
    ),
    fault(
        "resize-not-passed-on",
        "The recipe's resampling of the resize is not used",
        f"{GATHERED}::test_originals_are_prepared_as_asked_and_checked",
        (
            "running/materials.py",
            "split.paths(fold), interpolation=interpolation",
            "split.paths(fold)",
        ),
    ),
    fault(
        "drawn-pictures-as-evidence",
        "Drawn pictures with the real weights are taken for a real run",
        f"{GATHERED}::test_drawn_pictures_are_a_demonstration_whatever_the_weights",
        (
            "running/materials.py",
            "originals is None or not real_weights",
            "originals is None and not real_weights",
        ),
    ),
    fault(
        "no-augmentation-augments",
        "The experiment without augmentation augments",
        "test_experiments.py::test_each_experiment_varies_what_its_question_names",
        ("experiments.py", "replace(FEATURE_EXTRACTION, augmented=False)", "FEATURE_EXTRACTION"),
    ),
    fault(
        "unfrozen-is-frozen",
        "The experiment with an unfrozen base leaves it frozen",
        "test_experiments.py::test_each_experiment_varies_what_its_question_names",
        (
            "experiments.py",
            "        FEATURE_EXTRACTION,\n        frozen=False,\n",
            "        FEATURE_EXTRACTION,\n",
        ),
    ),
    fault(
        "experiment-not-passed-on",
        "The command line runs every experiment with a frozen base",
        "cli/test_cli.py::test_an_experiment_reaches_the_run[unfrozen]",
        ("running/plan.py", '            "frozen": experiment.frozen,\n', ""),
    ),
)
