"""``repro sweep``: many runs."""

from __future__ import annotations

import logging
import shlex
import sys
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

import numpy as np
import typer
from rich.table import Table

from repro import settings
from repro.cli import options
from repro.errors import OptionError
from repro.experiments import EXPERIMENTS, Experiment, started_after
from repro.recipe import RECIPES, TODAY, Interpolation, Recipe

if TYPE_CHECKING:
    from repro.plans import Materials, Plan
    from repro.sweep import Schedule
    from repro.sweep.driving import Result

logger = logging.getLogger(__name__)
_Known = TypeVar("_Known")


_Experiments = Annotated[
    str, typer.Option(help=f"One or more, separated by commas: {', '.join(EXPERIMENTS)}.")
]
_Recipes = Annotated[
    str, typer.Option(help=f"One or more, separated by commas: {', '.join(RECIPES)}.")
]
_Together = Annotated[
    int,
    typer.Option(
        min=1, help="Largest number of runs of technique 2 that share one pass of the base."
    ),
]
_Output = Annotated[
    Path | None, typer.Option(help="Folder for the run records. Default: under REPRO_HOME.")
]
_DryRun = Annotated[bool, typer.Option("--dry-run", help="Show what would be run; run nothing.")]
_Ray = Annotated[
    str | None,
    typer.Option(
        help="Run on this Ray cluster: auto, ray://HOST:PORT or HOST:PORT. "
        "REPRO_HOME has to be a folder that its machines share."
    ),
]
_RayCpus = Annotated[
    int | None,
    typer.Option(min=1, help="Processors per task on Ray. Default: all that a machine has."),
]


def sweep(
    experiments: _Experiments,
    seeds: options.Seeds = "0,1,2",
    recipes: _Recipes = TODAY.name,
    epochs: options.Epochs = None,
    start_epochs: options.StartEpochs = None,
    precision: options.Precision = "auto",
    engine: options.Engine = "auto",
    together: _Together = 50,
    originals: options.Originals = None,
    weights: options.Weights = None,
    output: _Output = None,
    dry_run: _DryRun = False,
    ray: _Ray = None,
    ray_cpus: _RayCpus = None,
) -> None:
    """Runs every experiment under every recipe with every seed; the same command resumes a sweep.

    What can be shared is computed once. A run that fails does not stop the others, but the exit
    code is then 1.
    """
    inputs = options.inputs(originals, weights)
    known = _named(experiments, "--experiments", EXPERIMENTS)
    chosen = [started_after(experiment, start_epochs) for experiment in known]
    under = _named(recipes, "--recipes", RECIPES)
    wanted = options.parse_seeds(seeds)
    _check_cluster(ray, ray_cpus)
    from repro.cli.main_job import console
    from repro.sweep import schedule

    shown = console(demonstration=inputs[0] is None)
    # What "auto" stands for is for the framework to say, which takes seconds to import.
    how = ("keras", "float32") if dry_run else (engine, precision)
    planned = schedule(_plans(chosen, under, wanted, epochs, how), together=together)
    if dry_run:
        shown.print(_plan_table(planned))
        return
    results = _run(planned, inputs, output, (ray, ray_cpus))
    shown.print(_results_table(results))
    raise typer.Exit(int(any(result.record is None for result in results)))


def _plans(
    experiments: Sequence[Experiment],
    recipes: Sequence[Recipe],
    seeds: tuple[int, ...],
    epochs: int | None,
    how: tuple[str, str],
) -> list[Plan]:
    from repro import plans
    from repro.engines import choose

    by, bits = choose(*how, experiments)
    return [plans.Plan(e, r, bits, seeds, epochs, by) for e in experiments for r in recipes]


def _check_cluster(ray: str | None, processors: int | None) -> None:
    if ray is not None:
        from repro.sweep import cluster

        cluster.module()
    elif processors is not None:
        raise OptionError(
            "--ray-cpus", found="no --ray", expected="both", remedy="Leave the option out."
        )


def _run(
    planned: Schedule,
    inputs: tuple[Path | None, Path | None],
    output: Path | None,
    cluster_options: tuple[str | None, int | None],
) -> tuple[Result, ...]:
    from repro import plans
    from repro.sweep.driving import Executor, drive
    from repro.sweep.execution import Local

    options.check_writable(output, "--output", folder=True)
    folder = output if output is not None else settings.home() / "output"
    originals, weights = inputs
    address, processors = cluster_options
    command = shlex.join(["repro", *sys.argv[1:]])

    @lru_cache
    def gather(interpolation: Interpolation) -> Materials:
        return plans.gather(originals, weights, interpolation=interpolation)

    executor: AbstractContextManager[Executor] = nullcontext(Local(gather))
    if address is not None:
        from repro.sweep import cluster

        executor = cluster.connected(
            address, originals=originals, weights=weights, processors=processors
        )
    with executor as computing:
        # Bad pictures or weights are known before the first run, and machines find them prepared.
        for interpolation in sorted({i.plan.recipe.resize_interpolation for i in planned.items}):
            gather(interpolation)
        return drive(planned, computing, output=folder, command=command)


def _named(text: str, option: str, known: Mapping[str, _Known]) -> list[_Known]:
    """Returns what names that are separated by commas stand for."""
    names = [name.strip() for name in text.split(",")]
    found = [options.named(option, name, known) for name in names]
    if len({*names}) != len(names):
        twice, expected = f"{text!r}, with a name twice", "different names, separated by commas"
        raise OptionError(option, found=twice, expected=expected, remedy="Correct the option.")
    return found


def _plan_table(planned: Schedule) -> Table:
    from repro.sweep.driving import spans

    title = (
        f"{len(planned.items)} experiments and recipes, {planned.runs} runs in "
        f"{len(planned.tasks)} tasks; nothing was run"
    )
    table = Table("task", "experiment", "recipes", "seeds", "epochs", "after", title=title)
    for number, task in enumerate(planned.tasks):
        plans = [part.plan for part in task.parts]
        added = any(planned.items[part.item].added for part in task.parts)
        names = ", ".join(dict.fromkeys(plan.name for plan in plans))
        table.add_row(
            str(number),
            f"{names} (added: others start from it)" if added else names,
            ", ".join(dict.fromkeys(plan.recipe.name for plan in plans)),
            spans(sorted({seed for plan in plans for seed in plan.seeds})),
            ", ".join(dict.fromkeys(str(plan.total_epochs) for plan in plans)),
            ", ".join(str(other) for other in sorted({*task.needs, *task.after})),
        )
    return table


def _results_table(results: tuple[Result, ...]) -> Table:
    """Says what was done, and what failed and why."""
    from repro.sweep.driving import spans

    failed = sum(result.record is None for result in results)
    title = f"{len(results) - failed} of {len(results)} done" + (
        f", {failed} not: the same command tries them again" if failed else ""
    )
    columns = ("experiment", "recipe", "seeds", "outcome", "validation accuracy", "record or why")
    table = Table(*columns, title=title)
    for result in results:
        plan, made = result.item.plan, result.record
        row = [plan.name, plan.recipe.name, spans(sorted(plan.seeds))]
        if made is None:
            reasons = [f"seeds {spans(sorted(which))}: {why}" for which, why in result.errors]
            row += ["not run" if result.skipped else "failed", "", "\n".join(reasons)]
        else:
            accuracies = [run.history.val_accuracy[-1] for run in made.runs]
            row += [
                "done",
                f"{np.mean(accuracies):.4f} (n = {len(accuracies)})",
                str(result.path or "kept for those that start from it"),
            ]
        table.add_row(*row)
    return table
