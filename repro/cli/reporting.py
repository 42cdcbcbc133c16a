"""``report`` and ``compare`` read records that are already there."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import chain
from pathlib import Path
from typing import Annotated

import typer

from repro import record
from repro.cli import options
from repro.errors import OptionError, RecordError
from repro.record import RunRecord


def read_records(paths: Sequence[Path]) -> list[RunRecord]:
    """Reads record files, and every record in folders.

    Raises:
        RecordError: a file is no record, or a folder holds none.
    """
    files = [_held(path, "**/*.json", record.is_record, "run records") for path in paths]
    return [record.read(file) for file in chain.from_iterable(files)]


def _held(path: Path, pattern: str, fits: Callable[[Path], bool], what: str) -> list[Path]:
    """Returns the files that fit in a folder; a file is returned as it is."""
    if not path.is_dir():
        return [path]
    held = [file for file in sorted(path.glob(pattern)) if fits(file)]
    if not held:
        raise RecordError(
            path,
            found=f"a folder without {what}",
            expected="JSON files that `repro` wrote",
            remedy="Give the folder that --output named, or the files.",
        )
    return held


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
    if are_probes(first):
        compare_probes([first, *(others or [])], output)
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


def are_probes(path: Path) -> bool:
    """Tells whether a path is a drift probe, or a folder that holds some."""
    from repro.probe import is_probe

    return any(map(is_probe, path.glob("*.json") if path.is_dir() else [path]))


def compare_probes(paths: Sequence[Path], output: Path | None = None) -> None:
    """Prints the drift table of probes.

    Args:
        paths: probes, and folders of them. Where the first is a single file, it is the reference.
        output: the Markdown file to write the table to as well.

    Raises:
        RecordError: a file is no probe, or a folder holds none.
    """
    from repro import probe as probes
    from repro.cli.main_job import console
    from repro.probe import drift, tables

    files = [_held(path, "*.json", probes.is_probe, "probes") for path in paths]
    found = [probes.read(file) for file in chain.from_iterable(files)]
    reference = None if paths[0].is_dir() else found[0].label
    compared = drift.drift(tables.columns(found), reference)
    console().print(tables.terminal(compared))
    if output is not None:
        print(record.write_text(tables.markdown(compared) + "\n", output))
