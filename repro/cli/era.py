"""``repro era``: what the releases of Keras since 2017 make of the chapter's listings."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, get_args

import typer

from repro import settings
from repro.chapter import Numbering
from repro.cli import options
from repro.errors import OptionError, RecordError, check_known

if TYPE_CHECKING:
    from rich.console import Console

    from repro.era import Release
    from repro.era.notebook_records import Change, Plan

Releases = Annotated[
    list[str] | None,
    typer.Argument(help="Releases of Keras, such as 2.0.8, or of TensorFlow, such as tf2.9."),
]
Listed = Annotated[bool, typer.Option("--list", help="Only list what each release is measured on.")]
Output = Annotated[
    Path | None, typer.Option(help="Folder for the records. Default: under REPRO_HOME.")
]
Notebook = Annotated[
    Path | None,
    typer.Option(
        help="Run an edition's own listing instead, on the small set in this folder. Takes hours."
    ),
]
WeightsFile = Annotated[
    Path | None, typer.Option(help="VGG16's weights, for feature maps and for the notebook.")
]
Technique = Annotated[
    int, typer.Option(min=1, max=2, help="Of the listing: 1, or 2 with fine-tuning after it.")
]
Edition = Annotated[
    Numbering,
    typer.Option(help="Whose fine-tuning: python begins it at block 5, r at block 3."),
]
Epochs = Annotated[int, typer.Option(min=1, help="Epochs of the listing's technique.")]
FineTuning = Annotated[
    int, typer.Option("--fine-tuning-epochs", min=0, help="Epochs of fine-tuning after that.")
]
But = Annotated[
    list[str] | None,
    typer.Option(
        help="Change the listing: unfrozen leaves the base trainable, gradients-first computes all "
        "gradients before any update, generator-of-2017 transforms pictures as Keras did then. "
        "May be given several times."
    ),
]


def era(
    releases: Releases = None,
    every: Annotated[bool, typer.Option("--all", help="All releases.")] = False,
    listed: Listed = False,
    weights: WeightsFile = None,
    output: Output = None,
    notebook: Notebook = None,
    technique: Technique = 2,
    edition: Edition = "python",
    epochs: Epochs = 30,
    fine_tuning: FineTuning = 0,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the listing's run.")] = 0,
    but: But = None,
) -> None:
    """Measures releases of Keras, each in an environment of its own, which is made and kept.

    A release whose Python is missing is named and skipped; with --notebook it is refused before
    anything runs. The exit code is 1 if a release could not be installed or run.
    """
    from repro.cli.main_job import console
    from repro.era import tables

    if listed:
        console().print(tables.listed())
        return
    chosen = _chosen(releases or [], every)
    options.check_writable(output, "--output", folder=True)
    given = options.existing(weights, "--weights")
    if given is not None:
        from repro import weights as vgg16

        given = vgg16.find(given)
        vgg16.load(given)  # a record does not say which weights it had
    data = options.existing(notebook, "--notebook")
    folder = output if output is not None else settings.home() / "output" / "era"
    if data is None:
        if but:
            raise OptionError("--but", found="no --notebook", expected="both",
                              remedy="Leave --but out, or give --notebook.")  # fmt: skip
        failed = _measure(chosen, given, folder, console())
    else:
        from repro.era.notebook_records import Plan

        changes = _changes(but or ())
        plan = Plan(1 if technique == 1 else 2, edition, epochs, fine_tuning, seed, changes=changes)
        failed = _run_notebook(chosen, (data, given), plan, folder)
    if failed:
        raise typer.Exit(1)


def _chosen(names: Sequence[str], every: bool) -> tuple[Release, ...]:
    from repro.era import RELEASES, named

    if bool(names) == every:
        raise OptionError(
            "era",
            found="releases and --all" if every else "no release",
            expected="releases, --all or --list",
            remedy="`repro era 2.0.8 2.1.0` shows what freezing was worth before and after.",
        )
    return tuple(RELEASES.values()) if every else named(names)


def _changes(names: Sequence[str]) -> tuple[Change, ...]:
    from repro.era.notebook_records import Change

    known = get_args(Change)
    for name in names:
        check_known("--but", name, known)
    return tuple(one for one in known if one in names)


def _measure(chosen: Sequence[Release], weights: Path | None, folder: Path, shown: Console) -> bool:
    """Measures releases; returns whether one of them failed."""
    from repro.era import measure, tables, write

    outcomes = []
    for release in chosen:
        shown.print(f"{release.name}: Python {release.python}, {' '.join(release.requirements)}")
        outcomes.append(made := measure(release, weights.absolute() if weights else None))
        if made.record is not None:
            write(made.record, folder / f"{release.name}.json")
    shown.print(tables.terminal(outcomes))
    for made in outcomes:
        if made.skipped is not None:
            shown.print(f"{made.release.name}: SKIPPED. {made.skipped}", style="bold")
    shown.print(f"Records: {folder}")
    return any(made.record is not None and made.record.error for made in outcomes)


def _run_notebook(
    chosen: Sequence[Release], given: tuple[Path, Path | None], plan: Plan, folder: Path
) -> bool:
    """Runs a listing with releases; returns whether one of them failed."""
    from repro.era import notebook_records, notebook_runs
    from repro.era.environments import EraError
    from repro.era.releases import for_long_runs

    data, weights = given
    for release in chosen:  # before hours are spent on the first of them
        notebook_runs.checked(for_long_runs(release), data, plan)
    failed = False
    for release in chosen:
        try:
            made = notebook_runs.run(for_long_runs(release), data, weights, plan)
        except (EraError, RecordError) as error:
            failed = True
            print(f"{release.name}: {error}")
            continue
        path = folder / f"notebook-{release.name}-{plan.listing}.json"
        print(f"{release.name}: {notebook_records.write(made, path)}")
    return failed
