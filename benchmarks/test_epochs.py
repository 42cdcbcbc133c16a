"""An epoch of each technique, whole: pictures a second and operations a second.

On a GPU as given; ``--device cpu`` runs the same on the processor with fewer rounds.
"""

from __future__ import annotations

import statistics
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from benchmarks import epochs, operations
from benchmarks.stopwatch import STOPWATCH
from repro import chapter, engines, environment, model
from repro.chapter import FOLD_SIZES, LayerRow
from repro.engines import keras
from repro.folds import Features
from repro.plans import Materials

if TYPE_CHECKING:
    from repro.experiments import Precision

pytestmark = [
    pytest.mark.gpu,
    pytest.mark.originals,
    pytest.mark.weights,
    pytest.mark.benchmark(timer=STOPWATCH.now),
]

ROUNDS = {"gpu": 10, "cpu": 2}
TRAIN, VALIDATION = FOLD_SIZES["train"], FOLD_SIZES["validation"]


@dataclass(frozen=True)
class Ready:
    """What the three techniques start from.

    Args:
        device: "cpu" or "gpu".
        base: with its tensors, in the machine's precision.
        precision: of the base.
        extract: the frozen base as a function.
        rows: layers of base and classifier, without the base's own row.
    """

    device: str
    base: Any
    precision: Precision
    extract: engines.Extractor
    rows: tuple[LayerRow, ...]


@pytest.fixture(scope="module")
def ready(materials: Materials, device: str) -> Ready:
    from repro import _keras

    # As a run of the project does it: what is timed gives the same bits run after run.
    _keras.make_deterministic()
    precision = engines.choose_precision("auto")
    base = model.conv_base(tensors=materials.tensors, precision=precision)
    rows = model.layer_table(base) + model.layer_table(model.classifier())
    return Ready(device, base, precision, keras.extractor(base), rows)


@pytest.fixture(scope="module")
def validation_features(materials: Materials, ready: Ready) -> Features:
    fold = materials.folds["validation"]
    return Features(ready.extract(fold.values), fold.labels)


def note(timed: Any, ready: Ready, seconds: list[float], count: int, pictures: int) -> None:
    """Keeps the rounds, and the median's rates.

    Args:
        timed: the benchmark.
        ready: where device and precision are.
        seconds: of each round.
        count: operations of an epoch.
        pictures: that an epoch takes through the model, for training and validation.
    """
    median = statistics.median(seconds)
    # Right behind the rounds, so that both meet the machine in the same state.
    peak = operations.matmul_peak(ready.precision, ready.device)
    STOPWATCH.tell(timed, seconds)
    timed.extra_info |= {
        "precision": ready.precision,
        "device": environment.describe()["device"],
        "pictures": pictures,
        "pictures_per_second": pictures / median,
        "teraflop_per_epoch": count / 1e12,
        "teraflop_per_second": count / median / 1e12,
        "matmul_peak_teraflop_per_second": peak / 1e12,
        "share_of_matmul_peak": count / median / peak,
        "software": environment.software(),
    }
    assert len(seconds) and min(seconds) > 0


def classifier_rows(ready: Ready) -> tuple[LayerRow, ...]:
    return ready.rows[-2:]


def test_epoch_of_technique_1(timed, materials, ready, validation_features, device):
    fold = materials.folds["train"]
    train = Features(ready.extract(fold.values), fold.labels)
    seconds = epochs.on_features(train, validation_features, ROUNDS[device])
    rows = classifier_rows(ready)
    count = TRAIN * operations.training(rows) + VALIDATION * operations.predicting(rows)
    note(timed, ready, seconds, count, TRAIN + VALIDATION)


def test_epoch_of_technique_2(timed, materials, ready, device):
    train, validation = materials.folds["train"], materials.folds["validation"]
    costs = epochs.frozen(ready.extract, train, validation, ROUNDS[device])
    rows = classifier_rows(ready)
    # Validation takes kept feature maps: only the training pictures pass through the base.
    count = TRAIN * (operations.predicting(ready.rows[:-2]) + operations.training(rows))
    count += VALIDATION * operations.predicting(rows)
    note(timed, ready, [cost.wall for cost in costs], count, TRAIN)


def test_epoch_of_technique_3(timed, materials, ready, device, fine_tune_epochs):
    train, validation = materials.folds["train"], materials.folds["validation"]
    rounds = min(ROUNDS[device], fine_tune_epochs)
    # A base of its own: fine-tuning changes its weights.
    base = model.conv_base(tensors=materials.tensors, precision=ready.precision)
    costs = epochs.fine_tuning(base, train, validation, rounds)
    count = TRAIN * operations.training(ready.rows, chapter.UNFREEZE_FROM)
    count += VALIDATION * operations.predicting(ready.rows)
    note(timed, ready, [cost.wall for cost in costs], count, TRAIN + VALIDATION)
