"""``report`` and ``compare`` read records that are already there."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from repro import record
from repro.cli import options, probing
from repro.errors import OptionError, RecordError
from repro.record import RunRecord


def read_records(paths: Sequence[Path]) -> list[RunRecord]:
    """Reads record files, and every record in folders.

    Raises:
        RecordError: a file is no record, or a folder holds none.
    """
    records = []
    for path in paths:
        if not path.is_dir():
            records.append(record.read(path))
            continue
        held = [file for file in sorted(path.rglob("*.json")) if record.is_record(file)]
        if not held:
            raise RecordError(
                path,
                found="a folder without run records",
                expected="JSON files that `repro` wrote",
                remedy="Give the folder that --output named.",
            )
        records += [record.read(file) for file in held]
    return records


Records = Annotated[list[Path], typer.Argument(help="Run records, or folders of them.")]
Page = Annotated[Path, typer.Option("--output", help="The HTML file to write.")]


def report(
    records: Records,
    output: Page = Path("report.html"),
    originals: options.Originals = None,
    no_pictures: Annotated[
        bool, typer.Option("--no-pictures", help="Leave all pictures out, for publishing.")
    ] = False,
) -> None:
    """Makes one self-contained page from run records: verdicts, curves, times, mistakes."""
    options.check_writable(output, "--output", folder=False)
    found = read_records(records)
    from repro import report as pages

    shown = options.existing(originals, "--originals")
    print(pages.build(found, output, originals=shown, pictures=not no_pictures))


def compare(
    first: Annotated[
        Path, typer.Argument(help="A run record, a drift probe, or a folder of them.")
    ],
    others: Annotated[
        list[Path] | None,
        typer.Argument(help="What to compare it with; for drift probes any number, or none."),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option(help="Also write it here: runs as an HTML page, probes as Markdown."),
    ] = None,
) -> None:
    """Compares two runs or sets of runs, with intervals; drift probes, one version per column."""
    options.check_writable(output, "--output", folder=False)
    if probing.are_probes([first]):
        probing.compare_probes([first, *(others or [])], output)
        return
    if others is None or len(others) != 1:
        raise OptionError(
            "compare",
            found=f"{1 + len(others or [])} records or folders",
            expected="two",
            remedy="Name two run records, or two folders of them.",
        )
    (second,) = others
    sides = read_records([first]), read_records([second])
    from repro import report as pages
    from repro.cli.main_job import console

    found = pages.compare(*sides)
    console().print(pages.compare_table(found))
    if output is not None:
        print(pages.compare_page(found, output))
