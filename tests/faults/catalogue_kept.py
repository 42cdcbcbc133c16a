"""Faults of what is kept: checkpoints and resuming, feature maps on disk."""

from __future__ import annotations

from tests.faults.fault import fault

RESUMED = "training/test_resume.py::test_killed_and_resumed_is_uninterrupted"
SOFTWARE = "test_environment.py::test_any_other_keras_backend_version_or_device_is_other_software"

FAULTS = (
    fault(
        "epoch-repeated",
        "A resumed run repeats its last epoch",
        f"{RESUMED}[one-2-after-1]",
        ("training/epochs.py", '(kept.meta["history"][name])', '(kept.meta["history"][name])[:-1]'),
    ),
    fault(
        "epoch-skipped",
        "A resumed run skips the next epoch's augmentation and order",
        f"{RESUMED}[three-2-after-1]",
        (
            "training/epochs.py",
            "for name in HISTORY_FIELDS}\n    logger",
            "for name in HISTORY_FIELDS}\n    for values in run.history.values():\n"
            "        values.append(values[-1])\n    logger",
        ),
    ),
    fault(
        "optimiser-forgotten",
        "A resumed run begins with a new optimiser",
        f"{RESUMED}[three-2-after-1]",
        ("training/epochs.py", "_keras.set_optimizer_state(model", "(lambda *_: None)(model"),
    ),
    fault(
        "weights-not-restored",
        "A resumed run begins with new weights and the old history",
        f"{RESUMED}[three-2-after-1]",
        (
            "training/epochs.py",
            '        variable.assign(kept.arrays[f"weight-{position}"])\n',
            '        kept.arrays[f"weight-{position}"]\n',
        ),
    ),
    fault(
        "checkpoint-in-place",
        "A checkpoint is written in its place, so a killed run leaves half of one",
        "training/test_resume.py::test_a_failed_write_leaves_the_one_before",
        ("checkpoint.py", "with replacing(path) as stream", 'with path.open("wb") as stream'),
    ),
    fault(
        "stale-features",
        "Kept feature maps are used without looking whether they are what was written",
        "model/test_features.py::test_a_damaged_file_is_made_again[flip]",
        ("features.py", " or _checksum(kept) != checksum:", " or not checksum:"),
    ),
    fault(
        "feature-key-too-coarse",
        "Feature maps in bfloat16 are found again for float32",
        "model/test_features.py::test_every_part_of_the_key_matters[precision]",
        (
            "features.py",
            "*vars(self).values()]",
            '*(v for k, v in vars(self).items() if k != "precision")]',
        ),
    ),
    fault(
        "software-without-keras",
        "The key of features and checkpoints leaves out Keras's version",
        SOFTWARE,
        ("environment.py", "keras {_keras.keras.__version__}, ", "keras, "),
    ),
    fault(
        "software-without-the-backends-version",
        "The key of features and checkpoints leaves out the backend's version",
        SOFTWARE,
        ("environment.py", "{_keras.backend()} {backend_version()}", "{_keras.backend()}"),
    ),
    fault(
        "software-without-the-backend",
        "Features of TensorFlow are found again for another backend of the same version",
        SOFTWARE,
        ("environment.py", "{_keras.backend()} {backend_version()}", "{backend_version()}"),
    ),
    fault(
        "software-without-the-device",
        "Features of one processor or GPU are found again on another",
        SOFTWARE,
        ("environment.py", " {backend_version()}, {device}", " {backend_version()}"),
    ),
    fault(
        "filler-in-the-batch",
        "A batch that is not full is not filled up, so a feature map may depend on its company",
        "engines/test_keras.py::test_every_batch_has_one_size",
        ("engines/keras.py", "if len(filler) else part", "if False else part"),
    ),
)
