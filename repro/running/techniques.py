"""Runs a plan: the frozen base's feature maps, the technique's training, the run record."""

from __future__ import annotations

import logging
import shlex
import shutil
import sys
import time
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timezone
from typing import Any

import numpy as np
from numpy.typing import NDArray

from repro import chapter, checkpoint, environment, features, model, settings, training, weights
from repro.chapter import Fold
from repro.dataset.doubtful import DOUBTFUL
from repro.errors import OptionError
from repro.experiments import EXPERIMENTS
from repro.features import FeatureKey
from repro.record import RunRecord, SeedRun
from repro.running.materials import Materials, without
from repro.running.plan import Plan
from repro.training import Features, Pictures
from repro.training.run import EvaluatedFold, seed_folder

logger = logging.getLogger(__name__)

#: Kernel and bias of either dense layer.
_CLASSIFIER_TENSORS = 4
_EVALUATED: tuple[EvaluatedFold, ...] = ("validation", "test")


def run(plan: Plan, materials: Materials, *, fresh: bool = False) -> RunRecord:
    """Runs one technique, going on where an earlier call was interrupted.

    Args:
        plan: what to run.
        materials: what to run it on.
        fresh: forgets what an earlier call has finished of this plan, and starts anew.

    Returns:
        The record: every epoch of every seed, settings, environment, digests, timings.
    """
    from repro import _keras

    _keras.make_deterministic()
    materials = materials_of(plan, materials)
    started, clock = _now(), time.perf_counter()
    timings: dict[str, float] = {}
    if fresh:
        _forget(plan, materials)
    observations: dict[str, Any] = {}
    if plan.technique.number == 0:
        runs = _train_from_scratch(plan, materials)
    elif plan.technique.number == 3:
        runs = _fine_tune(plan, materials, observations)
    elif plan.stacked or not plan.frozen:
        runs = _train_stacked(plan, materials)
    else:
        runs = _train_classifiers(plan, materials, timings)
    timings["seconds"] = time.perf_counter() - clock
    timings["peak_memory_gib"] = environment.peak_memory_gib()
    return RunRecord(
        experiment=plan.name,
        technique=plan.technique.number,  # type: ignore[arg-type]
        demonstration=materials.demonstration,
        recipe=dict(plan.recipe.as_dict()),
        settings=plan.settings(),
        runs=runs,
        observations=observations,
        names={fold: materials.names[fold] for fold in _EVALUATED},
        environment=environment.describe(),
        digests={**materials.digests, "code": environment.code_digest()},
        timings=timings,
        command=shlex.join(["repro", *sys.argv[1:]]),
        started=started,
        finished=_now(),
    )


def _now() -> str:
    return datetime.now(timezone.utc).isoformat(timespec="seconds")


def materials_of(plan: Plan, materials: Materials) -> Materials:
    """Returns the materials with what is different for a plan: fewer pictures, other tensors."""
    if plan.clean:
        materials = without(materials, DOUBTFUL)
    return materials if plan.base == chapter.BASE_NAME else _with_tensors_of(plan, materials)


def _with_tensors_of(plan: Plan, materials: Materials) -> Materials:
    if materials.demonstration:
        raise OptionError(
            plan.name,
            found="no Kaggle pictures",
            expected="the real pictures: the demonstration draws VGG16's weights only",
            remedy=f"Give --originals or {settings.ORIGINALS}.",
        )
    tensors = weights.of_keras(plan.base)
    digests = {**materials.digests, "weights": weights.digest(tensors)}
    return replace(materials, tensors=tensors, digests=digests)


def _base(plan: Plan, materials: Materials) -> Any:
    if plan.base != chapter.BASE_NAME:
        base = model.conv_base(plan.base, precision=plan.precision)
        base.set_weights(list(materials.tensors.values()))
        return base
    base = model.conv_base(tensors=materials.tensors, precision=plan.precision)
    return base if plan.layer is None else model.up_to(base, plan.layer)


def _feature_key(plan: Plan, materials: Materials, fold: Fold) -> FeatureKey:
    return FeatureKey(
        pictures=materials.digests[f"pixels-{fold}"],
        weights=materials.digests["weights"],
        base=plan.layer or plan.base,
        preprocessing=plan.recipe.preprocessing,
        precision=plan.precision,
        software=environment.software(),
    )


def _fold_features(
    plan: Plan,
    materials: Materials,
    extract: features.Extractor,
    fold: Fold,
    feature_map: tuple[int, ...],
) -> Features:
    pictures = materials.folds[fold]
    values = features.extract(
        extract,
        pictures.values,
        _feature_key(plan, materials, fold),
        shape=feature_map,
        title=f"{fold} features",
    )
    return Features(values, pictures.labels)


def _feature_map(plan: Plan, base: Any) -> tuple[int, ...]:
    if plan.base != chapter.BASE_NAME:
        return tuple(base.output.shape[1:])
    rows = {row.name: row.shape for row in chapter.BASE_LAYERS}
    return chapter.FEATURE_MAP if plan.layer is None else rows[plan.layer]


def _forget(plan: Plan, materials: Materials) -> None:
    shutil.rmtree(plan.folder(materials.digests, environment.software()), ignore_errors=True)
    for fold in chapter.FOLDS:
        features.forget(_feature_key(plan, materials, fold))


