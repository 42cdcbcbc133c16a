"""The chapter as written, on the installed Keras: the baseline that the project is compared with.

Nothing of the project's own speed is in here. A directory iterator decodes and augments each epoch
anew, the base stands in the training graph in float32, batches have 20 pictures, and validation
runs the base over its fold after every epoch, as the chapter's listings do.
"""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.stopwatch import Cost
from repro import chapter
from repro.chapter import Fold, Technique


def preprocessing_image() -> Any:
    """Returns Keras's module with ``ImageDataGenerator``, wherever this version has it.

    Raises:
        ImportError: the installed Keras has none.
    """
    for name in ("keras.src.legacy.preprocessing.image", "keras.src.preprocessing.image"):
        try:
            module = importlib.import_module(name)
        except ImportError:
            continue
        if hasattr(module, "ImageDataGenerator"):
            return module
    raise ImportError("the installed Keras has no ImageDataGenerator")


def directory_iterator(folder: Path, fold: Fold, batch: int, **augmentation: Any) -> Any:
    """Returns the chapter's ``flow_images_from_directory`` over a fold of the small set.

    Args:
        folder: with train, validation and test, each with cats and dogs.
        fold: to read.
        batch: pictures a batch.
        augmentation: arguments to the generator besides the rescaling.

    Returns:
        An iterator of (float32 (batch, 150, 150, 3) in 0..1, float32 (batch,), cats 0, dogs 1).
    """
    generator = preprocessing_image().ImageDataGenerator(rescale=chapter.RESCALE, **augmentation)
    return generator.flow_from_directory(
        str(folder / fold),
        target_size=chapter.PICTURE_SIZE,
        batch_size=batch,
        class_mode="binary",
    )


def network(weights: Path | None, technique: Technique) -> Any:
    """Returns the chapter's stacked model, compiled: the base frozen, or trained from a layer on.

    Args:
        weights: HDF5 file of the base's weights; None leaves them random.
        technique: the chapter's 2, whose base is frozen, or 3.
    """
    from repro._keras import keras

    base = keras.applications.VGG16(
        weights=None if weights is None else str(weights),
        include_top=False,
        input_shape=(*chapter.PICTURE_SIZE, chapter.CHANNELS),
    )
    base.trainable = technique.number == chapter.FINE_TUNING.number
    reached = False
    for layer in base.layers if base.trainable else ():
        reached = reached or layer.name == chapter.UNFREEZE_FROM
        layer.trainable = reached
    model = keras.Sequential(
        [
            keras.Input(base.input.shape[1:]),  # Keras 3.3 leaves the head unbuilt without it
            base,
            keras.layers.Flatten(),
            keras.layers.Dense(chapter.CLASSIFIER_UNITS, activation="relu"),
            keras.layers.Dense(1, activation="sigmoid"),
        ]
    )
    model.compile(
        loss="binary_crossentropy",
        optimizer=keras.optimizers.RMSprop(technique.learning_rate),
        metrics=["accuracy"],
    )
    return model


@dataclass(frozen=True)
class AsWritten:
    """One of the chapter's techniques, ready to be fitted.

    Args:
        model: compiled.
        train: directory iterator over the augmented training fold.
        validation: directory iterator over the validation fold.
    """

    model: Any
    train: Any
    validation: Any

    def epoch(self, steps: int, validation_steps: int) -> Cost:
        """Trains and validates for one epoch.

        Args:
            steps: training batches.
            validation_steps: validation batches.

        Returns:
            The cost of the epoch itself; what ``fit`` prepares before its first one is left out.
        """
        clock = _epoch_clock()
        self.model.fit(
            self.train,
            steps_per_epoch=steps,
            epochs=1,
            validation_data=self.validation,
            validation_steps=validation_steps,
            callbacks=[clock],
            verbose=0,
        )
        return clock.cost  # type: ignore[no-any-return]


def as_written(folder: Path, weights: Path | None, technique: Technique) -> AsWritten:
    """Returns a technique as the chapter's listing has it.

    Args:
        folder: the small set, see :func:`directory_iterator`.
        weights: HDF5 file of the base's weights; None leaves them random.
        technique: 2 or 3 of the chapter.
    """
    return AsWritten(
        network(weights, technique),
        directory_iterator(folder, "train", technique.batch, **vars(chapter.AUGMENTATION)),
        directory_iterator(folder, "validation", technique.batch),
    )


def _epoch_clock() -> Any:
    from repro._keras import keras

    class EpochClock(keras.callbacks.Callback):  # type: ignore[misc]
        """Times an epoch with its validation."""

        def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
            self.started = Cost.now()

        def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
            self.cost = Cost.now() - self.started

    return EpochClock()
