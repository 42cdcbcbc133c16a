"""The records for people: Markdown for documents, rich for the terminal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

from repro import generated
from repro.era import notebook_records, readings, real_pictures
from repro.era.history import COMMITS
from repro.era.notebook_records import NotebookRun
from repro.era.puzzle import against_the_notebook
from repro.era.readings import BITS, READINGS, Reading
from repro.era.records import EraRecord, committed
from repro.era.releases import RELEASES
from repro.record import RunRecord

if TYPE_CHECKING:
    from rich.table import Table

    from repro.era.running import Outcome

Records = Mapping[str, EraRecord]
PLACES = {
    "first_layer": "first layer of a `Sequential`",
    "later_layer": "later layer of a `Sequential`",
    "functional": "layer of a functional `Model`",
}
WAYS = {"container": "the model's flag", "layer_by_layer": "each layer's flag"}
WHEN = {
    "never": "never (the control)",
    "before_stacking": "before it is stacked",
    "before_compile": "before compiling",
    "after_compile": "between compiling and the first step",
    "after_a_step": "after a step, not compiled again",
    "recompiled": "after a step, compiled again",
}


@dataclass(frozen=True)
class Span:
    """Releases one after the other that read the same.

    Args:
        value: what they read.
        first: the first of them.
        last: the last of them.
    """

    value: str
    first: str
    last: str

    def __str__(self) -> str:
        return self.first if self.first == self.last else f"{self.first} to {self.last}"


def spans(records: Records, reading: Reading) -> tuple[Span, ...]:
    """Returns the spans of a reading, in the order of the releases; those that lack it left out."""
    found: list[Span] = []
    for name, record in records.items():
        value = reading.read(record)
        if value is None:
            continue
        if found and found[-1].value == value:
            found[-1] = Span(value, found[-1].first, name)
        else:
            found.append(Span(value, name, name))
    return tuple(found)


# --------------------------------------------------------------------------------------- documents


def timeline(records: Records) -> str:
    """Returns the release × quantity table; bold where a release reads unlike the one before."""
    last: dict[str, str] = {}
    rows = []
    for name, record in records.items():
        release = RELEASES[name]
        row = [f"`{name}`", release.date or "–", release.python]
        for key, reading in READINGS.items():
            value = reading.read(record)
            changed = value is not None and last.get(key, value) != value
            row.append(f"**{value}**" if changed else value or "–")
            last[key] = value if value is not None else last.get(key, "")
        rows.append(row)
    heads = ["release", "date", "Python", *(reading.title for reading in READINGS.values())]
    return generated.table(heads, rows)


def changes(records: Records) -> str:
    """Returns what changed, from what to what, in which release first, and the commits."""
    rows = []
    for key, reading in READINGS.items():
        found = spans(records, reading)
        for before, after in pairwise(found):
            commits = [one for one in COMMITS if (one.reading, one.first) == (key, after.first)]
            rows.append(
                [
                    reading.title,
                    f"{before.value} → {after.value}",
                    f"**{after.first}** (not yet in {before.last})",
                    "; ".join(f"{one.what}: `{one.commit}`, {one.date}" for one in commits) or "–",
                ]
            )
    heads = ["quantity", "from → to", "first measured in", "commit behind it"]
    return generated.table(heads, rows)


def bits(records: Records) -> str:
    """Returns which releases compute the same bits, and how far the others are from the newest."""
    newest = list(records)[-1]
    rows = [
        [
            reading.title,
            str(span),
            readings.difference(records[newest], records[span.last], name),
        ]
        for name, reading in BITS.items()
        for span in spans(records, reading)
    ]
    return generated.table(["quantity", "releases", f"against `{newest}`"], rows)


def every_way(records: Records) -> str:
    """Returns the table of freezing in all its ways: how many of the base's four tensors change."""
    groups: dict[tuple[str, ...], list[str]] = {}
    keys = [(place, way, when) for place in PLACES for way in WAYS for when in WHEN]
    for name, record in records.items():
        column = tuple(readings.frozen(*key)(record) or "–" for key in keys)
        if any(value != "–" for value in column):
            groups.setdefault(column, []).append(name)
    order = list(records)
    heads = ["the base is", "frozen by", "when", *(_runs(one, order) for one in groups.values())]
    rows = [
        [PLACES[place], WAYS[way], WHEN[when], *(column[number] for column in groups)]
        for number, (place, way, when) in enumerate(keys)
    ]
    return generated.table(heads, rows)


def _runs(names: Sequence[str], order: Sequence[str]) -> str:
    """Names releases, those that follow each other as "first to last"."""
    found: list[list[str]] = []
    for name in names:
        follows = found and order.index(name) == order.index(found[-1][-1]) + 1
        found[-1].append(name) if follows else found.append([name])
    return ", ".join(run[0] if len(run) == 1 else f"{run[0]} to {run[-1]}" for run in found)


