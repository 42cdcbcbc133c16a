"""``probe`` measures what the installed versions compute; here probes are compared, too."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from repro import record, settings
from repro.cli import options
from repro.errors import RecordError


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

    made = probes.measure(given)
    if run is not None:
        made = made.model_copy(update={"technique_1": probes.agreement(run)})
    path = output if output is not None else settings.home() / "output" / f"{made.label}.json"
    probes.write(made, path)
    print(f"{made.label}: {made.software()}, {made.weights} weights")
    for name, quantity in made.quantities.items():
        shown = quantity.value if quantity.kind == "fact" else f"{quantity.sha256[:16]}…"
        print(f"  {name}: {shown}")
    print(f"Probe: {path}")


def are_probes(paths: Sequence[Path]) -> bool:
    """Tells whether the first of the paths is a drift probe, or a folder that holds some."""
    from repro.probe import is_probe

    return any(is_probe(file) for path in paths[:1] for file in _files(path))


def compare_probes(paths: Sequence[Path], output: Path | None = None) -> None:
    """Prints the drift table of probes.

    Args:
        paths: probes, and folders of them. Where the first is a single file, it is the reference.
        output: the Markdown file to write the table to as well.

    Raises:
        RecordError: a file is no probe.
    """
    from repro import probe as probes
    from repro.cli.main_job import console
    from repro.probe import drift, tables

    found = []
    for path in paths:
        held = [file for file in _files(path) if not path.is_dir() or probes.is_probe(file)]
        if not held:
            raise RecordError(
                path,
                found="a folder without probes",
                expected="JSON files that `repro probe` wrote",
                remedy="Name the files.",
            )
        found += [probes.read(file) for file in held]
    reference = None if paths[0].is_dir() else found[0].label
    compared = drift.drift(tables.columns(found), reference)
    console().print(tables.terminal(compared))
    if output is not None:
        print(record.write_text(tables.markdown(compared) + "\n", output))


def _files(path: Path) -> list[Path]:
    return sorted(path.glob("*.json")) if path.is_dir() else [path]
