"""A plan bound to what it is run on: the one place that knows where a run's files are kept."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from repro import chapter, engines, environment, features, model, settings, weights
from repro.chapter import Fold, Technique
from repro.dataset.doubtful import DOUBTFUL
from repro.engines import Extractor, keras, ncnn
from repro.errors import OptionError
from repro.experiments import (
    EXPERIMENTS,
    FastFeatureExtraction,
    FeatureExtraction,
    LayerProbe,
    PositionProbe,
)
from repro.features import FeatureKey
from repro.folds import Features, Pictures
from repro.plans.materials import Materials, at_size, with_first, without
from repro.plans.plan import Plan
from repro.recipe import Recipe

#: Raised whenever the same plan would give other numbers than before.
_FORMAT = 3
_INPUTS = ("weights", *(f"pixels-{fold}" for fold in chapter.FOLDS))


@dataclass(frozen=True)
class Trial:
    """A plan on its materials. Make one with :func:`bind`.

    Args:
        plan: what is run.
        materials: what it is run on, with whatever the plan's experiment leaves out or exchanges.
    """

    plan: Plan
    materials: Materials

    @property
    def seeds(self) -> tuple[int, ...]:
        """One run each."""
        return self.plan.seeds

    @property
    def epochs(self) -> int:
        """The number of epochs to train."""
        return self.plan.total_epochs

    @property
    def recipe(self) -> Recipe:
        """The year's semantics."""
        return self.plan.recipe

    @property
    def hyperparameters(self) -> Technique:
        """Learning rate, batch, steps, dropout."""
        return self.plan.training.hyperparameters

    @property
    def train(self) -> Pictures:
        """The training fold, not augmented."""
        return self.materials.folds["train"]

    @property
    def evaluated(self) -> Mapping[Fold, Pictures]:
        """The folds that a trained model is evaluated on."""
        return {fold: self.materials.folds[fold] for fold in chapter.EVALUATED}

    @property
    def start(self) -> Trial | None:
        """The trial whose trained weights fine-tuning starts from."""
        before = self.plan.start
        return None if before is None else Trial(before, self.materials)

    def base(self) -> Any:
        """Builds the convolutional base with its tensors, in the plan's precision."""
        name, layer = self._base
        height, width = self.train.values.shape[1:3]
        options: Any = {
            "input_shape": (height, width, chapter.CHANNELS),
            "precision": self.plan.precision,
        }
        dense = layer in chapter.BASE_DENSE_LAYERS
        if dense or name != chapter.BASE_NAME:
            base = model.conv_base(name, include_top=dense, **options)
            base.set_weights(list(self.materials.tensors.values()))
        else:
            base = model.conv_base(tensors=self.materials.tensors, **options)
        return base if layer is None else model.up_to(base, layer)

    def extractor(self) -> Extractor:
        """Returns the base, frozen, as a function from pictures to feature maps."""
        preprocessing = self.recipe.preprocessing
        if self.plan.engine == "ncnn":
            height, width = self.train.values.shape[1:3]
            _, layer = self._base
            tensors = self.materials.tensors
            return ncnn.extractor(tensors, preprocessing, size=(height, width), layer=layer)
        # A batch that is not full is filled up; the demonstration's folds would not fill one.
        smallest = min(len(pictures.labels) for pictures in self.materials.folds.values())
        batch = min(engines.BATCH, smallest)
        return keras.extractor(self.base(), preprocessing, batch=batch)

    @property
    def _base(self) -> tuple[str, str | None]:
        """The base's name, and the layer that it ends at; None where it is whole."""
        training = self.plan.training
        if isinstance(training, FastFeatureExtraction):
            return training.base, training.layer
        return chapter.BASE_NAME, None

    def features(self, fold: Fold, extract: Extractor) -> Features:
        """Returns the feature maps, kept on disk, of a fold's pictures as they are.

        Args:
            fold: which one.
            extract: what :meth:`extractor` returned.
        """
        pictures, key = self.materials.folds[fold], self.feature_key(fold)
        shape, title = extract.feature_map, f"{fold} features"
        values = features.extract(extract, pictures.values, key, shape=shape, title=title)
        return Features(values, pictures.labels)

    def feature_key(self, fold: Fold) -> FeatureKey:
        """Returns what a fold's feature maps depend on."""
        name, layer = self._base
        return FeatureKey(
            pictures=self.materials.digests[f"pixels-{fold}"],
            weights=self.materials.digests["weights"],
            base=layer or name,
            preprocessing=self.recipe.preprocessing,
            precision=self.plan.precision,
            software=engines.software(self.plan.engine),
        )

    @cached_property
    def folder(self) -> Path:
        """The folder of the run's checkpoints.

        Its name depends on everything that decides the bits of an epoch and on nothing else, so a
        run that is extended by epochs or seeds finds what it has.
        """
        training = self.plan.training
        decides = [
            _FORMAT,
            type(training).__name__,
            asdict(training),
            self.plan.precision,
            asdict(self.recipe),
            {name: self.materials.digests.get(name) for name in _INPUTS},
            environment.software(),
        ]
        if self.plan.engine != "keras":
            decides.append(engines.software(self.plan.engine))
        digest = hashlib.sha256(json.dumps(decides, sort_keys=True).encode()).hexdigest()[:16]
        return settings.home() / "runs" / f"{self.plan.name}-{self.recipe.name}-{digest}"

    def seed_folder(self, seed: int) -> Path:
        """Returns the folder of one seed's checkpoints."""
        return self.folder / f"seed-{seed}"

    def layers(self) -> dict[str, Trial]:
        """Returns technique 1's trial on each layer that a probe of layers compares."""
        probe = self.plan.training
        assert isinstance(probe, LayerProbe)
        trials = {}
        for layer in probe.layers:
            training = FastFeatureExtraction(layer=layer, hyperparameters=probe.hyperparameters)
            experiment = replace(self.plan.experiment, training=training)
            trials[layer] = replace(self, plan=replace(self.plan, experiment=experiment))
        return trials

    def technique_1(self) -> Trial:
        """Returns technique 1's trial, whose classifiers a probe of positions looks into."""
        return replace(self, plan=replace(self.plan, experiment=EXPERIMENTS["technique-1"]))

    def forget(self) -> None:
        """Removes what an earlier call has finished: its seeds' checkpoints, and feature maps."""
        trials: tuple[Trial, ...] = (self,)
        if isinstance(self.plan.training, LayerProbe):
            trials = tuple(self.layers().values())
        elif isinstance(self.plan.training, PositionProbe):
            trials = (self.technique_1(),)
        for trial in trials:
            for seed in trial.seeds:
                shutil.rmtree(trial.seed_folder(seed), ignore_errors=True)
            if isinstance(trial.plan.training, (FastFeatureExtraction, FeatureExtraction)):
                for fold in chapter.FOLDS:
                    features.forget(trial.feature_key(fold))


