"""Faults of the frozen base's engines: which is taken, what it computes, what it shares."""

from __future__ import annotations

from tests.faults.fault import fault

AUTO = "engines/test_choice.py::test_auto_takes_hardware_first_then_ncnn_where_it_is_installed"
REFUSED = "engines/test_choice.py::test_what_ncnn_cannot_do_is_named"
APART = "engines/test_choice.py::test_two_engines_share_neither_a_folder_nor_feature_maps"
VERSIONS = "engines/test_choice.py::test_other_versions_and_processors_are_other_software"
SUITED = "engines/test_choice.py::test_only_a_frozen_vgg16_in_float32_is_anything_for_ncnn"
MAPS = "engines/test_ncnn.py::test_every_probed_layers_feature_maps_are_keras_own"

FAULTS = (
    fault(
        "ncnn-before-bfloat16",
        "ncnn is taken where the processor computes in bfloat16, which is faster",
        AUTO,
        ("engines/choice.py", '== "keras" or chosen != "float32" or', '== "keras" or'),
    ),
    fault(
        "ncnn-before-a-gpu",
        "ncnn computes on the processor beside a GPU",
        AUTO,
        ("engines/choice.py", "_keras.accelerator() is None else", "True else"),
    ),
    fault(
        "ncnn-for-everything",
        "ncnn is accepted for what it cannot compute",
        REFUSED,
        ("engines/choice.py", "    check(engine, precision, experiments)\n", ""),
    ),
    fault(
        "engine-not-in-the-key",
        "Feature maps of one engine are found again for the other",
        APART,
        ("engines/choice.py", 'engine == "keras":\n        return', "engine:\n        return"),
    ),
    fault(
        "engine-not-in-the-folder",
        "A run goes on from the checkpoints that another engine's feature maps led to",
        APART,
        ("plans/trial.py", 'if self.plan.engine != "keras":', "if not self.plan.engine:"),
    ),
    fault(
        "engine-without-its-version",
        "Feature maps of another ncnn are found again",
        f"{VERSIONS}[version]",
        ("engines/choice.py", "ncnn {environment.version('ncnn')}, ", "ncnn, "),
    ),
    fault(
        "engine-without-the-processor",
        "ncnn's feature maps of another processor are found again",
        f"{VERSIONS}[processor]",
        ("engines/choice.py", ", {environment.processor()}", ""),
    ),
    fault(
        "ncnn-said-of-bfloat16",
        "A record says ncnn where Keras computed in bfloat16",
        SUITED,
        ("plans/plan.py", 'self.precision != "float32" or frozen_base', "frozen_base"),
    ),
    fault(
        "ncnn-for-another-base",
        "Another base's plan is given to ncnn, which has VGG16 only",
        SUITED,
        ("plans/plan.py", "(self.training) != chapter.BASE_NAME", "(self.training) is None"),
    ),
    fault(
        "fine-tuning-from-the-other-engine",
        "Fine-tuning starts from the classifier that Keras's feature maps led to",
        "engines/test_choice.py::test_fine_tuning_starts_from_the_engines_own_run_and_trains_on_keras",
        ("experiments.py", "frozen_base(EXPERIMENTS[training.start].training)", "None"),
    ),
    fault(
        "ncnn-spins",
        "ncnn's threads spin while they wait, and take the cores from the classifiers",
        "engines/test_choice.py::test_ncnns_threads_wait_asleep_unless_the_user_says_otherwise",
        ("engines/ncnn.py", 'setdefault(_WAITING, "passive")', 'setdefault(_WAITING, "active")'),
    ),
    fault(
        "ncnn-kernels-mirrored",
        "ncnn gets kernels whose rows and columns are exchanged",
        MAPS,
        ("engines/ncnn.py", "transpose(3, 2, 0, 1)", "transpose(3, 2, 1, 0)"),
    ),
    fault(
        "ncnn-without-biases",
        "ncnn gets the published kernels and no biases",
        MAPS,
        ("engines/ncnn.py", 'yield tensors[f"{name}/bias"]', 'yield (0 * tensors[f"{name}/bias"])'),
    ),
    fault(
        "ncnn-averages",
        "ncnn pools by the average",
        MAPS,
        ("engines/ncnn.py", "0=0 1=2 2=2 5=1", "0=1 1=2 2=2 5=1"),
    ),
    fault(
        "ncnn-without-relu",
        "ncnn's convolutions have no activation",
        MAPS,
        ("engines/ncnn.py", "6={kernel.size} 9=1", "6={kernel.size}"),
    ),
    fault(
        "ncnn-in-bfloat16",
        "ncnn computes in bfloat16 and the record says float32",
        MAPS,
        ("engines/ncnn.py", "network.opt, option, False", 'network.opt, option, "bf16" in option'),
    ),
    fault(
        "ncnn-means-in-rgb",
        "ncnn's preprocessing subtracts VGG's means from RGB instead of BGR",
        f"{MAPS}[imagenet-layers1]",
        ("engines/ncnn.py", "pixels[..., ::-1] - np", "pixels - np"),
    ),
    fault(
        "ncnn-out-of-memory-unseen",
        "A picture that ncnn had no memory for gets whatever is there",
        "engines/test_ncnn.py::test_full_memory_is_an_error_and_no_picture",
        ("engines/ncnn.py", "            if code:", "            if code > 0:"),
    ),
    fault(
        "ncnn-whole-base",
        "A probe of layers gets the whole base's feature maps from ncnn",
        "engines/test_ncnn.py::test_a_trial_computes_its_own_layer_of_its_own_tensors",
        ("plans/trial.py", "size=(height, width), layer=layer)", "size=(height, width))"),
    ),
    fault(
        "engine-untold",
        "The headline does not say that another engine computed the base",
        "engines/test_records.py::test_the_headline_names_the_engine_and_its_version_where_it_is_not_keras",
        ("cli/headline.py", '"" if made.engine == "keras" else', '"" if made.engine else'),
    ),
    fault(
        "ncnn-in-the-matrix",
        "A probe's accuracies are ncnn's, and the matrix takes them for Keras's",
        "probe/test_probe_files.py::test_agreement_of_anything_else_is_refused",
        ("probe/_measure.py", 'if run.engine != "keras":', "if not run.engine:"),
    ),
)
