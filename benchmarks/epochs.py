"""What an epoch costs of the techniques as the project trains them, in the steady state."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import pairwise
from typing import Any
from unittest import mock

import numpy as np

from benchmarks.stopwatch import Cost
from repro import features, settings
from repro.engines import Extractor
from repro.experiments import (
    Experiment,
    FastFeatureExtraction,
    FeatureExtraction,
    FineTuning,
    Training,
)
from repro.folds import Features, Pictures
from repro.plans import Materials, Plan, Trial
from repro.recipe import TODAY, Recipe
from repro.techniques import fast_feature_extraction, feature_extraction
from repro.techniques import fine_tuning as fine_tuning_technique
from repro.training import on_pictures

#: Periods of technique 2 that are not steady yet: in the first no classifier trains beside the
#: base, in the second the classifiers are compiled.
WARM_UP = 2


def part(pictures: Pictures, n: int) -> Pictures:
    """Returns n pictures of a fold, cats and dogs in equal numbers."""
    chosen = np.concatenate(
        [np.flatnonzero(pictures.labels == label)[: n // 2] for label in (0, 1)]
    )
    return Pictures(np.ascontiguousarray(pictures.values[chosen]), pictures.labels[chosen])


def trial(
    training: Training, train: Pictures, validation: Pictures, epochs: int, **plan: Any
) -> Trial:
    """Returns a trial on parts of two folds. Its validation stands for the test fold, too."""
    folds = {"train": train, "validation": validation, "test": validation}
    digests = {f"pixels-{f}": features.digest_pictures(p.values) for f, p in folds.items()}
    materials = Materials(
        folds=folds, names={}, tensors={}, demonstration=True, digests={"weights": ""} | digests,
        verification={}, split=None, originals=None,
    )  # fmt: skip
    return Trial(Plan(Experiment("timed", "", training), epochs=epochs, **plan), materials)


def on_features(
    train: Features, validation: Features, epochs: int, *, recipe: Recipe = TODAY
) -> list[float]:
    """Returns the seconds of technique 1's epochs but for the first, which compiles.

    Args:
        train: feature maps of the training pictures.
        validation: feature maps to validate on.
        epochs: how many to measure.
        recipe: the year's semantics.
    """
    pictures = [
        Pictures(np.zeros((len(fold.labels), 1, 1, 3), np.uint8), fold.labels)
        for fold in (train, validation)
    ]
    one = trial(FastFeatureExtraction(), *pictures, epochs + 1, seeds=(0,), recipe=recipe)
    with _fresh_home():
        run = fast_feature_extraction.train_classifier(one, 0, train, {"validation": validation})
    return list(run.history.seconds[1:])


def frozen(
    extract: Extractor,
    train: Pictures,
    validation: Pictures,
    epochs: int,
    *,
    seeds: tuple[int, ...] = (0,),
    recipe: Recipe = TODAY,
) -> list[Cost]:
    """Returns the costs of technique 2's epochs, from one start of the base to the next.

    The base works an epoch ahead of the classifiers and starts on the next as soon as both are
    done with this one; so the time between two of its starts is what an epoch costs.

    Args:
        extract: the frozen base.
        train: the training pictures.
        validation: the pictures to validate on.
        epochs: how many to measure; :data:`WARM_UP` more are run, and one that ends the last.
        seeds: classifiers that share the base.
        recipe: the year's semantics.
    """
    starts: list[Cost] = []
    total = WARM_UP + epochs + 1
    one = trial(FeatureExtraction(), train, validation, total, seeds=seeds, recipe=recipe)
    augment = feature_extraction.augmented_epoch

    def augment_and_note(*args: Any, **options: Any) -> Any:
        starts.append(Cost.now())
        return augment(*args, **options)

    with (
        _fresh_home(),
        mock.patch.object(Trial, "extractor", lambda _: extract),
        mock.patch.object(feature_extraction, "augmented_epoch", augment_and_note),
    ):
        feature_extraction.run(one)
    return _periods(starts)[WARM_UP:]


def fine_tuning(
    base: Any,
    train: Pictures,
    validation: Pictures,
    epochs: int,
    *,
    recipe: Recipe = TODAY,
) -> list[Cost]:
    """Returns the costs of technique 3's epochs but for the first, which compiles.

    The classifier on top is an untrained one: what it knows does not change the time.
    """
    ends: list[Cost] = []
    fit_epoch = on_pictures.fit_epoch

    def fit_and_note(*args: Any, **options: Any) -> None:
        fit_epoch(*args, **options)
        ends.append(Cost.now())

    one = trial(FineTuning(start=None), train, validation, epochs + 1, seeds=(0,), recipe=recipe)
    with (
        _fresh_home(),
        mock.patch.object(Trial, "base", lambda _: base),
        mock.patch.object(fine_tuning_technique, "relative_change", lambda *_: {}),
        mock.patch.object(on_pictures, "fit_epoch", fit_and_note),
    ):
        fine_tuning_technique.run(one)
    return _periods(ends)


@contextmanager
def _fresh_home() -> Iterator[None]:
    """Caches of its own, so that nothing is resumed."""
    with (
        tempfile.TemporaryDirectory() as folder,
        mock.patch.dict(os.environ, {settings.HOME: folder}),
    ):
        yield


def _periods(marks: Sequence[Cost]) -> list[Cost]:
    return [after - before for before, after in pairwise(marks)]
