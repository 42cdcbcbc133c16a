"""Runs plans: binds them to their materials, trains, and makes the run record."""

from __future__ import annotations

import shlex
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timezone

from repro import environment
from repro.chapter import EVALUATED
from repro.experiments import (
    FastFeatureExtraction,
    FeatureExtraction,
    FineTuning,
    FromScratch,
    LayerProbe,
    PositionProbe,
    Stacked,
)
from repro.plans import Materials, Plan, Trial, bind
from repro.record import RunRecord
from repro.techniques import (
    Outcome,
    fast_feature_extraction,
    feature_extraction,
    fine_tuning,
    from_scratch,
    position_probe,
)

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
    return RunRecord(
        experiment=plan.name,
        technique=trial.hyperparameters.number,  # type: ignore[arg-type]
        demonstration=materials.demonstration,
        recipe=dict(vars(plan.recipe)),
        settings=plan.settings(),
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