def proof(records: Records) -> str:
    """Returns the table of the puzzle: the chapter's listing on every release of Keras itself."""
    parts = ("printed_before", "printed_after", "collected", "changed", "tensors")
    rows = []
    for name, record in records.items():
        values = [readings.fact(record, f"listing.{part}") for part in parts]
        if RELEASES[name].flavour != "keras" or values[-1] is None:
            continue
        before, after, collected, changed, tensors = values
        printed = f"{before}, then {after}"
        date = RELEASES[name].date or "–"
        rows.append([f"`{name}`", date, printed, f"{collected}", f"**{changed} of {tensors}**"])
    heads = ["Keras", "date", "printed", "collected for training", "the base's tensors that change"]
    return generated.table(heads, rows)


def race(records: Records) -> str:
    """Returns whether a step's gradients are the same twice, where that was measured."""
    rows = []
    for name, record in records.items():
        differing = readings.floats(record, "race.differing")
        losses = readings.floats(record, "race.loss_after")
        if differing is None or losses is None or record.measured is None:
            continue
        low, high = (100 * end(differing.values) for end in (min, max))
        words = {"without": "**differ**", "with": f"**{low:.0f} to {high:.0f} % are others**"}
        still, moving = (
            "the same bits" if readings.fact(record, f"race.{one}_updates") else others
            for one, others in words.items()
        )
        tensorflow = record.measured.environment.versions.get("tensorflow", "–")
        after = f"{min(losses.values):.4f} to {max(losses.values):.4f}"
        rows.append([f"`{name}`", tensorflow, still, moving, after])
    heads = ("gradients at learning rate 0", "at 2e-5", "loss after the step")
    return generated.table(["release", "TensorFlow", *heads], rows)


def missing(records: Records) -> str:
    """Returns what could not be installed or run, with its error."""
    rows = []
    for name, release in RELEASES.items():
        record = records.get(name)
        if record is None:
            rows.append([f"`{name}`", "all", f"not measured (Python {release.python})"])
        elif record.measured is None:
            rows.append([f"`{name}`", "all", record.error or "–"])
        else:
            rows += [[f"`{name}`", f"`{part}`", error]
                     for part, error in record.measured.failures.items()]  # fmt: skip
    return generated.table(["release", "what", "error"], rows) if rows else "Nothing."


def environments(records: Records) -> str:
    """Returns what each release was measured on."""
    names = ("tensorflow", "numpy", "scipy", "PIL", "h5py")
    rows = []
    for name, record in records.items():
        if record.measured is None:
            continue
        found = record.measured.environment
        versions = [found.versions.get(one, "–") for one in ("keras", *names)]
        rows.append([f"`{name}`", found.python, *versions, f"{found.processor}, {found.cores}"])
    heads = ["release", "Python", "Keras", "TensorFlow", "NumPy", "SciPy", "Pillow", "h5py",
             "processor, cores"]  # fmt: skip
    return generated.table(heads, rows)


KINDS = {
    "era-timeline": timeline,
    "era-changes": changes,
    "era-bits": bits,
    "era-freezing": every_way,
    "era-proof": proof,
    "era-race": race,
    "era-missing": missing,
    "era-environments": environments,
}


def makers(
    records: Records, runs: Sequence[RunRecord], listings: Sequence[NotebookRun]
) -> generated.Makers:
    """Returns what makes each kind of block about the releases.

    Args:
        records: of the releases.
        runs: run records, for the notebook's curve beside today's.
        listings: runs of the editions' listings on real pictures.
    """
    made = {name: partial(make, records) for name, make in KINDS.items()}
    return {
        **made,
        **real_pictures.makers(listings, runs),
        "notebook-curve": partial(against_the_notebook, runs),
    }


def refresh(root: Path) -> list[Path]:
    """Renews the documents from the committed records; returns what changed."""
    from repro import claims

    made = makers(committed(root), claims.committed(root), notebook_records.committed(root))
    return generated.renew(generated.documents(root), made)


# ---------------------------------------------------------------------------------------- terminal


def listed() -> Table:
    """Returns the releases and what each is measured on, as a rich table."""
    from rich.table import Table

    from repro.era.environments import find_interpreter

    found = {python: find_interpreter(python) for python in {r.python for r in RELEASES.values()}}
    table = Table("release", "date", "Python", "interpreter", "requirements")
    for release in RELEASES.values():
        where = str(found[release.python] or "missing")
        needs = " ".join(release.requirements)
        table.add_row(release.name, release.date or "–", release.python, where, needs)
    return table


def terminal(outcomes: Sequence[Outcome]) -> Table:
    """Returns what was measured, a row a release, as a rich table."""
    from rich.markup import escape
    from rich.table import Table

    heads = ("release", *(reading.title for reading in READINGS.values()))
    table = Table(*heads, title="The chapter's listings, run by each release")
    for made in outcomes:
        if made.record is None:
            table.add_row(made.release.name, "skipped")
        elif made.record.error is not None:
            table.add_row(made.release.name, escape(made.record.error))
        else:
            values = [reading.read(made.record) or "–" for reading in READINGS.values()]
            table.add_row(made.release.name, *map(escape, values))
    return table
