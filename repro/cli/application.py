"""The commands."""

from __future__ import annotations

import io
import json
import logging
import os
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from repro import settings
from repro.cli import era, options, probing, reporting, sweeping
from repro.cli.options import EngineName, LinkName, NumberingName, PrecisionName
from repro.errors import OptionError, ReproError
from repro.experiments import EXPERIMENTS, Experiment, started_after, starts_trained
from repro.recipe import TODAY

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
    except ReproError as error:
        print(f"repro: {error}", file=sys.stderr)
        sys.exit(2)
    except OSError as error:
        print(
            f"repro: {error.filename or 'a file'}: found {error.strerror or error}; expected a "
            "place that can be read and written. Nothing was left half-written: make room, change "
            "the permissions or name another place, then run the same command again.",
            file=sys.stderr,
        )
        sys.exit(2)
    except MemoryError as error:
        print(
            f"repro: memory: found no more ({error or 'none at all'}); expected about 4 GiB free. "
            "Nothing was left half-written: close other programs, then run the same command again.",
            file=sys.stderr,
        )
        sys.exit(2)
    except KeyboardInterrupt:
        print("repro: interrupted; run the same command again to resume", file=sys.stderr)
        sys.exit(130)


@application.callback(invoke_without_command=True)
def everything(
    context: typer.Context,
    originals: options.Originals = None,
    weights: options.Weights = None,
    recipe: options.RecipeOption = TODAY.name,
    numbering: options.NumberingOption = NumberingName.r,
    precision: options.PrecisionOption = PrecisionName.auto,
    engine: options.EngineOption = EngineName.auto,
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
    wanted: dict[str, Any] = {
        "originals": options.existing(originals, f"--originals ({settings.ORIGINALS})"),
        "weights": options.existing(weights, f"--weights ({settings.WEIGHTS})"),
        "recipe": options.recipe(recipe),
        "numbering": numbering.value,
        "precision": precision.value,
        "engine": engine.value,
        "seeds": options.parse_seeds(seeds),
        "fresh": fresh,
    }
    from repro.cli.main_job import run_main_job
    from repro.running import Job

    job = Job(**wanted)
    code = run_main_job(job, ledger=ledger, output=output, strict=strict, everything=whole)
    raise typer.Exit(code)


@application.command()
def prepare(
    originals: Annotated[Path, typer.Argument(envvar=settings.ORIGINALS, help="See repro --help.")],
    destination: Annotated[Path | None, typer.Argument(help="Default: under REPRO_HOME.")] = None,
    numbering: options.NumberingOption = NumberingName.r,
    link: Annotated[LinkName, typer.Option(help="Hard links or copies.")] = LinkName.hard,
) -> None:
    """Makes the small set (train, validation, test; cats, dogs) from the originals."""
    from repro import dataset

    found = options.existing(originals, "originals")
    assert found is not None
    split = dataset.prepare(found, destination, numbering=numbering.value, link=link.value)
    print(split.root)


@application.command()
def verify(
    originals: options.Originals = None,
    weights: options.Weights = None,
    numbering: options.NumberingOption = NumberingName.r,
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
    found = options.existing(originals, f"--originals ({settings.ORIGINALS})")
    if found is not None:
        split = dataset.prepare(found, numbering=numbering.value)
        print(json.dumps(dataset.verify(split).as_dict(), indent=1))
    if weights is not None:
        tensors = weights_module.load(weights_module.find(weights))
        print(f"{weights}: {len(tensors)} tensors of VGG16, each as published")


@application.command()
def run(
    name: Annotated[str, typer.Argument(help=f"One of {', '.join(EXPERIMENTS)}.")],
    originals: options.Originals = None,
    weights: options.Weights = None,
    recipe: options.RecipeOption = TODAY.name,
    precision: options.PrecisionOption = PrecisionName.auto,
    engine: options.EngineOption = EngineName.auto,
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
    wanted_recipe = options.recipe(recipe)
    options.check_epochs(epochs)
    found = options.existing(originals, f"--originals ({settings.ORIGINALS})")
    given = options.existing(weights, f"--weights ({settings.WEIGHTS})")
    options.check_writable(output, "--output", folder=False)
    from repro.cli.main_job import run_experiment
    from repro.engines import choose
    from repro.plans import Plan

    computing, computed_in = choose(engine.value, precision.value, [experiment])
    plan = Plan(experiment, wanted_recipe, computed_in, wanted_seeds, epochs, computing)
    run_experiment(plan, originals=found, weights=given, output=output, fresh=fresh)


def _experiment(name: str, start_epochs: int | None) -> Experiment:
    if name not in EXPERIMENTS:
        raise OptionError(
            "run",
            found=repr(name),
            expected=f"one of {', '.join(EXPERIMENTS)}",
            remedy="Name an experiment.",
        )
    experiment = EXPERIMENTS[name]
    if start_epochs is not None and not starts_trained(experiment):
        raise OptionError(
            "--start-epochs",
            found=name,
            expected="an experiment that starts from a trained classifier, such as technique-3",
            remedy="Leave the option out.",
        )
    options.check_epochs(start_epochs, "--start-epochs")
    return started_after(experiment, start_epochs)


application.command()(reporting.report)
application.command()(reporting.compare)
application.command()(probing.probe)
application.command()(sweeping.sweep)
application.command()(era.era)
