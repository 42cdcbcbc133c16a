"""Run records made up for tests: what a run would leave if it came out in a given way."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np

from repro import chapter, claims
from repro.record import Evaluation, History, RunRecord, SeedRun

#: The claims by their ids.
CLAIM = {claim.id: claim for claim in claims.CLAIMS}


def judged(claim: str, *records: RunRecord) -> claims.Judgement:
    return claims.judge_claim(CLAIM[claim], list(records))


def names(fold: str) -> tuple[str, ...]:
    numbers = chapter.SPLIT["r"][fold]
    return tuple(f"{prefix}.{n}.jpg" for prefix in ("cat", "dog") for n in numbers)


@cache
def evaluation(accuracy: float, *, n: int = 1000, loss: float = 0.25, seed: int = 0) -> Evaluation:
    """Exactly ``accuracy`` of n pictures right; mostly the same ones whatever the seed."""
    rng = np.random.default_rng(seed)
    dogs = np.arange(n) >= n // 2
    right = np.zeros(n, bool)
    easiest = np.argsort(np.random.default_rng(7).random(n) + 0.1 * rng.random(n))
    right[easiest[: round(accuracy * n)]] = True
    said_dog = right == dogs
    probabilities = np.where(said_dog, rng.uniform(0.51, 1, n), rng.uniform(0, 0.49, n)).round(7)

    def count(dog: bool, said: bool) -> int:
        return int(np.sum((dogs == dog) & (said_dog == said)))

    return Evaluation(
        n=n,
        correct=int(right.sum()),
        accuracy=float(right.mean()),
        loss=loss,
        confusion=(
            (count(False, False), count(False, True)),
            (count(True, False), count(True, True)),
        ),
        probabilities=tuple(probabilities.tolist()),
    )


@cache
def seed_run(
    seed: int,
    accuracy: float,
    epochs: int,
    *,
    seconds: float = 1.0,
    test: float | None = None,
    test_loss: float = 0.25,
    train_gap: float = 0.03,
    loss_slope: float = 0.0,
    before_last: float | None = None,
    n: int = 1000,
) -> SeedRun:
    """A run whose last ten epochs all have ``accuracy``; the ones before approach it.

    Args:
        before_last: accuracy of all epochs but the last, where it differs.
    """
    x = np.arange(epochs)
    values = np.clip(accuracy - 0.1 * np.exp(-x / 3), 0, 1)
    values[-10:] = accuracy
    if before_last is not None:
        values[:-1] = before_last
    losses = 0.25 + loss_slope * x / epochs + 0.001 * np.cos(7.0 * x)
    return SeedRun(
        seed=seed,
        history=History(
            accuracy=tuple(np.clip(values + train_gap, 0, 1).tolist()),
            loss=tuple((losses - 0.05).tolist()),
            val_accuracy=tuple(values.tolist()),
            val_loss=tuple(losses.tolist()),
            seconds=(seconds,) * epochs,
        ),
        evaluations={
            "validation": evaluation(accuracy, n=n, loss=float(losses[-1]), seed=seed),
            "test": evaluation(accuracy if test is None else test, n=n, loss=test_loss, seed=seed),
        },
    )


def record(
    experiment: str = "technique-1",
    accuracies: tuple[float, ...] = (0.898, 0.889, 0.901),
    epochs: int = 30,
    *,
    demonstration: bool = False,
    recipe: str = "published",
    observations: dict[str, Any] | None = None,
    environment: dict[str, Any] | None = None,
    timings: dict[str, float] | None = None,
    first_seed: int = 0,
    command: str = "repro run",
    **details: Any,
) -> RunRecord:
    runs = tuple(
        seed_run(first_seed + position, accuracy, epochs, **details)
        for position, accuracy in enumerate(accuracies)
    )
    return RunRecord(
        experiment=experiment,
        demonstration=demonstration,
        recipe={"name": recipe},
        settings={"precision": "bfloat16"},
        runs=runs,
        names={fold: names(fold) for fold in ("validation", "test")},
        observations=observations or {},
        environment={"device": "cpu", "processor": "a processor"} | (environment or {}),
        digests={"weights": "ab" * 32},
        timings=timings or {},
        command=command,
        started="2026-01-01T00:00:00+00:00",
        finished="2026-01-01T00:03:00+00:00",
    )


def fine_tuned(*accuracies: float, **details: Any) -> RunRecord:
    return record("technique-3", accuracies, 100, **details)


def looked(**changes: Any) -> RunRecord:
    """A record of observations alone, as a sound Keras gives them; ``changes`` replace some."""
    found = sound() | {name.replace("__", "."): value for name, value in changes.items()}
    return RunRecord(experiment="technique-1", observations=found)


def sound() -> dict[str, Any]:
    """What inspection observes where everything is as the chapter says."""
    rows = [[list(row.shape), row.parameters] for row in chapter.BASE_LAYERS]
    stacked = [[list(row.shape), row.parameters] for row in chapter.STACKED_LAYERS]
    ranges: dict[str, Any] = {}
    for year in ("published", "today", "keras"):
        shear = 0.2 if year == "published" else 0.0035
        ranges |= {
            f"augmentation.{year}.rotation_degrees": [-39.99, 39.99],
            f"augmentation.{year}.height_shift": [-0.1999, 0.1999],
            f"augmentation.{year}.width_shift": [-0.1999, 0.1999],
            f"augmentation.{year}.shear_radians": [-shear, shear],
            f"augmentation.{year}.zoom": [0.8001, 1.1999],
        }
    return ranges | {
        "inspection.made_with": {"keras": "3.0", "backend": "tensorflow"},
        "architecture.base_layers": rows,
        "architecture.base_layer_names": [row.name for row in chapter.BASE_LAYERS[1:]],
        "architecture.base_parameters": {"trainable": 14_714_688, "frozen": 0},
        "architecture.feature_map": [4, 4, 512],
        "architecture.any_size": {
            "97x131": [3, 4, 512],
            "150x150": [4, 4, 512],
            "224x160": [7, 5, 512],
        },
        "architecture.top": {"include_top_default": True, "classes": 1000},
        "architecture.models": dict.fromkeys(chapter.BASE_NAMES, True),
        "architecture.stacked_layers": stacked,
        "architecture.stacked_parameters": 16_812_353,
        "architecture.classifier_parameters": 2_097_665,
        "freezing.trainable_tensors_unfrozen": 30,
        "freezing.trainable_tensors_frozen": 4,
        "freezing.training_steps": {
            "frozen": 34,
            "frozen_changed": 0,
            "trained": 26,
            "trained_changed": 26,
        },
        "freezing.recompile": {
            "fresh": "ignored",
            "trained": "ignored",
            "recompiled": "honoured",
        },
        "freezing.fine_tuning": {"tensors": 22, "trainable": 16_552_193, "frozen": 260_160},
        "freezing.fine_tuned_convolutions": 9,
        "augmentation.flipped": {"n": 20_000, "flipped": 10_020},
        "augmentation.fill": "the border repeated",
        "augmentation.rescaled": [0.0, 1.0],
        "augmentation.validation": "only rescaled",
        "augmentation.repetitions": 0,
        "augmentation.feature_distance": 0.1,
        "data.originals": {"cats": 12_500, "dogs": 12_500},
        "data.archive_bytes": 569_546_721,
        "data.fold_sizes": {"train": [1000, 1000], "validation": [500, 500], "test": [500, 500]},
        "data.ranges": {"train": [1, 1000], "validation": [1001, 1500], "test": [1501, 2000]},
        "data.shared_pictures": 0,
        "data.loaded_shape": [150, 150, 3],
        "data.format": {
            "pictures": 4000,
            "jpeg": 4000,
            "colour": 4000,
            "median_width": 447,
            "median_height": 374,
            "sizes": 900,
        },
        "layers.accuracy": {"block3": 0.85, "block4": 0.88, "block5": 0.9},
        "fine_tuning.relative_change": {"block3_conv1": 0.02, "block5_conv3": 0.04},
    }
