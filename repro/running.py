"""From a plan and its materials to a run record, and the main job: what the command line calls."""

from __future__ import annotations

import json
import logging
import shlex
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path

from repro import environment, inspection
from repro.chapter import EVALUATED, Numbering
from repro.engines import check, choose
from repro.errors import ReproError
from repro.experiments import (
    EXPERIMENTS,
    FastFeatureExtraction,
    FeatureExtraction,
    FineTuning,
    FromScratch,
    LayerProbe,
    PositionProbe,
    Stacked,
)
from repro.plans import Materials, Plan, Trial, bind, gather
from repro.recipe import TODAY, Recipe
from repro.record import RunRecord
from repro.techniques import (
    Outcome,
    fast_feature_extraction,
    feature_extraction,
    fine_tuning,
    from_scratch,
    position_probe,
)

logger = logging.getLogger(__name__)

#: A demonstration shows the way of the data; its numbers mean nothing, so it is kept short.
DEMONSTRATION_EPOCHS = 10
_TECHNIQUES: Mapping[type, Callable[[Trial], Outcome]] = {
    FromScratch: from_scratch.run,
    FastFeatureExtraction: fast_feature_extraction.run,
    LayerProbe: fast_feature_extraction.probe_layers,
    PositionProbe: position_probe.run,
    FeatureExtraction: feature_extraction.run,
    Stacked: feature_extraction.run_stacked,
    FineTuning: fine_tuning.run,
}


def run(plan: Plan, materials: Materials, *, fresh: bool = False) -> RunRecord:
    """Runs a plan on its materials, resuming an interrupted earlier call unless it is ``fresh``."""
    (made,) = run_together([plan], materials, fresh=fresh)
    return made


def run_together(
    plans: Sequence[Plan], materials: Materials, *, fresh: bool = False
) -> tuple[RunRecord, ...]:
    """Runs plans of technique 2 on the same passes of the base.

    The bits are the same as from a :func:`run` of each plan. A record's seconds are those of all
    plans together; a plan alone would not take much less. ``plans_sharing`` is their number.

    Args:
        plans: of one precision; their recipes differ only in the optimiser.
        materials: for all of them.
        fresh: forgets what an earlier call has finished of these plans, and starts anew.

    Raises:
        ValueError: the plans do not see the same feature maps.
        OptionError: a plan lacks what it starts from, or real pictures.
        DownloadError: another base's tensors cannot be obtained.
    """
    from repro import _keras

    trials = [bind(plan, materials) for plan in plans]
    _keras.make_deterministic()
    started, clock = _now(), time.perf_counter()
    if fresh:
        for trial in trials:
            trial.forget()
    if len(trials) > 1:
        outcomes = feature_extraction.run_together(trials)
    else:
        outcomes = (_TECHNIQUES[type(trials[0].plan.training)](trials[0]),)
    seconds = time.perf_counter() - clock
    timings = {"seconds": seconds, "peak_memory_gib": environment.peak_memory_gib()}
    if len(trials) > 1:
        timings["plans_sharing"] = float(len(trials))
    return tuple(
        _record(trial, outcome, timings, started)
        for trial, outcome in zip(trials, outcomes, strict=True)
    )


def _record(
    trial: Trial, outcome: Outcome, timings: Mapping[str, float], started: str
) -> RunRecord:
    plan, materials = trial.plan, trial.materials
    # A longer run that was found again is what the record is of.
    epochs = max((len(run.history.loss) for run in outcome.runs), default=plan.total_epochs)
    return RunRecord(
        experiment=plan.name,
        technique=trial.hyperparameters.number,  # type: ignore[arg-type]
        demonstration=materials.demonstration,
        recipe=dict(vars(plan.recipe)),
        settings={**plan.settings(), "epochs": epochs},
        runs=outcome.runs,
        observations=dict(outcome.observations),
        names={fold: materials.names[fold] for fold in EVALUATED},
        environment=environment.describe(),
        digests={**materials.digests, "code": environment.code_digest()},
        timings={**outcome.timings, **timings},
        command=shlex.join(["repro", *sys.argv[1:]]),
        started=started,
        finished=_now(),
    )


def _now() -> str:
    return datetime.now(timezone.utc).isoformat(timespec="seconds")


@dataclass(frozen=True)
class Job:
    """What the user asked for, in the terms of :func:`~repro.plans.gather` and of a plan.

    Args:
        originals: the Kaggle pictures; None draws the demonstration's.
        weights: the base's tensors, as in :func:`~repro.plans.gather`.
        recipe: which year's semantics.
        numbering: "r" or "python".
        precision: "float32", "bfloat16" or "auto".
        engine: "keras", "ncnn" or "auto".
        seeds: one run each.
        fresh: forgets what earlier calls finished.
    """

    originals: Path | None = None
    weights: Path | None = None
    recipe: Recipe = TODAY
    numbering: Numbering = "r"
    precision: str = "auto"
    engine: str = "auto"
    seeds: tuple[int, ...] = (0, 1, 2)
    fresh: bool = False


def main_job(job: Job) -> RunRecord:
    """Prepares, verifies, inspects, extracts, trains technique 1, and evaluates it.

    Raises:
        ReproError: the originals or the weights are not what the chapter starts from.
    """
    clock = time.perf_counter()
    experiment = EXPERIMENTS["technique-1"]
    check(job.engine, job.precision, [experiment])
    logger.info("1/4 Pictures and weights")
    materials = gather(
        job.originals,
        job.weights,
        numbering=job.numbering,
        interpolation=job.recipe.resize_interpolation,
    )
    gathered = time.perf_counter()
    logger.info("2/4 The chapter's models, freezing and augmentation (loads Keras)")
    # Through JSON, so that a record holds what it will hold once it has been read again.
    observations = json.loads(json.dumps({**_observe(materials), **inspection.observe()}))
    inspected = time.perf_counter()
    logger.info("3/4 Technique 1: feature maps, then one classifier per seed")
    engine, precision = choose(job.engine, job.precision, [experiment])
    plan = Plan(
        experiment=experiment,
        recipe=job.recipe,
        precision=precision,
        seeds=job.seeds,
        epochs=DEMONSTRATION_EPOCHS if materials.demonstration else None,
        engine=engine,
    )
    record = run(plan, materials, fresh=job.fresh)
    timings = {
        **record.timings,
        "gather_seconds": gathered - clock,
        "inspect_seconds": inspected - gathered,
        "total_seconds": time.perf_counter() - clock,
    }
    return record.model_copy(update={"observations": observations, "timings": timings})


def _observe(materials: Materials) -> dict[str, object]:
    found: dict[str, object] = {"data.verification": dict(materials.verification)}
    if materials.originals is None:
        return found
    found |= inspection.observe_pictures(materials.split)
    found["data.loaded_shape"] = list(materials.folds["train"].values.shape[1:])
    try:
        found |= inspection.observe_originals(materials.originals)
    except (OSError, ReproError) as error:
        logger.warning("%s could not be counted: %s", materials.originals, error)
    return found
