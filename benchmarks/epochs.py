"""What an epoch costs of the techniques as the project trains them, in the steady state."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any
from unittest import mock

import numpy as np
from numpy.typing import NDArray

from benchmarks.stopwatch import Cost
from repro import training
from repro.features import Extractor
from repro.recipe import TODAY, Recipe
from repro.training import Features, Pictures, in_graph

#: Periods of technique 2 that are not steady yet: in the first no classifier trains beside the
#: base, in the second the classifiers are compiled.
WARM_UP = 2


def part(pictures: Pictures, n: int) -> Pictures:
    """Returns n pictures of a fold, cats and dogs in equal numbers."""
    chosen = np.concatenate(
        [np.flatnonzero(pictures.labels == label)[: n // 2] for label in (0, 1)]
    )
    return Pictures(np.ascontiguousarray(pictures.values[chosen]), pictures.labels[chosen])


def on_features(
    train: Features, folds: Mapping[Any, Features], epochs: int, *, recipe: Recipe = TODAY
) -> list[float]:
    """Returns the seconds of technique 1's epochs but for the first, which compiles."""
    run = training.train_on_features(train, folds, seeds=(0,), recipe=recipe, epochs=epochs + 1)[0]
    return list(run.history.seconds[1:])


def frozen(
    extract: Extractor,
    train: Pictures,
    folds: Mapping[Any, Features],
    epochs: int,
    *,
    seeds: Sequence[int] = (0,),
    recipe: Recipe = TODAY,
) -> list[Cost]:
    """Returns the costs of technique 2's epochs, from one start of the base to the next.

    The base works an epoch ahead of the classifiers and starts on the next as soon as both are
    done with this one; so the time between two of its starts is what an epoch costs.

    Args:
        extract: the frozen base.
        train: the training pictures.
        folds: feature maps of "validation".
        epochs: how many to measure; :data:`WARM_UP` more are run, and one that ends the last.
        seeds: classifiers that share the base.
        recipe: the year's semantics.
    """
    starts: list[Cost] = []

    def extract_and_note(pictures: NDArray[np.uint8]) -> NDArray[np.float32]:
        starts.append(Cost.now())
        return extract(pictures)

    total = WARM_UP + epochs + 1
    training.train_frozen(extract_and_note, train, folds, seeds=seeds, recipe=recipe, epochs=total)
    return _periods(starts)[WARM_UP:]


def fine_tuning(
    base: Any,
    train: Pictures,
    folds: Mapping[Any, Pictures],
    epochs: int,
    *,
    recipe: Recipe = TODAY,
) -> list[Cost]:
    """Returns the costs of technique 3's epochs but for the first, which compiles.

    The classifier on top is an untrained one: what it knows does not change the time.
    """
    ends: list[Cost] = []
    fit_epoch = in_graph.fit_epoch

    def fit_and_note(*args: Any, **options: Any) -> None:
        fit_epoch(*args, **options)
        ends.append(Cost.now())

    with mock.patch("repro.training.in_graph.fit_epoch", fit_and_note):
        training.fine_tune(
            base,
            train,
            folds,
            classifier=None,
            seed=0,
            recipe=recipe,
            epochs=epochs + 1,
            untrained=True,
        )
    return _periods(ends)


def _periods(marks: Sequence[Cost]) -> list[Cost]:
    return [after - before for before, after in pairwise(marks)]
