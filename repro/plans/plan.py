"""What is to be run, as data."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace
from typing import Any

from repro import chapter
from repro.experiments import (
    EXPERIMENTS,
    Engine,
    Experiment,
    FineTuning,
    Precision,
    Training,
    frozen_base,
)
from repro.recipe import TODAY, Recipe


@dataclass(frozen=True)
class Plan:
    """An experiment under a recipe.

    Args:
        experiment: what is trained.
        recipe: the year's semantics.
        precision: of the computation. An experiment that is about a precision keeps its own.
        seeds: one run each.
        epochs: overrides the chapter's number; None keeps it.
        engine: of the frozen base; for fine-tuning, of the run that it starts from. If there is no
            frozen VGG16 in float32, it is Keras.
    """

    experiment: Experiment
    recipe: Recipe = TODAY
    precision: Precision = "float32"
    seeds: tuple[int, ...] = (0, 1, 2)
    epochs: int | None = None
    engine: Engine = "keras"

    def __post_init__(self) -> None:
        wanted = getattr(self.training, "precision", None)
        if wanted is not None:
            object.__setattr__(self, "precision", wanted)
        if self.precision != "float32" or frozen_base(self.training) != chapter.BASE_NAME:
            object.__setattr__(self, "engine", "keras")

    @property
    def name(self) -> str:
        """The experiment's name."""
        return self.experiment.name

    @property
    def training(self) -> Training:
        """What is trained, and how."""
        return self.experiment.training

    @property
    def total_epochs(self) -> int:
        """The number of epochs to train."""
        return self.training.hyperparameters.epochs if self.epochs is None else self.epochs

    @property
    def start(self) -> Plan | None:
        """The plan whose trained weights fine-tuning starts from; None where nothing is needed."""
        if not isinstance(self.training, FineTuning) or self.training.start is None:
            return None
        before = EXPERIMENTS[self.training.start]
        return replace(self, experiment=before, epochs=self.training.start_epochs)

    def settings(self) -> dict[str, Any]:
        """Returns everything that shaped the run besides the recipe, as plain JSON values."""
        plain: dict[str, Any] = json.loads(json.dumps(asdict(self.training)))
        technique = plain.pop("hyperparameters")
        shaped = {"technique": technique, "precision": self.precision, "epochs": self.total_epochs}
        engines = {"engine": self.engine}
        if isinstance(self.training, FineTuning):
            engines = {"engine": "keras", "start_engine": self.engine}
        return {"training": type(self.training).__name__} | plain | shaped | engines
