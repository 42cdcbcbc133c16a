"""The drift table for people: Markdown for documents, rich for the terminal."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from repro import generated
from repro.probe._schema import Probe, is_probe, read
from repro.probe.drift import Cell, Drift, drift

if TYPE_CHECKING:
    from rich.table import Table

#: Where the project keeps the probes of its environments.
FOLDER = Path("results", "probes")
_STYLES = {"same": "dim", "rounding": "", "differs": "bold", "missing": "dim"}


def columns(probes: Sequence[Probe]) -> list[Probe]:
    """Returns probes in the order of the columns: TensorFlow's versions, then other backends."""
    return sorted(probes, key=lambda probe: (not probe.label.startswith("tf"), probe.label))


def committed(root: Path) -> list[Probe]:
    """Returns the probes that a checkout ships, in the order of the columns."""
    return columns([read(path) for path in (root / FOLDER).glob("*.json") if is_probe(path)])


def terminal(found: Drift) -> Table:
    """Returns the drift as a rich table."""
    from rich.table import Table
    from rich.text import Text

    table = Table(title=f"Drift against {found.reference} (ulp: units in the last place)")
    table.add_column("quantity", overflow="fold")
    for probe in found.probes:
        heading = f"{probe.label}\n{probe.software().replace(', ', chr(10))}"
        table.add_column(Text(heading), overflow="fold")
    for row in (*found.rows, *found.agreement):
        table.add_row(Text(row.name), *(Text(cell.text, _STYLES[cell.state]) for cell in row.cells))
    return table


def markdown(found: Drift) -> str:
    """Returns the drift as Markdown: the differences, then what is known about the rows."""
    heads = ["quantity", *(probe.label for probe in found.probes)]
    every = (*found.rows, *found.agreement)
    rows = [[row.note.title, *map(_marked, row.cells)] for row in every]
    notes = [
        [row.note.title, row.note.accuracy, row.note.upstream or "–"]
        for row in found.rows
        if row.note.upstream or any(cell.state == "differs" for cell in row.cells)
    ]
    return "\n\n".join(
        (
            f"Every column against `{found.reference}`. `=` means the same bits, `ulp` the largest "
            "difference in units of\nthe last place; the relative difference follows.",
            generated.table(heads, rows),
            generated.table(["quantity", "what its drift does to accuracy", "whose change"], notes),
        )
    )


def _marked(cell: Cell) -> str:
    return f"**{cell.text}**" if cell.state == "differs" else cell.text


def _who(probe: Probe) -> tuple[str, str, str]:
    return f"`{probe.label}`", f"{probe.environment.get('python')}", probe.software()


def summary(found: Drift) -> str:
    """Returns the drift in short, as Markdown: one row per version."""
    rows = []
    for position, probe in enumerate(found.probes):
        cells = {row.name: row.cells[position] for row in found.rows}
        same = sum(cell.state == "same" for cell in cells.values())
        shown = [cells[name].text for name in ("features", "freezing.after_a_step")]
        shown += [row.cells[position].text for row in found.agreement] or ["not run"]
        rows.append([*_who(probe), f"{same} of {len(cells)}", *shown])
    heads = [
        "environment",
        "Python",
        "versions",
        f"same as `{found.reference}`",
        "features",
        "freezing without recompiling",
        "technique 1, validation accuracy",
    ]
    return generated.table(heads, rows)


def environments(found: Drift) -> str:
    """Returns where each probe was made, as Markdown."""
    names = ("numpy", "numba", "pillow")
    rows = []
    for probe in found.probes:
        versions = probe.environment.get("versions")
        known = versions if isinstance(versions, dict) else {}
        place = f"{probe.environment.get('processor')}, {probe.environment.get('cores')} cores"
        rows.append([*_who(probe), *(str(known.get(name, "–")) for name in names), place])
    heads = ["environment", "Python", "framework", "NumPy", "Numba", "Pillow", "machine"]
    return generated.table(heads, rows)


# --------------------------------------------------------------------------------------- documents

KINDS = {"matrix": summary, "matrix-drift": markdown, "matrix-environments": environments}


def refresh(root: Path) -> list[Path]:
    """Renews the documents from the committed probes; returns what changed."""
    return generated.renew(generated.documents(root), makers(drift(committed(root))))


def makers(found: Drift) -> generated.Makers:
    """Returns what makes each kind of block about the matrix, from the committed probes' drift."""
    return {name: partial(make, found) for name, make in KINDS.items()}
