"""``repro era``: what each release of Keras since 2017 makes of the chapter's listings."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from repro import settings
from repro.cli import options
from repro.errors import OptionError


def era(
    releases: Annotated[
        list[str] | None, typer.Argument(help="Of Keras, as 2.0.8, or of TensorFlow, as tf2.9.")
    ] = None,
    every: Annotated[bool, typer.Option("--all", help="All releases.")] = False,
    listed: Annotated[
        bool, typer.Option("--list", help="Say what each is measured on, and do nothing.")
    ] = False,
    weights: Annotated[
        Path | None, typer.Option(help="VGG16's weights, for features of the drawn pictures.")
    ] = None,
    output: Annotated[
        Path | None, typer.Option(help="Folder of the records. Default: under REPRO_HOME.")
    ] = None,
) -> None:
    """Measures releases of Keras, each in an environment of its own that is made and kept.

    A release whose Python is missing is skipped, and named. The exit code is 1 when one could not
    be installed or run.
    """
    from repro.cli.main_job import console
    from repro.era import RELEASES, measure, named, tables, write

    shown = console()
    if listed:
        shown.print(tables.listed())
        return
    if bool(releases) == every:
        raise OptionError(
            "era",
            found="releases and --all" if every else "no release",
            expected="releases, --all or --list",
            remedy="`repro era 2.0.8 2.1.0` shows what freezing was worth before and after.",
        )
    chosen = tuple(RELEASES.values()) if every else named(releases or [])
    options.check_writable(output, "--output", folder=True)
    given = options.existing(weights, "--weights")
    folder = output if output is not None else settings.home() / "output" / "era"
    outcomes = []
    for release in chosen:
        shown.print(f"{release.name}: Python {release.python}, {' '.join(release.requirements)}")
        outcomes.append(made := measure(release, given.absolute() if given else None))
        if made.record is not None:
            write(made.record, folder / f"{release.name}.json")
    shown.print(tables.terminal(outcomes))
    for made in outcomes:
        if made.skipped is not None:
            shown.print(f"{made.release.name}: SKIPPED. {made.skipped}", style="bold")
    shown.print(f"Records: {folder}")
    if any(made.record is not None and made.record.error for made in outcomes):
        raise typer.Exit(1)
