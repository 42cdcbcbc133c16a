"""``docs/faults.md``: the table of faults and the line about the last full run, both generated."""

from __future__ import annotations

import os
import platform
from collections.abc import Sequence
from datetime import datetime, timezone
from pathlib import Path

from repro import environment, generated
from tests.faults.fault import Fault
from tests.faults.running import Outcome

DOCUMENT = Path("docs", "faults.md")
PACKAGES = ("tensorflow", "tensorflow-cpu", "jax", "torch", "keras", "numpy")


def table(faults: Sequence[Fault]) -> str:
    """Returns the faults as Markdown: what is wrong, where, and which test says so."""
    rows = [
        (
            one.wrong,
            ", ".join(f"`{path.removeprefix('repro/')}`" for path in one.places),
            f"`{one.caught_by.removeprefix('tests/')}`",
        )
        for one in faults
    ]
    return generated.table(("fault", "where", "caught by"), rows)


def last_run(outcomes: Sequence[Outcome], seconds: float) -> str:
    """Returns when and on what all faults were run, and what came out."""
    missed = [one.fault.id for one in outcomes if one.verdict != "caught"]
    ended = f"not caught: {', '.join(missed)}" if missed else "every one of them caught"
    found = {name: environment.version(name) for name in PACKAGES}
    versions = ", ".join(f"{name} {version}" for name, version in found.items() if version)
    return (
        f"Last full run: {datetime.now(timezone.utc):%Y-%m-%d}, Python "
        f"{platform.python_version()}, {versions}, {seconds / 60:.0f} minutes on {os.cpu_count()} "
        f"cores.\n{len(outcomes)} faults, {ended}."
    )


def makers(faults: Sequence[Fault], run: str | None = None) -> generated.Makers:
    """Returns what makes the document's blocks.

    Args:
        faults: the catalogue.
        run: the line about a full run; None leaves the last one's.
    """
    made = {"faults": lambda: table(faults)}
    return made if run is None else made | {"faults-run": lambda: run}
