"""The commands."""

from __future__ import annotations

import io
import logging
import os
import sys
from pathlib import Path
from typing import Annotated, Literal

import typer

from repro import record, settings
from repro.cli import era, options, reporting, sweeping
from repro.errors import OptionError, ReproError
from repro.experiments import EXPERIMENTS, Experiment, started_after, starts_trained
from repro.recipe import RECIPES, TODAY

application = typer.Typer(
    add_completion=False,
    no_args_is_help=False,
    pretty_exceptions_enable=False,
    help="Image Classification on Small Datasets with Keras (2017), claim by claim: what still "
    "holds. Without a command: prepare and verify the pictures, run technique 1, judge.",
)


def main() -> None:
    """Runs the command line; bad input ends with code 2 and one message, no traceback."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # names that the terminal's encoding lacks
            stream.reconfigure(errors="backslashreplace")
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stderr)
    # TensorFlow warns of retracing when one process trains several models, as this one does.
    logging.getLogger("tensorflow").setLevel(logging.ERROR)
    for name in ("jax", "numba", "matplotlib", "absl"):
        logging.getLogger(name).setLevel(logging.WARNING)
    try:
        application()
    except (ReproError, OSError, MemoryError) as error:
        print(f"repro: {_said(error)}", file=sys.stderr)
        sys.exit(2)
    except KeyboardInterrupt:
        print("repro: interrupted; run the same command again to resume", file=sys.stderr)
        sys.exit(130)


def _said(error: Exception) -> str:
    if isinstance(error, OSError):
        return (
            f"{error.filename or 'a file'}: found {error.strerror or error}; expected a place "
            "that can be read and written. Nothing was left half-written: make room, change the "
            "permissions or name another place, then run the same command again."
        )
    if isinstance(error, MemoryError):
        return (
            f"memory: found no more ({error or 'none at all'}); expected about 4 GiB free. Nothing "
            "was left half-written: close other programs, then run the same command again."
        )
    return str(error)


@application.callback(invoke_without_command=True)
def everything(
    context: typer.Context,
    originals: options.Originals = None,
    weights: options.Weights = None,
    recipe: options.RecipeOption = TODAY.name,
    numbering: options.NumberingOption = "r",
    precision: options.Precision = "auto",
    engine: options.Engine = "auto",
    seeds: options.Seeds = "0,1,2",
    ledger: Annotated[Path | None, typer.Option(help="Write the ledger here, as JSON.")] = None,
    output: Annotated[
        Path | None, typer.Option(help="Write the run record, the ledger and the page here.")
    ] = None,
    strict: Annotated[
        bool, typer.Option("--strict", help="Exit with 1 if a judged claim is not reproduced.")
    ] = False,
    whole: Annotated[
        bool, typer.Option("--all", help="Print every statement with its evidence.")
    ] = False,
    fresh: options.Fresh = False,
) -> None:
    """Runs the main job when no command is given."""
    if context.invoked_subcommand is not None:
        return
    # Everything is checked before anything is imported that takes time.
    inputs = options.inputs(originals, weights)
    semantics = options.named("--recipe", recipe, RECIPES)
    wanted = options.parse_seeds(seeds)
    from repro.cli.main_job import run_main_job
    from repro.running import Job

    job = Job(*inputs, semantics, numbering, precision, engine, wanted, fresh)
    code = run_main_job(job, ledger=ledger, output=output, strict=strict, everything=whole)
    raise typer.Exit(code)


@application.command()
def prepare(
    originals: Annotated[Path, typer.Argument(envvar=settings.ORIGINALS, help="See repro --help.")],
    destination: Annotated[Path | None, typer.Argument(help="Default: under REPRO_HOME.")] = None,
    numbering: options.NumberingOption = "r",
    link: Annotated[Literal["hard", "copy"], typer.Option(help="Hard links or copies.")] = "hard",
) -> None:
    """Makes the small set (train, validation, test; cats, dogs) from the originals."""
    from repro import dataset

    found = options.existing(originals, "originals")
    assert found is not None
    split = dataset.prepare(found, destination, numbering=numbering, link=link)
    print(split.root)


@application.command()
def verify(
    originals: options.Originals = None,
    weights: options.Weights = None,
    numbering: options.NumberingOption = "r",
) -> None:
    """Checks the pictures, the weights or both, and says what was counted."""
    from repro import dataset
    from repro import weights as weights_module

    if originals is None and weights is None:
        raise OptionError(
            "verify",
            found="neither --originals nor --weights",
            expected="at least one of them",
            remedy=f"Give the option, or set {settings.ORIGINALS} or {settings.WEIGHTS}.",
        )
    found, file = options.inputs(originals, weights)
    if found is not None:
        split = dataset.prepare(found, numbering=numbering)
        print(dataset.verify(split).model_dump_json(indent=1))
    if file is not None:
        tensors = weights_module.load(weights_module.find(file))
        print(f"{weights}: {len(tensors)} tensors of VGG16, each as published")


@application.command()
def run(
    name: Annotated[str, typer.Argument(help=f"One of {', '.join(EXPERIMENTS)}.")],
    originals: options.Originals = None,
    weights: options.Weights = None,
    recipe: options.RecipeOption = TODAY.name,
    precision: options.Precision = "auto",
    engine: options.Engine = "auto",
    seeds: options.Seeds = "0",
    epochs: options.Epochs = None,
    start_epochs: options.StartEpochs = None,
    output: Annotated[Path | None, typer.Option(help="Write the run record here (a file).")] = None,
    fresh: options.Fresh = False,
) -> None:
    """Runs one of the chapter's techniques or an experiment; resumes it if it was interrupted."""
    experiment = _experiment(name, start_epochs)
    # Everything is checked before the framework is imported, which takes seconds.
    wanted_seeds = options.parse_seeds(seeds)
    wanted_recipe = options.named("--recipe", recipe, RECIPES)
    inputs = options.inputs(originals, weights)
    options.check_writable(output, "--output", folder=False)
    from repro.cli.main_job import run_experiment
    from repro.engines import choose
    from repro.plans import Plan

    computing, computed_in = choose(engine, precision, [experiment])
    plan = Plan(experiment, wanted_recipe, computed_in, wanted_seeds, epochs, computing)
    run_experiment(plan, *inputs, output=output, fresh=fresh)


