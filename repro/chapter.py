"""What the chapter says, as data. The only place with the published numbers.

Source: F. Chollet and J. J. Allaire, "Image Classification on Small Datasets with Keras",
RStudio AI blog, 14 December 2017, an excerpt of chapter 5 of *Deep Learning with R* (2018).
Values marked "book" come from the book, "derived" ones from arithmetic on the chapter.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Fold = Literal["train", "validation", "test"]
ClassName = Literal["cats", "dogs"]
Numbering = Literal["r", "python"]

FOLDS: tuple[Fold, ...] = ("train", "validation", "test")
#: The folds that a trained model is evaluated on.
EVALUATED: tuple[Fold, ...] = ("validation", "test")
#: Classes in label order, alphabetical as a directory iterator numbers them: cats 0, dogs 1.
CLASSES: tuple[ClassName, ...] = ("cats", "dogs")
#: The prefix of a picture's file name, per class: ``cat.1.jpg``.
PREFIXES: dict[ClassName, str] = {"cats": "cat", "dogs": "dog"}

# -------------------------------------------------------------------------------------------- data

KAGGLE_PICTURES = 25_000
KAGGLE_PICTURES_PER_CLASS = 12_500
KAGGLE_COMPRESSED_MEGABYTES = 543
#: A picture of the validation fold that shows a cat and a dog: known label noise.
AMBIGUOUS_PICTURE = "cat.1450.jpg"

#: Picture numbers of each fold, per class. The Python edition counts from 0.
SPLIT: dict[Numbering, dict[Fold, range]] = {
    "r": {"train": range(1, 1001), "validation": range(1001, 1501), "test": range(1501, 2001)},
    "python": {"train": range(0, 1000), "validation": range(1000, 1500), "test": range(1500, 2000)},
}

#: Pictures in each fold, both classes together.
FOLD_SIZES: dict[Fold, int] = {"train": 2000, "validation": 1000, "test": 1000}
SMALL_SET_PICTURES = 4000
#: "less than 10 %" of Kaggle's pictures: the share that the classifier trains on.
TRAINING_SHARE_UPPER_BOUND = 0.10

# ------------------------------------------------------------------------------------ architecture

#: Height and width, in pixels, to which every picture is resized; the aspect ratio is not kept.
PICTURE_SIZE = (150, 150)
CHANNELS = 3
#: Multiplies every pixel value (0..255) before the network sees it.
RESCALE = 1 / 255
BASE_NAME = "VGG16"
#: The models that Keras ships with ImageNet weights, as the chapter lists them.
BASE_NAMES = ("Xception", "InceptionV3", "ResNet50", "VGG16", "VGG19", "MobileNet")
IMAGENET_CLASSES = 1000


@dataclass(frozen=True)
class LayerRow:
    """One row of a printed model summary.

    Args:
        name: the layer's name.
        shape: the output shape without the batch axis, (height, width, channels) or (units,).
        parameters: the number of parameters.
    """

    name: str
    shape: tuple[int, ...]
    parameters: int


#: The chapter's printed summary of the convolutional base, row by row.
BASE_LAYERS: tuple[LayerRow, ...] = (
    LayerRow("input_1", (150, 150, 3), 0),
    LayerRow("block1_conv1", (150, 150, 64), 1_792),
    LayerRow("block1_conv2", (150, 150, 64), 36_928),
    LayerRow("block1_pool", (75, 75, 64), 0),
    LayerRow("block2_conv1", (75, 75, 128), 73_856),
    LayerRow("block2_conv2", (75, 75, 128), 147_584),
    LayerRow("block2_pool", (37, 37, 128), 0),
    LayerRow("block3_conv1", (37, 37, 256), 295_168),
    LayerRow("block3_conv2", (37, 37, 256), 590_080),
    LayerRow("block3_conv3", (37, 37, 256), 590_080),
    LayerRow("block3_pool", (18, 18, 256), 0),
    LayerRow("block4_conv1", (18, 18, 512), 1_180_160),
    LayerRow("block4_conv2", (18, 18, 512), 2_359_808),
    LayerRow("block4_conv3", (18, 18, 512), 2_359_808),
    LayerRow("block4_pool", (9, 9, 512), 0),
    LayerRow("block5_conv1", (9, 9, 512), 2_359_808),
    LayerRow("block5_conv2", (9, 9, 512), 2_359_808),
    LayerRow("block5_conv3", (9, 9, 512), 2_359_808),
    LayerRow("block5_pool", (4, 4, 512), 0),
)
BASE_PARAMETERS = 14_714_688
#: What VGG16 was trained on: its classifier takes pictures of this size alone, (height, width).
BASE_PICTURE_SIZE = (224, 224)
#: The hidden layers of that classifier, which the chapter leaves out.
BASE_DENSE_LAYERS = ("fc1", "fc2")
#: The base's last feature map, (height, width, channels), for a 150×150 picture.
FEATURE_MAP = (4, 4, 512)

#: The chapter's printed summary of the base with the classifier on top.
STACKED_LAYERS: tuple[LayerRow, ...] = (
    LayerRow("vgg16", (4, 4, 512), 14_714_688),
    LayerRow("flatten", (8192,), 0),
    LayerRow("dense", (256,), 2_097_408),
    LayerRow("dense", (1,), 257),
)
STACKED_PARAMETERS = 16_812_353
CLASSIFIER_PARAMETERS = 2_097_665  # derived: the two dense layers
CLASSIFIER_UNITS = 256

# -------------------------------------------------------------------------------------- freezing

TRAINABLE_TENSORS_UNFROZEN = 30
TRAINABLE_TENSORS_FROZEN = 4
#: Fine-tuning trains this layer and every later one.
UNFREEZE_FROM = "block3_conv1"
#: The Python edition's choice.
UNFREEZE_FROM_PYTHON_EDITION = "block5_conv1"
FINE_TUNED_CONVOLUTIONS = 9  # derived
#: The text says "the three layers you're fine-tuning": an erratum.
FINE_TUNED_LAYERS_AS_PRINTED = 3
TRAINABLE_TENSORS_FINE_TUNING = 22  # derived
TRAINABLE_PARAMETERS_FINE_TUNING = 16_552_193  # derived
FROZEN_PARAMETERS_FINE_TUNING = 260_160  # derived

# ---------------------------------------------------------------------------------- augmentation


@dataclass(frozen=True)
class AugmentationSettings:
    """The chapter's arguments to the image data generator.

    Args:
        rotation_range: half width of the uniform rotation, in degrees.
        width_shift_range: half width of the uniform horizontal shift, as a share of the width.
        height_shift_range: half width of the uniform vertical shift, as a share of the height.
        shear_range: half width of the uniform shear angle; its unit depends on the recipe.
        zoom_range: half width of the uniform zoom about 1, for x and y separately.
        horizontal_flip: whether half of the pictures are mirrored.
        fill_mode: what fills the space outside the picture; "nearest" repeats the border.
    """

    rotation_range: float = 40.0
    width_shift_range: float = 0.2
    height_shift_range: float = 0.2
    shear_range: float = 0.2
    zoom_range: float = 0.2
    horizontal_flip: bool = True
    fill_mode: Literal["nearest"] = "nearest"


AUGMENTATION = AugmentationSettings()

# -------------------------------------------------------------------------------------- training


@dataclass(frozen=True)
class Technique:
    """The hyperparameters of one of the chapter's techniques.

    Args:
        number: 0 to 3, in the chapter's order; 0 is the convnet from scratch (book).
        name: the chapter's name for it.
        learning_rate: of RMSprop.
        batch: pictures per step.
        steps: training steps per epoch.
        epochs: passes over the training fold.
        validation_steps: batches of the validation fold per epoch.
        dropout: share of the classifier's hidden units dropped while training.
    """

    number: int
    name: str
    learning_rate: float
    batch: int
    steps: int
    epochs: int
    validation_steps: int
    dropout: float


FROM_SCRATCH = Technique(0, "small convnet from scratch", 1e-4, 32, 100, 100, 50, 0.5)
#: The book's first try: nothing against overfitting (notebook 5.2).
FROM_SCRATCH_PLAIN = Technique(0, "small convnet from scratch", 1e-4, 20, 100, 30, 50, 0.0)
FAST_FEATURE_EXTRACTION = Technique(1, "fast feature extraction", 2e-5, 20, 100, 30, 50, 0.5)
FEATURE_EXTRACTION = Technique(2, "feature extraction end to end", 2e-5, 20, 100, 30, 50, 0.0)
FINE_TUNING = Technique(3, "fine-tuning", 1e-5, 20, 100, 100, 50, 0.0)
TECHNIQUES = (FROM_SCRATCH, FAST_FEATURE_EXTRACTION, FEATURE_EXTRACTION, FINE_TUNING)
TEST_STEPS = 50

#: Output channels of the convolutions of the convnet from scratch (book).
SCRATCH_CONVOLUTIONS = (32, 64, 128, 128)
SCRATCH_UNITS = 512

# --------------------------------------------------------------------------------------- results

SCRATCH_VALIDATION_ACCURACY = 0.82
FAST_FEATURE_EXTRACTION_VALIDATION_ACCURACY = 0.90  # book: "about 90 %"
FEATURE_EXTRACTION_VALIDATION_ACCURACY = 0.90  # "about 90 %"
FINE_TUNING_VALIDATION_ACCURACY = 0.96  # "above 96 %"
FINE_TUNING_GAIN = 0.06  # "6 % absolute"
FINE_TUNING_TEST_ACCURACY = 0.965
FINE_TUNING_TEST_LOSS = 0.2158171
FINE_TUNING_TEST_PICTURES = 1000
INTRODUCTION_ACCURACY = 0.97

#: What the chapter says the competition's best entries reached, and what the winner had.
COMPETITION_BEST_ACCURACY = 0.95
COMPETITION_WINNER_ACCURACY = 0.989  # KDnuggets, February 2014


@dataclass(frozen=True)
class PythonEdition:
    """What the Python edition's notebook (section 5.3, run with Keras 2.0.8) shows.

    Accuracies are shares; times are seconds per epoch by the notebook's own clock.
    """

    fast_feature_extraction_accuracy: float = 0.903
    fast_feature_extraction_loss: float = 0.243
    feature_extraction_accuracy: float = 0.964  # mean of the last 10 epochs
    feature_extraction_last_accuracy: float = 0.951
    fine_tuning_accuracy: float = 0.974
    fine_tuning_test_accuracy: float = 0.968
    frozen_epoch_seconds: float = 72.0
    fine_tuning_epoch_seconds: float = 32.0


PYTHON_EDITION = PythonEdition()
