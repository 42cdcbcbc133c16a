"""Faults of seeds: what two runs share that should differ, and the other way round."""

from __future__ import annotations

from tests.faults.fault import fault

EPOCHS = "training/test_epochs.py"
ONE = "techniques/test_fast_feature_extraction.py"
THREE = "techniques/test_fine_tuning.py"
SCRATCH = "techniques/test_from_scratch.py::test_an_epoch_takes_a_pass_and_three_fifths_of_another"
OWN_PICTURES = (
    f"{THREE}::test_every_seed_sees_augmented_pictures_of_its_own_and_none_of_technique_2s"
)
ORDERS = "test_folds.py::test_an_epoch_sees_every_picture_once_and_no_two_orders_agree"

FAULTS = (
    fault(
        "fine-tuning-shares-pictures",
        "Fine-tuning draws every seed's augmentation from seed 0",
        OWN_PICTURES,
        ("techniques/fine_tuning.py", "augmentation_seed=seed", "augmentation_seed=0"),
    ),
    fault(
        "scratch-shares-pictures",
        "Training from scratch draws every seed's augmentation from seed 0",
        SCRATCH,
        ("techniques/from_scratch.py", "augmentation_seed=seed", "augmentation_seed=0"),
    ),
    fault(
        "shared-pictures-not-shared",
        "Technique 2's shared pass augments with the seed 1, the plain way with the seed 0",
        OWN_PICTURES,
        ("techniques/feature_extraction.py", "spec, seed=AUGMENTATION_SEED", "spec, seed=1"),
    ),
    fault(
        "dropout-of-seed-0",
        "An epoch's dropout is started from seed 0, whatever the run's seed",
        f"{EPOCHS}::test_dropout_is_drawn_anew_in_every_epoch_and_from_the_runs_seed",
        ("training/epochs.py", "(run.model, run.seed, run.epoch)", "(run.model, 0, run.epoch)"),
    ),
    fault(
        "dropout-of-epoch-0",
        "Every epoch starts its dropout as epoch 0",
        f"{EPOCHS}::test_dropout_is_drawn_anew_in_every_epoch_and_from_the_runs_seed",
        ("training/epochs.py", "(run.model, run.seed, run.epoch)", "(run.model, run.seed, 0)"),
    ),
    fault(
        "order-of-seed-0",
        "Every run takes the pictures in the order of seed 0",
        ORDERS,
        ("folds.py", "default_rng([seed, epoch, n, _ORDER])", "default_rng([epoch, n, _ORDER])"),
    ),
)