def _experiment(name: str, start_epochs: int | None) -> Experiment:
    experiment = options.named("run", name, EXPERIMENTS)
    if start_epochs is not None and not starts_trained(experiment):
        raise OptionError(
            "--start-epochs",
            found=name,
            expected="an experiment that starts from a trained classifier, such as technique-3",
            remedy="Leave the option out.",
        )
    return started_after(experiment, start_epochs)


@application.command()
def probe(
    output: Annotated[
        Path | None, typer.Option(help="The JSON file to write. Default: under REPRO_HOME.")
    ] = None,
    weights: options.Weights = None,
    record_of_technique_1: Annotated[
        Path | None,
        typer.Option(
            "--technique-1",
            help="A run record of technique 1 from the same environment, to include.",
        ),
    ] = None,
) -> None:
    """Measures what the installed versions compute from fixed inputs; takes seconds."""
    options.check_writable(output, "--output", folder=False)
    given = options.existing(weights, f"--weights ({settings.WEIGHTS})")
    kept = options.existing(record_of_technique_1, "--technique-1")
    run = record.read(kept) if kept is not None else None
    from repro import probe as probes

    told = probes.agreement(run) if run is not None else None
    made = probes.measure(given).model_copy(update={"technique_1": told})
    path = output if output is not None else settings.home() / "output" / f"{made.label}.json"
    probes.write(made, path)
    print(f"{made.label}: {made.software()}, {made.weights} weights")
    for name, quantity in made.quantities.items():
        shown = quantity.value if quantity.kind == "fact" else f"{quantity.sha256[:16]}…"
        print(f"  {name}: {shown}")
    print(f"Probe: {path}")


application.command()(reporting.report)
application.command()(reporting.compare)
application.command()(sweeping.sweep)
application.command()(era.era)
