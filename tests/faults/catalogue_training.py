"""Faults of training: hyperparameters, order, epochs, evaluation."""

from __future__ import annotations

from tests.faults.fault import fault

TECHNIQUES = "training/test_techniques.py"
ORDERS = f"{TECHNIQUES}::test_an_epoch_sees_every_picture_once_and_no_two_orders_agree"
BATCHES = f"{TECHNIQUES}::test_pictures_keep_their_labels_when_shuffled"
VALIDATED = "validated = evaluate(run.predict(validation.values), validation.labels)"
LAST = f"{TECHNIQUES}::test_the_last_epoch_is_what_is_evaluated"
STATED = "test_chapter.py::test_each_technique_is_the_chapters"

FAULTS = (
    fault(
        "learning-rates-swapped",
        "Feature extraction and fine-tuning have each other's learning rate",
        STATED,
        (
            "chapter.py",
            'FEATURE_EXTRACTION = Technique(2, "feature extraction end to end", 2e-5,',
            'FEATURE_EXTRACTION = Technique(2, "feature extraction end to end", 1e-5,',
        ),
        ("chapter.py", 'Technique(3, "fine-tuning", 1e-5,', 'Technique(3, "fine-tuning", 2e-5,'),
    ),
    fault(
        "dropout-in-technique-2",
        "Technique 2 drops half of the hidden units, as technique 1 does",
        f"{TECHNIQUES}::test_technique_1_drops_half_of_the_units_and_technique_2_none",
        (
            "chapter.py",
            '"feature extraction end to end", 2e-5, 20, 100, 30, 50, 0.0',
            '"feature extraction end to end", 2e-5, 20, 100, 30, 50, 0.5',
        ),
    ),
    fault(
        "no-dropout-in-technique-1",
        "Technique 1 drops no hidden unit",
        STATED,
        (
            "chapter.py",
            '"fast feature extraction", 2e-5, 20, 100, 30, 50, 0.5',
            '"fast feature extraction", 2e-5, 20, 100, 30, 50, 0.0',
        ),
    ),
    fault(
        "dropout-left-out",
        "The classifier's dropout layer is never built",
        f"{TECHNIQUES}::test_technique_1_drops_half_of_the_units_and_technique_2_none",
        ("training/classifiers.py", "dropout=technique.dropout, ", ""),
    ),
    fault(
        "validation-steps-short",
        "49 batches of 20 are validated on, not the whole fold",
        "claims/test_verdicts.py::test_a_verdict_follows_from_the_records[steps-times-batch-arithmetic]",
        (
            "chapter.py",
            '"fine-tuning", 1e-5, 20, 100, 100, 50,',
            '"fine-tuning", 1e-5, 20, 100, 100, 49,',
        ),
    ),
    fault(
        "half-a-validation",
        "An epoch validates on half of the fold",
        LAST,
        (
            "training/run.py",
            "evaluate(run.predict(validation.values), validation.labels)",
            "evaluate(run.predict(validation.values[::2]), validation.labels[::2])",
        ),
    ),
    fault(
        "labels-shuffled-apart",
        "Pictures are shuffled and their labels are not",
        BATCHES,
        ("training/run.py", "labels[chosen].astype", "labels[: len(chosen)].astype"),
    ),
    fault(
        "shuffled-again",
        "Keras shuffles once more, so an epoch depends on its random state",
        BATCHES,
        ("training/run.py", "shuffle=False", "shuffle=True"),
    ),
    fault(
        "another-batch",
        "Batches hold 32 pictures, Keras's default, instead of the chapter's 20",
        BATCHES,
        ("training/run.py", "        batch_size=batch,\n", "        batch_size=32,\n"),
    ),
    fault(
        "drawn-with-replacement",
        "An epoch draws pictures with replacement: some are not seen, some twice",
        ORDERS,
        ("training/data.py", "generator.permutation(n)", "generator.integers(0, n, n)"),
    ),
    fault(
        "same-order-every-epoch",
        "Every epoch takes the pictures in the same order",
        ORDERS,
        (
            "training/data.py",
            "default_rng([seed, epoch, n, _ORDER])",
            "default_rng([seed, n, _ORDER])",
        ),
    ),
    fault(
        "epoch-number-lost",
        "Every epoch gets the augmentation of epoch 0",
        f"{TECHNIQUES}::test_fine_tuning_sees_other_augmentations_than_technique_2",
        ("training/data.py", "spec, seed=seed, epoch=epoch)", "spec, seed=seed, epoch=0)"),
    ),
    fault(
        "augmentation-repeated",
        "Fine-tuning begins with the augmented pictures that technique 2 has seen",
        f"{TECHNIQUES}::test_fine_tuning_sees_other_augmentations_than_technique_2",
        (
            "training/fine_tuning.py",
            "first_epoch: int = chapter.FEATURE_EXTRACTION.epochs",
            "first_epoch: int = 0",
        ),
    ),
    fault(
        "not-augmented",
        "Techniques that augment train on the plain pictures",
        f"{TECHNIQUES}::test_fine_tuning_sees_other_augmentations_than_technique_2",
        (
            "training/in_graph.py",
            "if technique.augmented else None",
            "if not technique.augmented else None",
        ),
    ),
    fault(
        "validation-augmented",
        "Validation and test pictures are augmented, too",
        f"{TECHNIQUES}::test_validation_and_test_pictures_are_never_augmented",
        (
            "training/in_graph.py",
            "    count = pictures_an_epoch(",
            "    folds = {\n"
            "        name: Pictures(augmented_epoch(fold, spec, seed=seed, epoch=0), fold.labels)\n"
            "        for name, fold in folds.items()\n"
            "    }\n"
            "    count = pictures_an_epoch(",
        ),
    ),
    fault(
        "labels-of-two-passes",
        "An epoch of more than one pass repeats each label instead of the labels",
        f"{TECHNIQUES}::test_from_scratch_takes_steps_times_batch_pictures",
        (
            "training/in_graph.py",
            "np.tile(train.labels, passes)",
            "np.repeat(train.labels, passes)",
        ),
    ),
    fault(
        "frozen-ignored",
        "Technique 2 in one model trains the base, though it is to be frozen",
        f"{TECHNIQUES}::test_an_unfrozen_base_moves_and_a_frozen_one_does_not",
        (
            "training/fine_tuning.py",
            "    if frozen:\n        model.freeze",
            "    if not frozen:\n        model.freeze",
        ),
    ),
    fault(
        "unfrozen-wholly",
        "Fine-tuning trains the whole base",
        f"{TECHNIQUES}::test_fine_tuning_trains_from_block_3_on_and_the_classifier",
        (
            "training/fine_tuning.py",
            "    model.unfreeze_from(base, technique.unfreeze_from or base.layers[0].name)\n",
            "    model.unfreeze(base)\n",
        ),
    ),
    fault(
        "classifier-reset",
        "Fine-tuning begins with a new classifier instead of the trained one",
        f"{TECHNIQUES}::test_fine_tuning_goes_on_from_the_classifier",
        (
            "training/fine_tuning.py",
            "    if classifier is not None:\n",
            "    if classifier is None:\n        classifier = []\n    if not classifier:\n",
        ),
    ),
    fault(
        "untrained-accepted",
        "Fine-tuning accepts a classifier that was never trained",
        f"{TECHNIQUES}::test_an_untrained_classifier_is_refused",
        (
            "training/fine_tuning.py",
            "elif not np.any(classifier[1]) and not np.any(classifier[3])",
            "elif not np.any(classifier[0])",
        ),
    ),
    fault(
        "seeds-identical",
        "All seeds of technique 1 train the first seed's classifier",
        f"{TECHNIQUES}::test_seeds_of_technique_1_are_the_seeds_alone",
        (
            "training/on_features.py",
            "            recipe,\n            seed,\n",
            "            recipe,\n            seeds[0],\n",
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
            "(truth == actual) & (said_dog == said)",
            "(truth == said) & (said_dog == actual)",
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
        f"{TECHNIQUES}::test_technique_1_learns_and_repeats",
        (
            "training/run.py",
            '"val_accuracy": validated.accuracy',
            '"val_accuracy": float(logs["accuracy"][0])',
        ),
    ),
    fault(
        "validated-on-training",
        "Technique 1 validates on the pictures that it trains on",
        LAST,
        (
            "training/on_features.py",
            '                    folds["validation"],\n',
            "                    train,\n",
        ),
    ),
    fault(
        "validated-before-training",
        "An epoch is validated before its training steps",
        LAST,
        (
            "training/run.py",
            "    logs = run.model.fit(\n",
            f"    {VALIDATED}\n    logs = run.model.fit(\n",
        ),
        ("training/run.py", f"    ).history\n    {VALIDATED}\n", "    ).history\n"),
    ),
    fault(
        "dropout-repeated",
        "Every epoch drops the same units",
        "model/test_dropout.py::test_an_epochs_dropout_depends_on_seed_and_epoch_alone",
        ("_keras.py", "np.random.SeedSequence([seed, epoch])", "np.random.SeedSequence([seed])"),
    ),
)
