"""The generator: its transformations, its order, its resize, the order of its files."""

import os
import tempfile
from pathlib import Path
from typing import Any

import common
import numpy as np
from common import fact, floats
from PIL import Image
from scipy import ndimage

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


# ---------------------------------------------------------------------- one way for all releases


def sort_files(pictures: Any) -> None:
    """Sorts a directory's files as Keras does since 2.0.9; before, their order is the disk's."""
    pictures.filenames.sort()
    getattr(pictures, "_filepaths", []).sort()  # today's, with their folder


def transform_as_in_2017(datagen: Any) -> None:
    """Gives a generator the random transformation of Keras 2.0.5 to 2.1.2, and its draws."""

    def transformed(picture: Any, unused: Any = None) -> Any:
        uniform = np.random.uniform
        height, width = picture.shape[:2]
        theta = np.pi / 180 * uniform(-datagen.rotation_range, datagen.rotation_range)
        tx = uniform(-datagen.height_shift_range, datagen.height_shift_range) * height
        ty = uniform(-datagen.width_shift_range, datagen.width_shift_range) * width
        shear = uniform(-datagen.shear_range, datagen.shear_range)
        zx, zy = uniform(datagen.zoom_range[0], datagen.zoom_range[1], 2)
        sin, cos, x, y = np.sin, np.cos, height / 2 + 0.5, width / 2 + 0.5
        matrix = np.eye(3)
        for factor in (
            [[1, 0, x], [0, 1, y], [0, 0, 1]],
            [[cos(theta), -sin(theta), 0], [sin(theta), cos(theta), 0], [0, 0, 1]],
            [[1, 0, tx], [0, 1, ty], [0, 0, 1]],
            [[1, -sin(shear), 0], [0, cos(shear), 0], [0, 0, 1]],
            [[zx, 0, 0], [0, zy, 0], [0, 0, 1]],
            [[1, 0, -x], [0, 1, -y], [0, 0, 1]],
        ):
            matrix = np.dot(matrix, factor)
        place = matrix[:2, :2], matrix[:2, 2]
        channels = np.moveaxis(picture, 2, 0)
        moved = [ndimage.affine_transform(one, *place, order=0, mode="nearest") for one in channels]
        mirrored = np.random.random() < 0.5
        return np.stack(moved, 2)[:, ::-1] if mirrored else np.stack(moved, 2)

    datagen.get_random_transform = lambda *unused: None
    datagen.random_transform = datagen.apply_transform = transformed


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
