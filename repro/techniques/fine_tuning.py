"""Technique 3, fine-tuning: from about 90 % to above 96 %.

The chapter's steps:

1. Add a classifier on top of a base that is already trained.
2. Freeze the base.
3. Train the classifier. (These three are technique 2, which has to have run.)
4. Unfreeze the base from ``block3_conv1`` on: nine convolutions.
5. Train them together with the classifier, at a rate of 1e-5 that changes them only slightly.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import JsonValue

from repro import chapter, checkpoint, model
from repro.errors import OptionError
from repro.experiments import FineTuning
from repro.plans import Trial
from repro.record import SeedRun
from repro.techniques import Outcome
from repro.training import train_on_pictures

#: Kernel and bias of the hidden layer, kernel and bias of the output.
_CLASSIFIER_TENSORS = 4
#: The augmentation goes on where technique 2's whole run ends: its pictures do not come again.
FIRST_EPOCH = chapter.FEATURE_EXTRACTION.epochs


def run(trial: Trial) -> Outcome:
    """Fine-tunes each seed's own classifier and its base, and notes how far the kernels moved.

    The first seed's: the others' move about as far; leaving them out keeps the record readable.

    Raises:
        OptionError: the experiment that it starts from has not been run for one of the seeds.
    """
    runs, moves = zip(*(_fine_tune(trial, seed) for seed in trial.seeds), strict=True)
    return Outcome(runs, {"fine_tuning.relative_change": moves[0]})


def _fine_tune(trial: Trial, seed: int) -> tuple[SeedRun, dict[str, JsonValue]]:
    assert isinstance(trial.plan.training, FineTuning)
    base = trial.base()
    network = model.stack_classifier(base, dropout=trial.hyperparameters.dropout, seed=seed)
    if trial.start is not None:
        _take_over(network, base, trained_weights(trial.start, seed))
    model.unfreeze_from(base, trial.plan.training.unfreeze_from)
    done = train_on_pictures(trial, network, seed, augmentation_seed=seed, first_epoch=FIRST_EPOCH)
    return done, relative_change(base, trial.materials.tensors)


def _take_over(network: Any, base: Any, trained: list[NDArray[np.float32]]) -> None:
    """Puts trained weights into the stack; if the base was trained, too, its weights come first."""
    before, classifier = trained[:-_CLASSIFIER_TENSORS], trained[-_CLASSIFIER_TENSORS:]
    if before:
        base.set_weights(before)
    network.get_layer("dense").set_weights(classifier[:2])
    network.get_layer("dense_1").set_weights(classifier[2:])


def trained_weights(trial: Trial, seed: int) -> list[NDArray[np.float32]]:
    """Returns the weights that a finished run has trained, in the model's order.

    Raises:
        OptionError: the run is not finished, or has had more epochs than were asked for.
    """
    name, wanted = trial.plan.name, trial.epochs
    kept = checkpoint.latest(trial.seed_folder(seed))
    if kept is None or kept.epoch != wanted:
        raise OptionError(
            f"what {name} has trained, seed {seed}",
            found="no classifier" if kept is None else f"one after {kept.epoch} epochs",
            expected=f"a classifier after {wanted} epochs of {name}",
            remedy=f"First run `repro run {name} --seeds {seed} --recipe {trial.recipe.name} "
            f"--epochs {wanted} --precision {trial.plan.precision} --engine {trial.plan.engine}`. "
            "Or give the number that it has had: fine-tuning takes it as --start-epochs, "
            "position-probe as --epochs. "
            "`repro run untrained-classifier` shows how an untrained one does.",
        )
    count = sum(key.startswith("weight-") for key in kept.arrays)
    return [kept.arrays[f"weight-{position}"] for position in range(count)]


def relative_change(base: Any, published: Any) -> dict[str, JsonValue]:
    """Returns how far each trained kernel is from the published one, relative to its norm.

    Args:
        base: after training.
        published: "layer/kernel" → the kernel before, as :func:`repro.weights.load` returns it.
    """
    changes: dict[str, JsonValue] = {}
    for layer in base.layers:
        if layer.weights and layer.trainable:
            before = published[f"{layer.name}/kernel"]
            moved = np.linalg.norm(layer.get_weights()[0] - before)
            changes[f"{layer.name}/kernel"] = float(moved / np.linalg.norm(before))
    return changes
