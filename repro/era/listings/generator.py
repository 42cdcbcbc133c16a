"""The generator: its transformations, its order, its resize, the order of its files."""

import os
import tempfile
from pathlib import Path
from typing import Any

import common
import numpy as np
from common import fact, floats
from PIL import Image

#: The chapter's arguments, one by one and together.
ARGUMENTS = {
    "rotation": {"rotation_range": 40},
    "width_shift": {"width_shift_range": 0.2},
    "height_shift": {"height_shift_range": 0.2},
    "shear": {"shear_range": 0.2},
    "zoom": {"zoom_range": 0.2},
    "flip": {"horizontal_flip": True},
}


def generator(**arguments: Any) -> Any:
    """ImageDataGenerator(…), wherever this release keeps it."""
    keras = common.keras
    for place in (keras, getattr(keras, "legacy", None)):
        image = getattr(getattr(place, "preprocessing", None), "image", None)
        if hasattr(image, "ImageDataGenerator"):
            return image.ImageDataGenerator(**arguments)
    from keras.src.legacy.preprocessing.image import ImageDataGenerator

    return ImageDataGenerator(**arguments)


class GivenChance:
    """Chance that always falls on the same place of a range: 0.83 of the way, 0.29 for a second."""

    def __enter__(self) -> None:
        self.kept = np.random.uniform, np.random.random
        np.random.uniform = self.uniform
        np.random.random = lambda size=None: 0.0  # below one half: mirrored

    def __exit__(self, *unused: Any) -> None:
        np.random.uniform, np.random.random = self.kept

    @staticmethod
    def uniform(low: float = 0.0, high: float = 1.0, size: Any = None) -> Any:
        """One draw, or two, as zooming takes them."""
        places = 0.83 if size is None else np.array([0.83, 0.29])
        return low + (high - low) * places


def transformations() -> dict:
    """What becomes of a small picture at a given place of each of the chapter's ranges."""
    picture = common.drawn["small"].astype("float32")
    together = {name: value for one in ARGUMENTS.values() for name, value in one.items()}
    found = {}
    for name, arguments in dict(ARGUMENTS, together=together).items():
        made = generator(fill_mode="nearest", **arguments)
        with GivenChance():
            found["augmentation." + name] = floats(made.random_transform(picture))
    return found


def draws() -> dict:
    """What a seeded generator draws for a small picture, all arguments together."""
    together = {name: value for one in ARGUMENTS.values() for name, value in one.items()}
    made = generator(fill_mode="nearest", **together)
    picture = common.drawn["small"].astype("float32")
    transformed = []
    for seed in range(3):
        np.random.seed(seed)
        transformed.append(made.random_transform(picture))
    return {"augmentation.seeded": floats(np.stack(transformed))}


def order() -> dict:
    """The order in which a seeded generator hands out its pictures, for two epochs."""
    numbered = np.repeat(np.arange(10, dtype="float32"), 12).reshape(10, 2, 2, 3)
    batches = generator().flow(numbered, batch_size=5, shuffle=True, seed=common.SEED)
    seen = np.concatenate([next(batches)[:, 0, 0, 0] for _ in range(4)])
    return {"order": floats(seen)}


# ---------------------------------------------------------------------------- from directories


class UnsortedFiles:
    """A file system that lists a folder's files in falling order."""

    def __enter__(self) -> None:
        self.walk = os.walk
        os.walk = self.falling

    def __exit__(self, *unused: Any) -> None:
        os.walk = self.walk

    def falling(self, *arguments: Any, **options: Any) -> Any:
        """os.walk with falling file names."""
        for root, folders, files in self.walk(*arguments, **options):
            yield root, folders, sorted(files, reverse=True)


def saved(folder: str, names: Any) -> None:
    """Writes the drawn picture under some names, without loss."""
    Path(folder, "cats").mkdir()
    for name in names:
        Image.fromarray(common.drawn["large"]).save(str(Path(folder, "cats", name)))


def resize() -> dict:
    """A picture as flow_from_directory(target_size=(150, 150)) hands it out."""
    with tempfile.TemporaryDirectory() as folder:
        saved(folder, ["cat.1.png"])
        batches = generator().flow_from_directory(
            folder, target_size=(150, 150), batch_size=1, class_mode="binary"
        )
        pictures, _ = next(batches)
    return {"resize": floats(pictures[0])}


def files() -> dict:
    """Whether flow_from_directory sorts a folder's files, whose listing is not sorted."""
    with tempfile.TemporaryDirectory() as folder:
        names = [f"cat.{number}.png" for number in (1, 2, 3)]
        saved(folder, names)
        with UnsortedFiles():
            batches = generator().flow_from_directory(folder, batch_size=1, class_mode="binary")
    found = [Path(name).name for name in batches.filenames]
    return {"files.sorted": fact(found == names)}
