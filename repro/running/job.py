"""The main job: everything that can be said about the chapter in a few minutes, in one record."""

from __future__ import annotations

import json
import logging
import time
from dataclasses import dataclass
from pathlib import Path

from repro import inspection
from repro.chapter import Numbering
from repro.engines import check, choose
from repro.errors import ReproError
from repro.experiments import EXPERIMENTS
from repro.plans import Materials, Plan, gather
from repro.recipe import TODAY, Recipe
from repro.record import RunRecord
from repro.running.recording import run

logger = logging.getLogger(__name__)

#: A demonstration shows the way of the data; its numbers mean nothing, so it is kept short.
DEMONSTRATION_EPOCHS = 10


@dataclass(frozen=True)
class Job:
    """What the user asked for, in the terms of :func:`~repro.plans.gather` and of a plan.

    Args:
        precision: "float32", "bfloat16" or "auto".
        engine: "keras", "ncnn" or "auto".
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
    if materials.demonstration and materials.originals is None:
        return found
    found |= inspection.observe_pictures(materials.split)
    found["data.loaded_shape"] = list(materials.folds["train"].values.shape[1:])
    if materials.originals is not None:
        try:
            found |= inspection.observe_originals(materials.originals)
        except (OSError, ReproError) as error:
            logger.warning("%s could not be counted: %s", materials.originals, error)
    return found
