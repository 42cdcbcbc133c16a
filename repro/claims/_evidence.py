"""How rules read training runs: seeds by experiment and recipe, whole runs apart from short ones.

One rule for all verdicts about training: they rest on whole runs, as many epochs as the chapter
trains, that began where the chapter begins. A shorter run is reported and never judged.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from repro import chapter
from repro.chapter import Fold
from repro.claims._claim import Basis, Finding, Rule
from repro.claims._observed import Observed, not_run, observations
from repro.experiments import EXPERIMENTS
from repro.record import History, RunRecord, SeedRun

#: The recipes that are judged, best first: the Keras of 2017 as the chapter had it, today's where
#: there is no whole run of that. The others vary something on purpose: reported, never judged.
JUDGED = ("published", "today")

#: How many epochs a whole run of each experiment has. Nothing trains on 20,000 pictures yet.
WHOLE: dict[str, int] = {
    **{name: one.training.hyperparameters.epochs for name, one in EXPERIMENTS.items()},
    "twenty-thousand": chapter.FINE_TUNING.epochs,
}


@dataclass(frozen=True)
class SeedSet:
    """Runs of one experiment under one recipe, one per seed.

    Args:
        experiment: the experiment's name.
        recipe: the recipe's name.
        runs: in order of their seeds.
        records: the record that each run comes from.
        repeated: seeds that were run more than once and came out differently.
    """

    experiment: str
    recipe: str
    runs: tuple[SeedRun, ...]
    records: tuple[RunRecord, ...]
    repeated: tuple[int, ...] = ()

    @property
    def epochs(self) -> int:
        """The number of epochs that every run has."""
        return min(len(run.history.val_accuracy) for run in self.runs)

    @property
    def sources(self) -> tuple[RunRecord, ...]:
        """The records, each once."""
        return tuple({id(record): record for record in self.records}.values())

    @property
    def basis(self) -> Basis:
        """What a finding from these runs stands on."""
        return Basis(len(self.sources), len(self.runs), self.epochs, self.recipe)

    @property
    def caveats(self) -> str:
        """What a reader of a verdict from these runs has to know about them."""
        text = ""
        if self.repeated:
            seeds = ", ".join(map(str, self.repeated))
            text += f" Records contradict each other about seed {seeds}: the last one counts."
        computed_in = {record.computed_in for record in self.records}
        if len(computed_in) > 1:
            text += f" The base computed in {' and '.join(sorted(computed_in))}."
        return text

    def last(self, epochs: int = 1, *, after: int | None = None) -> list[float]:
        """Returns each seed's mean validation accuracy over the last epochs of the first ``after``.

        None takes the whole run.
        """
        return [float(np.mean(run.history.val_accuracy[:after][-epochs:])) for run in self.runs]

    def correct(self, fold: Fold) -> npt.NDArray[np.bool_] | None:
        """Returns (seeds, n): which pictures of a fold each seed got right, if that was kept."""
        pairs = zip(self.runs, self.records, strict=True)
        rows = [_correct(run, record, fold) for run, record in pairs]
        kept = [row for row in rows if row is not None]
        if len(kept) != len(rows) or not kept or len({len(row) for row in kept}) != 1:
            return None
        return np.stack(kept)

    def observed(self, name: str) -> list[Observed]:
        """Returns what the records of these runs observed under a name."""
        return observations(self.sources, name)


def _correct(run: SeedRun, record: RunRecord, fold: Fold) -> npt.NDArray[np.bool_] | None:
    dog, found = dogs(record, fold), run.evaluations.get(fold)
    if dog is None or found is None or len(dog) != len(found.probabilities):
        return None
    probabilities = np.array(found.probabilities, dtype=float)
    return np.asarray((probabilities > 0.5) == dog, dtype=np.bool_)


def dogs(record: RunRecord, fold: str) -> npt.NDArray[np.bool_] | None:
    """Returns which pictures of a fold are dogs, by their names; None where no name was kept."""
    names = record.names.get(fold, ())
    return np.array([n.rpartition("/")[2].startswith("dog") for n in names]) if names else None


def seed_sets(
    records: Sequence[RunRecord],
    experiment: str,
    epochs: int | None = None,
    *,
    whole_folds: bool = True,
) -> list[SeedSet]:
    """Returns an experiment's runs by recipe, the set with most seeds first.

    A seed that was run twice under a recipe counts once, with its latest result. Ties go to the
    published recipe. The choice looks at no result, and the order of the records never matters.

    Args:
        records: any records.
        experiment: the experiment's name.
        epochs: leaves out runs of fewer epochs, and those whose start was cut short; None takes
            all.
        whole_folds: leaves out runs that were evaluated on other folds than the chapter's.
    """
    made: dict[str, dict[int, list[tuple[SeedRun, RunRecord]]]] = {}
    mine = [record for record in records if record.experiment == experiment]
    for run, record in ((run, one) for one in mine for run in one.runs):
        if whole_folds and not _whole_fold(run):
            continue
        done = len(run.history.val_accuracy)
        if done and (epochs is None or (done >= epochs and _whole_start(record))):
            recipe = str(record.recipe.get("name", "unnamed"))
            made.setdefault(recipe, {}).setdefault(run.seed, []).append((run, record))
    sets = []
    for recipe, seeds in made.items():
        runs, sources = zip(*(_latest(seeds[seed]) for seed in sorted(seeds)), strict=True)
        repeated = tuple(
            s for s in sorted(seeds) if len({_came_out(run) for run, _ in seeds[s]}) > 1
        )
        sets.append(SeedSet(experiment, recipe, runs, sources, repeated))
    return sorted(sets, key=_most_seeds)


def _came_out(run: SeedRun) -> History:
    """What came out of a run, whatever its clock said."""
    return run.history.model_copy(update={"seconds": ()})


def _most_seeds(one: SeedSet) -> tuple[int, bool, str, str]:
    finished = min(record.finished for record in one.records)
    return -len(one.runs), one.recipe != "published", finished, one.recipe


def _latest(pairs: list[tuple[SeedRun, RunRecord]]) -> tuple[SeedRun, RunRecord]:
    """Of a seed's runs, the one that ended last."""
    return max(pairs, key=_ended) if len(pairs) > 1 else pairs[0]


