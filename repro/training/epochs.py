"""One seed's run: a model, what has happened so far, and how it is kept between epochs."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from repro import checkpoint
from repro.chapter import Fold
from repro.checkpoint import Checkpoint
from repro.folds import Features, Pictures, order
from repro.record import Evaluation, History, SeedRun
from repro.training.evaluation import evaluate

logger = logging.getLogger(__name__)

HISTORY_FIELDS = tuple(History.model_fields)

Value = TypeVar("Value")
#: A fold's values → probabilities of "dog", (n, 1).
Predict = Callable[[NDArray[Any]], NDArray[np.float32]]


@dataclass
class Run:
    """A run in progress.

    Args:
        seed: of the classifier's initial weights, the order and the dropout.
        model: compiled.
        predict: the model as a function of a fold's values.
        folder: of the checkpoints.
        history: lists with one value per epoch. An epoch's seconds count from the end of the run's
            previous epoch; if work is done an epoch ahead, only their mean is the cost of an epoch.
        clock: ``time.perf_counter()`` when the last epoch ended, or the run began.
    """

    seed: int
    model: Any
    predict: Predict
    folder: Path
    history: dict[str, list[float]] = field(
        default_factory=lambda: {name: [] for name in HISTORY_FIELDS}
    )
    clock: float = field(default_factory=time.perf_counter)

    @property
    def epoch(self) -> int:
        """The number of finished epochs."""
        return len(self.history["loss"])


def begin(seed: int, model: Any, predict: Predict, folder: Path) -> Run:
    """Returns a compiled model's run, resumed from its newest whole checkpoint if it has one."""
    from repro import _keras

    run = Run(seed, model, predict, folder)
    kept = checkpoint.latest(folder)
    if kept is None:
        return run
    wanted = _arrays(run)
    found = {name: (value.shape, value.dtype) for name, value in kept.arrays.items()}
    history = kept.meta.get("history")
    fits = found == {name: (value.shape, value.dtype) for name, value in wanted.items()}
    if not fits or not _is_history(history, kept.epoch):
        logger.warning("%s: a checkpoint of another model; starting over", folder)
        return run
    for position, variable in enumerate(model.trainable_weights):
        variable.assign(kept.arrays[f"weight-{position}"])
    count = len(wanted) - len(model.trainable_weights)
    _keras.set_optimizer_state(model, [kept.arrays[f"optimizer-{p}"] for p in range(count)])
    run.history = {name: list(kept.meta["history"][name]) for name in HISTORY_FIELDS}
    logger.info("seed %d: going on after %d finished epochs", seed, run.epoch)
    return run


def _is_history(found: object, epochs: int) -> bool:
    """Tells whether a checkpoint's history has a number for each epoch in every field."""
    return isinstance(found, dict) and all(
        isinstance(values := found.get(name), list)
        and len(values) == epochs
        and all(isinstance(value, float) for value in values)
        for name in HISTORY_FIELDS
    )


def _arrays(run: Run) -> dict[str, NDArray[Any]]:
    """Returns what a checkpoint keeps of the model: its trained weights, its optimizer's state."""
    from repro import _keras

    weights = [_keras.as_array(variable) for variable in run.model.trainable_weights]
    arrays = {f"weight-{position}": value for position, value in enumerate(weights)}
    state = _keras.optimizer_state(run.model)
    return arrays | {f"optimizer-{position}": value for position, value in enumerate(state)}


def fit_epoch(
    run: Run,
    values: NDArray[Any],
    labels: NDArray[np.uint8],
    validation: Features | Pictures,
    *,
    batch: int,
    keep_every: int = 1,
    pictures: tuple[int, int] | None = None,
) -> None:
    """Trains an epoch in the run's own order, validates, notes both, and keeps a checkpoint.

    Args:
        values: the epoch's pictures or feature maps, (n, …), with their ``labels``, (n,).
        batch: pictures per step; a last partial batch is left out, as the chapter's steps do.
        keep_every: epochs between two checkpoints.
        pictures: (how many to take, how many make a pass); one pass over everything by default.
    """
    from repro import _keras

    count, once = pictures or (len(labels), len(labels))
    chosen = order(run.seed, run.epoch, once, passes=len(labels) // once)[: count // batch * batch]
    _keras.reseed_dropout(run.model, run.seed, run.epoch)
    logs = run.model.fit(
        _keras.on_device(values[chosen]),
        _keras.on_device(labels[chosen].astype(np.float32)),
        batch_size=batch,
        epochs=1,
        shuffle=False,
        verbose=0,
    ).history
    validated = evaluate(run.predict(validation.values), validation.labels)
    run.history["accuracy"].append(float(logs["accuracy"][0]))
    run.history["loss"].append(float(logs["loss"][0]))
    run.history["val_accuracy"].append(validated.accuracy)
    run.history["val_loss"].append(validated.loss)
    run.history["seconds"].append(time.perf_counter() - run.clock)
    run.clock = time.perf_counter()
    if run.epoch % keep_every == 0:
        checkpoint.save(run.folder, Checkpoint(run.epoch, _arrays(run), {"history": run.history}))


def finish(run: Run, folds: Mapping[Fold, Features | Pictures]) -> SeedRun:
    """Evaluates the run's model, as it is now, on whole folds."""
    evaluations: dict[Fold, Evaluation] = {
        name: evaluate(run.predict(fold.values), fold.labels) for name, fold in folds.items()
    }
    history = History(**{name: tuple(values) for name, values in run.history.items()})
    return SeedRun(seed=run.seed, history=history, evaluations=evaluations)


def one_ahead(compute: Callable[[int], Value], epochs: Iterable[int]) -> Iterator[Value]:
    """Yields what an epoch needs, for each epoch, while the next one's is computed.

    Args:
        compute: from an epoch's number; runs in a thread of its own, one call at a time.
        epochs: their numbers, in order.
    """
    with ThreadPoolExecutor(1) as ahead:
        waiting = None
        for epoch in epochs:
            ready, waiting = waiting, ahead.submit(compute, epoch)
            if ready is not None:
                yield ready.result()
        if waiting is not None:
            yield waiting.result()
