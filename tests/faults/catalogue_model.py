"""Faults of the models: preprocessing, layers, what is frozen, the optimiser."""

from __future__ import annotations

from tests.faults.fault import fault

PREPROCESSING = "model/test_model.py::test_preprocessing_of_pixels"
UNFREEZING = "model/test_model.py::test_unfreezing_from_each_layer"
RMSPROP = "model/test_optimizer.py::test_rmsprop_is_the_years"

FAULTS = (
    fault(
        "rescale-missing",
        "Pixels reach the base as 0 to 255",
        PREPROCESSING,
        ("model.py", "Rescaling(chapter.RESCALE, ", "Rescaling(1.0, "),
    ),
    fault(
        "rescale-doubled",
        "Pixels are divided by 255 twice",
        PREPROCESSING,
        ("model.py", "Rescaling(chapter.RESCALE, ", "Rescaling(chapter.RESCALE**2, "),
    ),
    fault(
        "imagenet-means-in-rgb",
        "VGG's own preprocessing subtracts its means from RGB instead of BGR",
        PREPROCESSING,
        ("model.py", "_keras.reverse_channels(pixels)", "pixels"),
    ),
    fault(
        "caffe-preprocessing",
        "Every recipe uses VGG's own preprocessing instead of the chapter's 1/255",
        "test_recipe.py::test_both_years_prepare_pictures_as_the_chapter_does",
        ("recipe.py", '= "rescale"', '= "imagenet"'),
    ),
    fault(
        "resize-bilinear-by-default",
        "Every recipe resizes bilinearly instead of by nearest neighbour",
        "test_recipe.py::test_both_years_prepare_pictures_as_the_chapter_does",
        ("recipe.py", ': Interpolation = "nearest"', ': Interpolation = "bilinear"'),
    ),
    fault(
        "years-shear-exchanged",
        "Today's recipe shears by radians, as in 2017",
        "test_recipe.py::test_todays_augmentation_is_the_installed_keras_own",
        ("recipe.py", 'Recipe("today", "degrees",', 'Recipe("today", "radians",'),
    ),
    fault(
        "softmax-for-sigmoid",
        "The classifier ends in a softmax over one unit, which is always 1",
        "model/test_model.py::test_the_last_unit_is_a_sigmoid_computed_in_float32",
        ("model.py", 'Dense(1, activation="sigmoid"', 'Dense(1, activation="softmax"'),
    ),
    fault(
        "softmax-from-scratch",
        "The convnet from scratch ends in a softmax over one unit",
        "model/test_model.py::test_the_last_unit_is_a_sigmoid_computed_in_float32",
        ("techniques/from_scratch.py", '1, activation="sigmoid"', '1, activation="softmax"'),
    ),
    fault(
        "mixed-precision-in-the-loss",
        "The classifier computes its probabilities, and so the loss, in bfloat16",
        "model/test_model.py::test_the_last_unit_is_a_sigmoid_computed_in_float32",
        ("model.py", 'name="dense_1", dtype="float32"', 'name="dense_1", dtype="mixed_bfloat16"'),
    ),
    fault(
        "pooled-instead-of-flattened",
        "The feature map is averaged instead of flattened",
        "model/test_model.py::test_stacked_table_and_total",
        ("model.py", "layers.Flatten(", "layers.GlobalAveragePooling2D("),
        ("model.py", "= int(np.prod(base.output.shape[1:]))", "= base.output.shape[-1]"),
        ("model.py", "seed, int(np.prod(feature_map))))", "seed, feature_map[-1]))"),
    ),
    fault(
        "classifier-of-another-scale",
        "The classifier's kernels are drawn for the inputs alone, not as Glorot draws them",
        "model/test_model.py::test_initial_classifier_is_glorot_uniform",
        ("model.py", "(math.prod(field) * (rows + columns))", "(math.prod(field) * rows)"),
    ),
    fault(
        "classifier-seed-ignored",
        "Every seed's classifier starts from the same weights",
        "model/test_model.py::test_different_seeds_give_different_classifiers",
        ("model.py", "[seed, 0xC1A55])", "[0xC1A55])"),
    ),
    fault(
        "base-not-frozen",
        "Freezing leaves the base's layers trainable",
        "model/test_model.py::test_freezing_and_unfreezing_are_whole_whatever_was_before",
        ("model.py", "        layer.trainable = trainable\n", "        layer.trainable = True\n"),
    ),
    fault(
        "flag-of-the-model-alone",
        "Freezing sets the model's own flag and forgets its layers",
        "model/test_model.py::test_freezing_and_unfreezing_are_whole_whatever_was_before",
        ("model.py", "    for layer in base.layers:\n        layer.trainable = trainable\n", ""),
    ),
    fault(
        "frozen-not-recompiled",
        "A model that was compiled once is not compiled again after freezing",
        "model/test_model.py::test_freezing_after_a_step_waits_for_the_next_compile",
        (
            "model.py",
            "    model.compile(\n",
            '    if getattr(model, "optimizer", None) is not None:\n        return\n'
            "    model.compile(\n",
        ),
    ),
    fault(
        "unfrozen-one-late",
        "The layer that fine-tuning starts from stays frozen",
        f"{UNFREEZING}[block3_conv1]",
        ("model.py", "position >= first", "position > first"),
    ),
    fault(
        "unfrozen-one-early",
        "The layer before the one that fine-tuning starts from is trained, too",
        f"{UNFREEZING}[block3_conv2]",
        ("model.py", "position >= first", "position >= first - 1"),
    ),
    fault(
        "unfrozen-from-block-5",
        "Fine-tuning starts at block 5, as in the Python edition",
        "model/test_model.py::test_trainable_tensors_30_4_22",
        ("chapter.py", 'UNFREEZE_FROM = "block3_conv1"', 'UNFREEZE_FROM = "block5_conv1"'),
    ),
    fault(
        "pooling-counted",
        "Pooling layers are counted among those that are fine-tuned: 12 instead of 9",
        "test_inspection.py::test_fine_tuned_layers_are_the_nine_convolutions",
        ("inspection/_freezing.py", "if layer.trainable and layer.weights", "if layer.trainable"),
    ),
    fault(
        "biases-forgotten",
        "The base gets the published kernels and no biases",
        "model/test_model.py::test_tensors_reach_their_layers",
        ("model.py", 'tensors[f"{name}/bias"]])', '0 * tensors[f"{name}/bias"]])'),
    ),
    fault(
        "weights-unverified",
        "The base's tensors are read without checking that they are the published ones",
        "weights/test_refusing.py::test_every_tensor_is_verified",
        ("weights/_finding.py", "        if found != TABLE[name].sha256:", "        if not found:"),
    ),
    fault(
        "wrong-rho",
        "RMSprop forgets at 0.99 instead of 0.9",
        RMSPROP,
        ("_keras.py", ".9, epsilon=recipe.rmsprop_epsilon", ".99, epsilon=recipe.rmsprop_epsilon"),
    ),
    fault(
        "wrong-epsilon",
        "Today's RMSprop has another epsilon than the installed Keras",
        "test_recipe.py::test_todays_rmsprop_is_the_installed_keras_own",
        ("recipe.py", '"inside", 1e-7)', '"inside", 1e-8)'),
    ),
    fault(
        "denominators-exchanged",
        "The epsilon is added inside the root in 2017 and outside today",
        RMSPROP,
        ("_keras.py", '== "inside" else', '== "outside" else'),
    ),
    fault(
        "learning-rate-ignored",
        "Every technique trains at RMSprop's default rate",
        "techniques/test_fine_tuning.py::test_it_goes_on_from_the_classifier_that_technique_2_trained",
        ("model.py", ".rmsprop(recipe, technique.learning_rate)", ".rmsprop(recipe, 1e-3)"),
    ),
    fault(
        "squared-error",
        "The classifier is trained on the squared error instead of the cross-entropy",
        "techniques/test_fast_feature_extraction.py::test_what_is_trained_on_is_what_is_evaluated",
        ("model.py", 'loss="binary_crossentropy"', 'loss="mse"'),
    ),
)