def _ended(pair: tuple[SeedRun, RunRecord]) -> tuple[str, ...]:
    """When a run ended; ties are broken by what came out, so that nothing else can."""
    run, record = pair
    return record.finished, record.started, run.model_dump_json(), record.model_dump_json()


def _whole_fold(run: SeedRun) -> bool:
    """Whether every evaluation kept is on the chapter's whole fold."""
    return all(found.n == chapter.FOLD_SIZES[fold] for fold, found in run.evaluations.items())


def _whole_start(record: RunRecord) -> bool:
    """Whether what fine-tuning started from was trained in full."""
    start = record.settings.get("start_epochs")
    return not isinstance(start, (int, float)) or start >= chapter.FEATURE_EXTRACTION.epochs


# ---------------------------------------------------------------------------------- whole runs


def of_judged_recipe(records: Sequence[RunRecord]) -> list[RunRecord]:
    """Returns the records under the first of :data:`JUDGED` that has any."""
    for recipe in JUDGED:
        if found := [record for record in records if record.recipe.get("name") == recipe]:
            return found
    return []


def together(
    records: Sequence[RunRecord],
    *experiments: str,
    only: Callable[[SeedSet], bool] = lambda found: True,
) -> tuple[SeedSet, ...] | None:
    """Returns the whole runs of experiments under one recipe, the first of :data:`JUDGED` with all.

    ``only`` tells what else each set must have.
    """
    found = {name: seed_sets(records, name, WHOLE[name]) for name in experiments}
    for recipe in JUDGED:
        sets = [_cut(one) for name in experiments for one in found[name] if one.recipe == recipe]
        if len(sets) == len(experiments) and all(map(only, sets)):
            return tuple(sets)
    return None


def _cut(found: SeedSet) -> SeedSet:
    """Returns the runs without epochs beyond a whole run's, or what was evaluated after those."""
    end = WHOLE[found.experiment]
    return replace(found, runs=tuple(_first(end, run) for run in found.runs))


def _first(epochs: int, run: SeedRun) -> SeedRun:
    if len(run.history.loss) <= epochs:
        return run
    history = History(**{name: values[:epochs] for name, values in run.history})
    return run.model_copy(update={"history": history, "evaluations": {}})


def whole(
    *experiments: str,
    level: float = 0.0,
    only: Callable[[SeedSet], bool] = lambda found: True,
    measured: str | None = None,
    last: int = 1,
    beside: Callable[[Sequence[RunRecord]], str] = lambda records: "",
) -> Callable[[Callable[..., Finding]], Rule]:
    """Returns a decorator: the function becomes the rule over these experiments' whole runs.

    It gets a set of each, by :func:`together`; where one is missing, :func:`told` has the finding.

    Args:
        experiments: in the order of the function's arguments.
        level: of the rule.
        only: tells what else each set must have.
        measured: the experiment whose validation accuracy the claim is about, if it is.
        last: epochs at the end whose mean that accuracy is.
        beside: what else is told of shorter runs; begins with a space.
    """

    def decorated(judge: Callable[..., Finding]) -> Rule:
        def rule(records: Sequence[RunRecord]) -> Finding:
            sets = together(records, *experiments, only=only)
            if sets is not None:
                finding = judge(*sets)
                kept = finding.evidence
                left = dict.fromkeys(one.caveats for one in sets if one.caveats not in kept)
                return replace(finding, evidence=kept + "".join(left))
            finding = told(records, *experiments, measured=measured, last=last)
            return replace(finding, evidence=finding.evidence + beside(records))

        return Rule(rule, experiments, level=level)

    return decorated


def told(
    records: Sequence[RunRecord], *experiments: str, measured: str | None = None, last: int = 1
) -> Finding:
    """Returns the finding when whole runs are missing: it reports what there is, and never judges.

    ``measured`` is the experiment whose validation accuracy the claim is about, if it is: the mean
    of the ``last`` epochs.
    """
    parts, value = [], None
    for name in experiments:
        sets = seen(records, name)
        for found in sets:
            values = ", ".join(f"{accuracy:.3f}" for accuracy in found.last())
            done = f"{found.epochs} of {WHOLE[name]} epochs"
            parts.append(f"{name}, {found.recipe}, {done}: {values}")
        if name == measured and sets:
            value = round(float(np.mean(sets[0].last(last))), 6)
    if not parts:
        return not_run()
    text = "Only whole runs under one recipe are judged. Last validation accuracies so far: "
    return Finding("not run here", f"{text}{'; '.join(parts)}.", value)


def seen(records: Sequence[RunRecord], experiment: str) -> list[SeedSet]:
    """Returns an experiment's runs of any length, the longest of the best recipe first.

    Record by record: of two short runs of a seed, neither hides the other.
    """
    sets = [found for one in records for found in seed_sets([one], experiment)]
    return sorted((one for one in sets if one.recipe in JUDGED), key=_rank)


def _rank(found: SeedSet) -> tuple[Any, ...]:
    """The longest runs of the best recipe first."""
    return JUDGED.index(found.recipe), -found.epochs, -len(found.runs), found.last()