def bind(plan: Plan, materials: Materials) -> Trial:
    """Binds a plan to its materials, with the pictures and the base's tensors that it asks for.

    Raises:
        OptionError: another base's tensors are needed, and there are no real pictures.
        DownloadError: another base's tensors cannot be obtained.
    """
    training = plan.training
    if isinstance(training, FastFeatureExtraction):
        if training.size != chapter.PICTURE_SIZE:
            materials = at_size(materials, training.size, plan.recipe.resize_interpolation)
        if training.pictures is not None:
            materials = with_first(materials, training.pictures)
        if training.clean:
            materials = without(materials, DOUBTFUL)
        dense = training.layer in chapter.BASE_DENSE_LAYERS
        if dense or training.base != chapter.BASE_NAME:
            materials = _with_tensors_of(training.base, plan.name, materials, dense=dense)
    return Trial(plan, materials)


def _with_tensors_of(base: str, experiment: str, materials: Materials, *, dense: bool) -> Materials:
    if materials.demonstration:
        raise OptionError(
            experiment,
            found="no Kaggle pictures",
            expected="the real pictures: a demonstration only draws weights for VGG16's base",
            remedy=f"Give --originals or {settings.ORIGINALS}.",
        )
    tensors = weights.of_keras(base, include_top=dense)
    digests = {**materials.digests, "weights": weights.digest(tensors)}
    return replace(materials, tensors=tensors, digests=digests)
