"""What each experiment changes: its accuracy beside that of the run it varies, with intervals."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from pydantic import JsonValue

from repro import generated
from repro.claims._evidence import SeedSet, seed_sets
from repro.experiments import EXPERIMENTS, FastFeatureExtraction, FineTuning, LayerProbe
from repro.recipe import RECIPES, TODAY
from repro.record import History, RunRecord
from repro.statistics import Interval, mean_difference, paired_difference, t_interval

#: Shorter runs show how much a first epoch scatters, not how well an experiment does.
FEWEST_EPOCHS = 5


@dataclass(frozen=True)
class Difference:
    """An experiment beside its baseline.

    Args:
        runs: of the experiment.
        baseline: of the run that it varies in one thing.
        epochs: after which both are compared: as many as both have.
        over_seeds: interval of the difference in validation accuracy when training is repeated on
            these pictures; infinite with one seed on each side.
        over_pictures: interval for new pictures, from those that both were evaluated on; None where
            they were evaluated after different numbers of epochs.
    """

    runs: SeedSet
    baseline: SeedSet
    epochs: int
    over_seeds: Interval
    over_pictures: Interval | None

    @property
    def accuracy(self) -> float:
        """Mean validation accuracy of the experiment's seeds."""
        return float(np.mean(self.runs.last(after=self.epochs)))

    @property
    def baseline_accuracy(self) -> float:
        """Mean validation accuracy of the baseline's seeds."""
        return float(np.mean(self.baseline.last(after=self.epochs)))


def baseline_of(experiment: str, recipe: str) -> tuple[str, str] | None:
    """Returns the experiment and recipe that a run varies in one thing; None for a baseline."""
    if experiment not in EXPERIMENTS or recipe not in RECIPES:
        return None
    training = EXPERIMENTS[experiment].training
    if isinstance(training, LayerProbe):  # as many runs as layers, one of them the plain one
        return None
    if isinstance(training, FastFeatureExtraction) and training.pictures is not None:
        return None  # as many steps are more epochs
    if experiment == "reuse-classifier":
        return "features-224", recipe
    if isinstance(training, FineTuning) and training.start not in (None, "technique-2"):
        return training.start, recipe
    plain = f"technique-{training.hyperparameters.number}"
    if experiment != plain:
        return (plain, recipe) if plain in EXPERIMENTS else None
    return None if recipe == TODAY.name else (plain, TODAY.name)


def differences(records: Sequence[RunRecord]) -> tuple[Difference, ...]:
    """Returns every experiment of some records whose baseline is among them, too.

    Args:
        records: any records; demonstrations are ignored. Where two engines computed the base of
            the same experiment, Keras's runs are shown: an engine is not what it varies.
    """
    real = [one for one in records if not one.demonstration and _epochs(one) >= FEWEST_EPOCHS]
    sets = {
        (name, runs.recipe): runs
        for name in EXPERIMENTS
        for engine in ("ncnn", "keras")  # the last that has runs stays
        for runs in seed_sets([r for r in real if r.engine == engine], name, whole_folds=False)
    }
    found = []
    for (name, recipe), runs in sets.items():
        baseline = sets.get(baseline_of(name, recipe) or ("", ""))
        if baseline is not None:
            found.append(_difference(runs, baseline))
    return tuple(found)


def _epochs(record: RunRecord) -> int:
    return min((len(run.history.loss) for run in record.runs), default=0)


def _difference(runs: SeedSet, baseline: SeedSet) -> Difference:
    epochs = min(runs.epochs, baseline.epochs)
    over_seeds = mean_difference(runs.last(after=epochs), baseline.last(after=epochs))
    return Difference(runs, baseline, epochs, over_seeds, _over_pictures(runs, baseline))


def _over_pictures(runs: SeedSet, baseline: SeedSet) -> Interval | None:
    """The interval from the validation pictures that both were evaluated on, paired by name."""
    a, b = runs.correct("validation"), baseline.correct("validation")
    if runs.epochs != baseline.epochs or a is None or b is None:
        return None
    ours, theirs = (side.records[0].names["validation"] for side in (runs, baseline))
    common, in_a, in_b = np.intersect1d(ours, theirs, return_indices=True)
    return paired_difference(a[:, in_a], b[:, in_b]) if len(common) else None


def varied(name: str, recipe: str) -> str:
    """Returns what a run changes of its baseline, in words."""
    baseline = baseline_of(name, recipe)
    if baseline is None:
        return ""
    experiment = EXPERIMENTS[name]
    if baseline[0] != name:
        return experiment.question
    switches, plain = vars(RECIPES[recipe]), vars(RECIPES[baseline[1]])
    return "; ".join(
        f"{key.replace('_', ' ')} {plain[key]} → {value}"
        for key, value in switches.items()
        if key != "name" and value != plain[key]
    )


def markdown(records: Sequence[RunRecord]) -> str:
    """Returns the differences as a Markdown table; accuracies in %, differences in points."""
    heads = (
        "experiment",
        "recipe",
        "what is varied",
        "epochs",
        "seeds",
        "validation",
        "against",
        "difference [95 %, seeds]",
        "[95 %, pictures]",
    )
    return generated.table(heads, [_cells(one) for one in differences(records)])


def _cells(one: Difference) -> tuple[str, ...]:
    runs, baseline = one.runs, one.baseline
    return (
        f"`{runs.experiment}`",
        f"`{runs.recipe}`",
        varied(runs.experiment, runs.recipe),
        str(one.epochs),
        f"{len(runs.runs)} / {len(baseline.runs)}",
        f"{100 * one.accuracy:.1f}",
        f"`{baseline.experiment}`, `{baseline.recipe}`: {100 * one.baseline_accuracy:.1f}",
        f"{100 * (one.accuracy - one.baseline_accuracy):+.1f} {_shown(one.over_seeds)}",
        _shown(one.over_pictures),
    )


def _shown(interval: Interval | None) -> str:
    if interval is None:
        return "–"
    if math.isinf(interval.low):
        return "(one seed)"
    return f"[{100 * interval.low:+.1f}, {100 * interval.high:+.1f}]"


def layers(records: Sequence[RunRecord]) -> str:
    """Returns the accuracies of classifiers on the feature maps of earlier layers, in %."""
    rows = []
    for record in records:
        histories = record.observations.get("layers.histories")
        if record.demonstration or not isinstance(histories, dict):
            continue
        for name, seeds in histories.items():
            accuracies = _last_accuracies(seeds)
            interval = t_interval(accuracies)
            shown = f"{100 * float(np.mean(accuracies)):.1f}"
            if not math.isinf(interval.low):
                shown += f" [{100 * interval.low:.1f}, {100 * interval.high:.1f}]"
            epochs = str(record.settings.get("epochs"))
            rows.append((f"`{name}`", epochs, str(len(accuracies)), shown))
    return generated.table(("feature maps", "epochs", "seeds", "validation [95 %, seeds]"), rows)


def _last_accuracies(seeds: JsonValue) -> list[float]:
    histories = [History.model_validate_json(json.dumps(one)) for one in seeds or ()]  # type: ignore[union-attr]
    return [history.val_accuracy[-1] for history in histories]
