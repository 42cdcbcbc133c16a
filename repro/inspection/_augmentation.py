"""What each augmentation setting does: ranges of what is drawn, pixels of what comes out."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import JsonValue

from repro import augmentation, chapter, model
from repro.augmentation import Parameters
from repro.recipe import PUBLISHED, TODAY

YEARS = (PUBLISHED, TODAY)
DRAWS = 20_000
EPOCHS = chapter.FEATURE_EXTRACTION.epochs + chapter.FINE_TUNING.epochs


def observe_augmentation(seed: int) -> dict[str, JsonValue]:
    """Returns the observations whose names begin with ``augmentation.``."""
    found: dict[str, JsonValue] = {}
    for recipe in YEARS:
        spec = augmentation.Spec.of(recipe)
        parameters = augmentation.draw(
            spec, seed=seed, epoch=0, pictures=np.arange(DRAWS), size=chapter.PICTURE_SIZE
        )
        ranges = _ranges(parameters)
        found |= {f"augmentation.{recipe.name}.{key}": value for key, value in ranges.items()}
        if recipe is PUBLISHED:
            found["augmentation.flipped"] = {"n": DRAWS, "flipped": int(parameters.flip.sum())}
    return found | {
        **_of_keras(seed),
        "augmentation.fill": _fill(),
        "augmentation.repetitions": _repetitions(seed),
        **_preprocessing(),
        "augmentation.feature_distance": _feature_distance(seed),
    }


def _ranges(parameters: Parameters) -> dict[str, JsonValue]:
    height, width = chapter.PICTURE_SIZE
    return {
        "rotation_degrees": _ends(np.degrees(parameters.theta)),
        "height_shift": _ends(parameters.tx / height),
        "width_shift": _ends(parameters.ty / width),
        "shear_radians": _ends(parameters.shear),
        "zoom": _ends(np.concatenate([parameters.zx, parameters.zy])),
    }


def _ends(values: Any) -> list[JsonValue]:
    return [float(np.min(values)), float(np.max(values))]


def _of_keras(seed: int) -> dict[str, JsonValue]:
    """The same ranges as the installed Keras's own generator draws them, where it has one."""
    from repro import _keras

    generator = _keras.image_data_generator()
    if generator is None:
        return {}
    made = generator(**asdict(chapter.AUGMENTATION), data_format="channels_last")
    shape = (*chapter.PICTURE_SIZE, chapter.CHANNELS)
    drawn = [made.get_random_transform(shape, seed=seed + i) for i in range(2000)]
    names = ("theta", "tx", "ty", "shear", "zx", "zy")
    theta, tx, ty, shear, zx, zy = (np.array([one[n] for one in drawn], float) for n in names)
    flips = np.zeros(len(drawn), bool)
    ranges = _ranges(
        augmentation.Parameters(np.radians(theta), tx, ty, np.radians(shear), zx, zy, flips)
    )
    return {f"augmentation.keras.{key}": value for key, value in ranges.items()}


def _fill() -> str:
    """Shifts a ramp by half its size in four directions, and compares with a padded copy."""
    size, shift = 32, 16
    ramp = np.arange(size * size, dtype=np.uint32).reshape(size, size)
    picture = np.stack([ramp % 251, ramp // 5, ramp * 7 % 256], axis=-1).astype(np.uint8)
    padded = np.pad(picture, ((shift, shift), (shift, shift), (0, 0)), mode="edge")
    ways = np.array([(shift, 0), (-shift, 0), (0, shift), (0, -shift)])
    down, across = ways.T.astype(float)
    zero, one = np.zeros(len(ways)), np.ones(len(ways))
    parameters = augmentation.Parameters(
        zero, down, across, zero, one, one, zero.astype(bool), axes="row_column"
    )
    pictures = np.repeat(picture[None], len(ways), axis=0)
    shifted = augmentation.apply(pictures, parameters, interpolation="nearest")
    for found, way in zip(shifted, ways, strict=True):
        rows, columns = (slice(shift + by, shift + by + size) for by in way)
        if not np.array_equal(found, padded[rows, columns]):
            return "something else"
    return "the border repeated"


def _noise_pictures(seed: int, n: int, size: int) -> NDArray[np.uint8]:
    generator = np.random.default_rng([seed, 0xA06])
    return generator.integers(0, 256, (n, size, size, chapter.CHANNELS), dtype=np.uint8)


def _repetitions(seed: int) -> int:
    """How often one of a picture's versions over all epochs equals an earlier one, bit by bit."""
    picture = _noise_pictures(seed, 1, chapter.PICTURE_SIZE[0])
    repeated = 0
    for recipe in YEARS:
        spec = augmentation.Spec.of(recipe)
        versions = {
            augmentation.augment(picture, [0], spec, seed=seed, epoch=epoch).tobytes()
            for epoch in range(EPOCHS)
        }
        repeated += EPOCHS - len(versions)
    return repeated


def _preprocessing() -> dict[str, JsonValue]:
    """What stands between a validation picture's pixels and the base."""
    from repro import _keras

    keras = _keras.keras
    same = keras.Sequential([keras.Input((16, 16, 3)), keras.layers.Activation("linear")])
    path = model.from_pixels(same, PUBLISHED.preprocessing)
    pixels = np.arange(16 * 16 * 3, dtype=np.uint32).reshape(1, 16, 16, 3).astype(np.uint8)
    seen, again = (_keras.as_array(path(pixels)) for _ in range(2))
    exact = np.allclose(seen, pixels / 255, rtol=0, atol=1e-6) and np.array_equal(seen, again)
    return {
        "augmentation.rescaled": [round(float(seen.min()), 6), round(float(seen.max()), 6)],
        "augmentation.validation": "only rescaled" if exact else "changed",
    }


def _feature_distance(seed: int) -> float:
    """The relative distance between the features of two epochs' versions of the same pictures."""
    from repro import _keras

    _keras.keras.utils.set_random_seed(seed)
    size = 64
    base = model.conv_base(input_shape=(size, size, chapter.CHANNELS))
    path = model.from_pixels(base, PUBLISHED.preprocessing)
    pictures = _noise_pictures(seed, 8, size)
    spec = augmentation.Spec.of(PUBLISHED)
    first, second = (
        _keras.as_array(path(augmentation.augment(pictures, range(8), spec, seed=seed, epoch=e)))
        for e in (0, 1)
    )
    return float(np.linalg.norm(second - first) / np.linalg.norm(first))
