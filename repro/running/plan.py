"""What is to be run, as data; its digest names the folder where the run is kept."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from repro import chapter, settings
from repro.chapter import Technique
from repro.experiments import Experiment, Start
from repro.recipe import TODAY, Recipe

if TYPE_CHECKING:
    from repro._keras import Precision

#: Raised whenever the same plan would give other numbers than before.
_FORMAT = 2
#: Fields of a plan that do not decide the bits of an epoch.
_NOT_IN_KEY = ("recipe", "seeds", "epochs", "experiment")
_INPUTS = ("weights", *(f"pixels-{fold}" for fold in chapter.FOLDS))


@dataclass(frozen=True)
class Plan:
    """One technique under one recipe.

    Args:
        technique: hyperparameters and, for fine-tuning, the first layer to train.
        recipe: the year's semantics.
        precision: of the base's computation.
        seeds: one run each.
        epochs: overrides the technique's; None takes it.
        augmentation_seed: of the augmented pictures that all seeds share (technique 2).
        stacked: computes technique 2 in one model, the plain way.
        frozen: False leaves the base trainable in technique 2 (stacked only).
        untrained: fine-tunes from an untrained classifier.
        layer: the base's last layer; None takes the base whole (technique 1 only).
        start: what fine-tuning starts from: technique 2's classifier, or base and classifier of
            the run whose base was left trainable.
        start_epochs: how many epochs that run has had; None takes its technique's.
        clean: leaves out the pictures of :mod:`repro.dataset.doubtful`.
        base: the convolutional base (technique 1 only).
        experiment: the name in records; None derives it from the technique.
    """

    technique: Technique = chapter.FAST_FEATURE_EXTRACTION
    recipe: Recipe = TODAY
    precision: Precision = "float32"
    seeds: tuple[int, ...] = (0, 1, 2)
    epochs: int | None = None
    augmentation_seed: int = 0
    stacked: bool = False
    frozen: bool = True
    untrained: bool = False
    layer: str | None = None
    start: Start = "technique-2"
    start_epochs: int | None = None
    clean: bool = False
    base: str = chapter.BASE_NAME
    experiment: str | None = None

    @classmethod
    def of(cls, experiment: Experiment, **options: Any) -> Plan:
        """Returns the plan of a named experiment; ``options`` are further fields.

        An experiment that is about a precision keeps it, whatever the options say.
        """
        plain: dict[str, Any] = {
            "technique": experiment.technique,
            "frozen": experiment.frozen,
            "untrained": experiment.untrained,
            "start": experiment.start,
            "clean": experiment.clean,
            "base": experiment.base,
            "experiment": experiment.name,
        }
        fixed = {"precision": experiment.precision} if experiment.precision else {}
        return cls(**(plain | options | fixed))

    @property
    def name(self) -> str:
        """The experiment's name."""
        return self.experiment or f"technique-{self.technique.number}"

    @property
    def total_epochs(self) -> int:
        """The number of epochs to train."""
        return self.technique.epochs if self.epochs is None else self.epochs

    def settings(self) -> dict[str, Any]:
        """Returns everything that shaped the run besides the recipe, as plain JSON values."""
        plain = asdict(self)
        for name in ("recipe", "seeds", "epochs", "experiment"):
            del plain[name]
        return plain | {"epochs": self.total_epochs}

    def folder(self, digests: Mapping[str, str], software: str) -> Path:
        """Returns the folder of the run's checkpoints.

        Its name depends on everything that decides the bits of an epoch, so a run that is told to
        go on for more epochs, or for more seeds, finds what it has. Values left at their defaults
        do not count: a plan keeps its folder when a later version adds a choice.
        """
        plain: dict[str, Any] = {
            field.name: asdict(value) if isinstance(value, Technique) else value
            for field in fields(self)
            if field.name not in _NOT_IN_KEY
            and (value := getattr(self, field.name)) != field.default
        }
        inputs = {name: digests[name] for name in sorted(digests) if name in _INPUTS}
        key = json.dumps([_FORMAT, plain, asdict(self.recipe), inputs, software], sort_keys=True)
        digest = hashlib.sha256(key.encode()).hexdigest()[:16]
        return settings.home() / "runs" / f"{self.name}-{self.recipe.name}-{digest}"
