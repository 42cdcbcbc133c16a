"""Runs several plans of technique 2 on the same passes of the base."""

from __future__ import annotations

import time
from collections.abc import Sequence

from repro import environment
from repro.record import RunRecord
from repro.running import techniques
from repro.running.materials import Materials
from repro.running.plan import Plan
from repro.training.frozen import Training, train_frozen_together


def run_together(plans: Sequence[Plan], materials: Materials) -> tuple[RunRecord, ...]:
    """Runs plans that see the same feature maps, going on where an earlier call was interrupted.

    The bits are those of a :func:`repro.running.run` for each plan, which is also what makes the
    records, once the classifiers are trained.

    Args:
        plans: technique 2, its base frozen and its pictures augmented, of one precision and one
            augmentation seed; their recipes differ in the optimiser alone.
        materials: what to run them on.

    Returns:
        Each plan's record. The seconds are those of all plans together, which is what a plan would
        have saved little of alone; ``plans_sharing`` tells their number.

    Raises:
        ValueError: the plans do not see the same feature maps.
    """
    clock = time.perf_counter()
    _train(plans, materials)
    shared = time.perf_counter() - clock
    return tuple(_record(plan, materials, shared, len(plans)) for plan in plans)


def _train(plans: Sequence[Plan], materials: Materials) -> None:
    from repro import _keras

    _keras.make_deterministic()
    first = plans[0]
    materials = techniques.materials_of(first, materials)
    extract, folds, _ = techniques.extracted(first, materials)
    folder = {plan: plan.folder(materials.digests, environment.software()) for plan in plans}
    train_frozen_together(
        extract,
        materials.folds["train"],
        folds,
        [
            Training(plan.seeds, plan.technique, plan.recipe, plan.epochs, folder[plan])
            for plan in plans
        ],
        augmentation_seed=first.augmentation_seed,
    )


def _record(plan: Plan, materials: Materials, shared: float, plans: int) -> RunRecord:
    made = techniques.run(plan, materials)
    timings = dict(made.timings)
    timings["seconds"] += shared
    timings["plans_sharing"] = float(plans)
    return made.model_copy(update={"timings": timings})