def extracted(
    plan: Plan, materials: Materials
) -> tuple[features.Extractor, Mapping[EvaluatedFold, Features], tuple[int, ...]]:
    """Returns the base as a function, feature maps of the evaluated folds, and their shape."""
    base = _base(plan, materials)
    extract = features.extractor(base, plan.recipe.preprocessing)
    shape = _feature_map(plan, base)
    folds = {fold: _fold_features(plan, materials, extract, fold, shape) for fold in _EVALUATED}
    return extract, folds, shape


def _train_classifiers(
    plan: Plan, materials: Materials, timings: dict[str, float]
) -> tuple[SeedRun, ...]:
    extract, folds, feature_map = extracted(plan, materials)
    folder = plan.folder(materials.digests, environment.software())
    options: dict[str, Any] = {
        "seeds": plan.seeds,
        "technique": plan.technique,
        "recipe": plan.recipe,
        "epochs": plan.epochs,
        "folder": folder,
    }
    if plan.technique.augmented:
        train = materials.folds["train"]
        return training.train_frozen(
            extract, train, folds, augmentation_seed=plan.augmentation_seed, **options
        )
    train_features = _fold_features(plan, materials, extract, "train", feature_map)
    taken = [features.seconds_taken(_feature_key(plan, materials, f)) for f in chapter.FOLDS]
    # Of the pass itself, whenever that was: a run that reuses the feature maps did not pay for it.
    if all(taken):
        timings["features_seconds"] = sum(seconds or 0.0 for seconds in taken)
    return training.train_on_features(train_features, folds, **options)


def _train_stacked(plan: Plan, materials: Materials) -> tuple[SeedRun, ...]:
    return tuple(
        training.train_stacked(
            _base(plan, materials),
            materials.folds["train"],
            _pictures(materials),
            seed=seed,
            technique=plan.technique,
            recipe=plan.recipe,
            epochs=plan.epochs,
            augmentation_seed=plan.augmentation_seed,
            frozen=plan.frozen,
            folder=plan.folder(materials.digests, environment.software()),
        )
        for seed in plan.seeds
    )


def _train_from_scratch(plan: Plan, materials: Materials) -> tuple[SeedRun, ...]:
    return tuple(
        training.train_from_scratch(
            materials.folds["train"],
            _pictures(materials),
            seed=seed,
            technique=plan.technique,
            recipe=plan.recipe,
            precision=plan.precision,
            epochs=plan.epochs,
            folder=plan.folder(materials.digests, environment.software()),
        )
        for seed in plan.seeds
    )


def _fine_tune(
    plan: Plan, materials: Materials, observations: dict[str, Any]
) -> tuple[SeedRun, ...]:
    runs, changes = [], []
    for seed in plan.seeds:
        base = _base(plan, materials)
        classifier = None if plan.untrained else _start(plan, materials, seed, base)
        run = training.fine_tune(
            base,
            materials.folds["train"],
            _pictures(materials),
            classifier=classifier,
            seed=seed,
            technique=plan.technique,
            recipe=plan.recipe,
            epochs=plan.epochs,
            untrained=plan.untrained,
            folder=plan.folder(materials.digests, environment.software()),
        )
        runs.append(run)
        changes.append(_relative_changes(base, materials))
    # Of the first seed: the others' are of the same size, and a record stays readable.
    observations["fine_tuning.relative_change"] = changes[0]
    return tuple(runs)


def _relative_changes(base: Any, materials: Materials) -> dict[str, float]:
    """Returns how far each trained kernel moved: norm of the change over norm of the kernel."""
    changes = {}
    for layer in base.layers:
        if layer.weights and layer.trainable:
            before = materials.tensors[f"{layer.name}/kernel"]
            moved = np.linalg.norm(layer.get_weights()[0] - before)
            changes[f"{layer.name}/kernel"] = float(moved / np.linalg.norm(before))
    return changes


def _start(plan: Plan, materials: Materials, seed: int, base: Any) -> list[NDArray[np.float32]]:
    """Puts the base where fine-tuning starts; returns the classifier that was trained for it."""
    before = Plan.of(
        EXPERIMENTS[plan.start],
        recipe=plan.recipe,
        precision=plan.precision,
        seeds=(seed,),
        augmentation_seed=plan.augmentation_seed,
    )
    wanted = plan.start_epochs or before.total_epochs
    folder = seed_folder(before.folder(materials.digests, environment.software()), seed)
    assert folder is not None
    kept = checkpoint.latest(folder)
    if kept is None or kept.epoch != wanted:
        raise OptionError(
            f"fine-tuning, seed {seed}",
            found="no classifier" if kept is None else f"one after {kept.epoch} epochs",
            expected=f"a classifier after {wanted} epochs of {plan.start}",
            remedy=f"First run `repro run {plan.start} --seeds {seed} --recipe {plan.recipe.name} "
            f"--epochs {wanted}`, or say with --start-epochs how many it shall have had.",
        )
    # The base's tensors come first where they were trained, too.
    count = sum(name.startswith("weight-") for name in kept.arrays)
    values = [kept.arrays[f"weight-{position}"] for position in range(count)]
    if count > _CLASSIFIER_TENSORS:
        base.set_weights(values[:-_CLASSIFIER_TENSORS])
    return values[-_CLASSIFIER_TENSORS:]


def _pictures(materials: Materials) -> Mapping[EvaluatedFold, Pictures]:
    return {fold: materials.folds[fold] for fold in _EVALUATED}
