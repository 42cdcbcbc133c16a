"""Faults of training: hyperparameters, order, epochs, evaluation."""

from __future__ import annotations

from tests.faults.fault import fault

EPOCHS = "training/test_epochs.py"
ONE = "techniques/test_fast_feature_extraction.py"
TWO = "techniques/test_feature_extraction.py"
THREE = "techniques/test_fine_tuning.py"
SCRATCH = "techniques/test_from_scratch.py::test_an_epoch_takes_a_pass_and_three_fifths_of_another"
OWN_PICTURES = (
    f"{THREE}::test_every_seed_sees_augmented_pictures_of_its_own_and_none_of_technique_2s"
)
ORDERS = "test_folds.py::test_an_epoch_sees_every_picture_once_and_no_two_orders_agree"
BATCHES = f"{EPOCHS}::test_pictures_keep_their_labels_when_shuffled"
VALIDATED = "validated = evaluate(run.predict(validation.values), validation.labels)"
LAST = f"{ONE}::test_it_learns_and_repeats_and_the_last_epoch_is_what_is_evaluated"
STATED = "test_chapter.py::test_each_technique_is_the_chapters"

FAULTS = (
    fault(
        "learning-rates-swapped",
        "Feature extraction and fine-tuning have each other's learning rate",
        STATED,
        ("chapter.py", 'feature extraction end to end", 2e', 'feature extraction end to end", 1e'),
        ("chapter.py", 'Technique(3, "fine-tuning", 1e-5,', 'Technique(3, "fine-tuning", 2e-5,'),
    ),
    fault(
        "dropout-in-technique-2",
        "Technique 2 drops half of the hidden units, as technique 1 does",
        f"{ONE}::test_it_drops_half_of_the_units_and_technique_2_none",
        ("chapter.py", ", 2e-5, 20, 100, 30, 50, 0.0", ", 2e-5, 20, 100, 30, 50, 0.5"),
    ),
    fault(
        "no-dropout-in-technique-1",
        "Technique 1 drops no hidden unit",
        STATED,
        ("chapter.py", ", 2e-5, 20, 100, 30, 50, 0.5", ", 2e-5, 20, 100, 30, 50, 0.0"),
    ),
    fault(
        "dropout-left-out",
        "The classifier's dropout layer is never built",
        f"{ONE}::test_it_drops_half_of_the_units_and_technique_2_none",
        ("training/shared_passes.py", "dropout=hyperparameters.dropout, ", ""),
    ),
    fault(
        "validation-steps-short",
        "49 batches of 20 are validated on, not the whole fold",
        "claims/test_verdicts.py::test_a_verdict_follows_from_the_records[steps-times-batch-arithmetic]",
        ("chapter.py", ", 1e-5, 20, 100, 100, 50,", ", 1e-5, 20, 100, 100, 49,"),
    ),
    fault(
        "half-a-validation",
        "An epoch validates on half of the fold",
        LAST,
        ("training/epochs.py", "), validation.labels", "[::2]), validation.labels[::2]"),
    ),
    fault(
        "labels-shuffled-apart",
        "Pictures are shuffled and their labels are not",
        BATCHES,
        ("training/epochs.py", "labels[chosen].astype", "labels[: len(chosen)].astype"),
    ),
    fault(
        "shuffled-again",
        "Keras shuffles once more, so an epoch depends on its random state",
        BATCHES,
        ("training/epochs.py", "shuffle=False", "shuffle=True"),
    ),
    fault(
        "another-batch",
        "Batches hold 32 pictures, Keras's default, instead of the chapter's 20",
        BATCHES,
        ("training/epochs.py", "        batch_size=batch,\n", "        batch_size=32,\n"),
    ),
    fault(
        "drawn-with-replacement",
        "An epoch draws pictures with replacement: some are not seen, some twice",
        ORDERS,
        ("folds.py", "generator.permutation(n)", "generator.integers(0, n, n)"),
    ),
    fault(
        "same-order-every-epoch",
        "Every epoch takes the pictures in the same order",
        ORDERS,
        ("folds.py", "default_rng([seed, epoch, n, _ORDER])", "default_rng([seed, n, _ORDER])"),
    ),
    fault(
        "epoch-number-lost",
        "Every epoch gets the augmentation of epoch 0",
        OWN_PICTURES,
        ("folds.py", "spec, seed=seed, epoch=epoch)", "spec, seed=seed, epoch=0)"),
    ),
    fault(
        "augmentation-repeated",
        "Fine-tuning begins with the augmented pictures that technique 2 has seen",
        OWN_PICTURES,
        ("techniques/fine_tuning.py", "= chapter.FEATURE_EXTRACTION.epochs", "= 0"),
    ),
    fault(
        "not-augmented",
        "Techniques that augment train on the plain pictures",
        OWN_PICTURES,
        ("training/on_pictures.py", "spec = Spec.of(trial.recipe)", "spec = None"),
    ),
    fault(
        "validation-augmented",
        "Validation and test pictures are augmented, too",
        f"{TWO}::test_validation_and_test_pictures_are_never_augmented",
        (
            "training/on_pictures.py",
            'validation = trial.evaluated["validation"]\n',
            'validation = trial.evaluated["validation"]\n'
            "            drawn = augmented_epoch(validation, spec, seed=seed, epoch=0)\n"
            "            validation = type(validation)(drawn, validation.labels)\n",
        ),
    ),
    fault(
        "labels-of-two-passes",
        "An epoch of more than one pass repeats each label instead of the labels",
        SCRATCH,
        ("training/on_pictures.py", ".tile(train.labels, passes)", ".repeat(train.labels, passes)"),
    ),
    fault(
        "frozen-ignored",
        "Technique 2 in one model trains the base, though it is to be frozen",
        f"{TWO}::test_a_frozen_base_keeps_every_bit_and_an_unfrozen_one_none",
        ("techniques/feature_extraction.py", "    if trial.plan.", "    if not trial.plan."),
    ),
    fault(
        "unfrozen-wholly",
        "Fine-tuning trains the whole base",
        f"{THREE}::test_it_trains_and_tells_the_moves_from_block_3_on_and_the_classifier",
        (
            "techniques/fine_tuning.py",
            "    model.unfreeze_from(base, trial.plan.training.unfreeze_from)\n",
            "    model.unfreeze(base)\n",
        ),
    ),
    fault(
        "classifier-reset",
        "Fine-tuning begins with a new classifier instead of the trained one",
        f"{THREE}::test_it_goes_on_from_the_classifier_that_technique_2_trained",
        ("techniques/fine_tuning.py", "    if trial.start is not None:\n", "    if False:\n"),
    ),
    fault(
        "change-of-the-moved-kernel",
        "How far a kernel moved is taken relative to the moved kernel",
        f"{THREE}::test_a_kernels_move_is_told_in_parts_of_the_published_one",
        ("techniques/fine_tuning.py", "linalg.norm(before)", "linalg.norm(layer.get_weights()[0])"),
    ),
    fault(
        "seeds-identical",
        "All seeds of technique 1 train the first seed's classifier",
        LAST,
        (
            "techniques/fast_feature_extraction.py",
            "begin_classifier(trial, seed, ",
            "begin_classifier(trial, trial.seeds[0], ",
        ),
    ),
    fault(
        "threshold",
        "A picture counts as a dog from 0.6 on",
        "training/test_evaluation.py::test_loss_and_accuracy_are_keras_own",
        ("training/evaluation.py", "THRESHOLD = 0.5", "THRESHOLD = 0.6"),
    ),
    fault(
        "confusion-transposed",
        "The confusion matrix has what was said in its rows",
        "training/test_evaluation.py::test_counts_add_up",
        (
            "training/evaluation.py",
            "2 * truth + said_dog",
            "2 * said_dog + truth",
        ),
    ),
    fault(
        "loss-unclipped",
        "A certain and wrong probability costs 100 nats instead of Keras's 16",
        "training/test_evaluation.py::test_loss_and_accuracy_are_keras_own",
        ("training/evaluation.py", "CLIP = np.float32(1e-7)", "CLIP = np.float32(1e-38)"),
    ),
    fault(
        "training-accuracy-as-validation",
        "The history's validation accuracy is the training accuracy",
        LAST,
        ("training/epochs.py", "append(validated.accuracy)", 'append(float(logs["accuracy"][0]))'),
    ),
    fault(
        "validated-on-training",
        "Technique 1 validates on the pictures that it trains on",
        LAST,
        ("techniques/fast_feature_extraction.py", 'folds["validation"],', "train,"),
    ),
    fault(
        "validated-before-training",
        "An epoch is validated before its training steps",
        LAST,
        (
            "training/epochs.py",
            "    logs = run.model.fit(\n",
            f"    {VALIDATED}\n    logs = run.model.fit(\n",
        ),
        ("training/epochs.py", f"    ).history\n    {VALIDATED}\n", "    ).history\n"),
    ),
    fault(
        "dropout-repeated",
        "Every epoch drops the same units",
        "model/test_dropout.py::test_an_epochs_dropout_depends_on_seed_and_epoch_alone",
        ("_keras.py", "np.random.SeedSequence([seed, epoch])", "np.random.SeedSequence([seed])"),
    ),
)
