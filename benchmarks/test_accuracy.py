"""The chapter's techniques in full, their accuracies before gates with two sides.

Runs are kept where ``repro run`` keeps its own, so what an earlier run finished is not trained
again. ``--extraction-epochs N`` shortens technique 2, ``--fine-tune-epochs N`` technique 3, and
``--training-seeds N`` takes fewer seeds. A shortened run, or one that starts from a shortened run,
is reported and never judged.
"""

from __future__ import annotations

from typing import Any

import pytest

from benchmarks.accuracies import Outcome, judge, told
from repro import engines, running
from repro.chapter import FEATURE_EXTRACTION, FINE_TUNING
from repro.claims import gates
from repro.experiments import EXPERIMENTS, started_after
from repro.plans import Plan
from repro.record import RunRecord

pytestmark = [pytest.mark.gpu, pytest.mark.originals, pytest.mark.weights]


def plan(
    experiment: str,
    seeds: tuple[int, ...],
    *,
    epochs: int | None = None,
    start_epochs: int | None = None,
) -> Plan:
    precision = engines.choose_precision("auto")
    wanted = started_after(EXPERIMENTS[experiment], start_epochs)
    return Plan(wanted, precision=precision, seeds=seeds, epochs=epochs)


def start_epochs(record: RunRecord) -> int | None:
    """Returns how long the classifiers that fine-tuning starts from trained; None if in full."""
    fewest = min(len(run.history.loss) for run in record.runs)
    return None if fewest == FEATURE_EXTRACTION.epochs else fewest


def timed_run(benchmark: Any, materials: Any, wanted: Plan) -> RunRecord:
    """Runs a plan once. Its timing is what this call took; training's own is in extra_info."""
    record = benchmark.pedantic(running.run, args=(wanted, materials), rounds=1)
    benchmark.extra_info |= told(record)
    return record


def check(benchmark: Any, **outcomes: Outcome) -> None:
    """Keeps the outcomes, and fails where a gate does."""
    benchmark.extra_info |= {name: outcome.as_dict() for name, outcome in outcomes.items()}
    failed = {
        name: f"mean {outcome.mean:.4f}, gate {outcome.gate.region}"
        for name, outcome in outcomes.items()
        if outcome.passed is False
    }
    assert not failed


@pytest.mark.parametrize(
    ("experiment", "gate"),
    [
        pytest.param(
            "technique-1",
            gates.FAST_FEATURE_EXTRACTION,
            id="technique-1",
            marks=pytest.mark.claim("fast-extraction-accuracy"),
        ),
        pytest.param(
            "technique-2",
            gates.FEATURE_EXTRACTION,
            id="technique-2",
            marks=pytest.mark.claim("extraction-accuracy"),
        ),
    ],
)
def test_a_frozen_base_reaches_about_90_percent(
    benchmark,
    materials,
    user_caches,
    keep_record,
    training_seeds,
    extraction_epochs,
    experiment,
    gate,
):
    epochs = extraction_epochs if experiment == "technique-2" else None
    wanted = plan(experiment, training_seeds, epochs=epochs)
    record = timed_run(benchmark, materials, wanted)
    keep_record(record)
    technique = wanted.training.hyperparameters
    check(benchmark, judged=judge(record, technique, gate, fold="validation", last=1))


@pytest.mark.claim("fine-tuning-accuracy", "fine-tuning-test-accuracy")
def test_fine_tuning_reaches_above_96_percent(
    benchmark,
    materials,
    user_caches,
    keep_record,
    training_seeds,
    extraction_epochs,
    fine_tune_epochs,
):
    # Fine-tuning starts from technique 2's classifiers; where they are finished, this is quick.
    before = plan("technique-2", training_seeds, epochs=extraction_epochs)
    had = start_epochs(running.run(before, materials))
    wanted = plan("technique-3", training_seeds, epochs=fine_tune_epochs, start_epochs=had)
    record = timed_run(benchmark, materials, wanted)
    keep_record(record)
    check(
        benchmark,
        judged=judge(
            record, FINE_TUNING, gates.FINE_TUNING, fold="validation", last=gates.LAST_EPOCHS
        ),
        judged_test=judge(record, FINE_TUNING, gates.FINE_TUNING_TEST, fold="test", last=1),
    )
