"""The drift table: rows are quantities, columns are versions, cells are differences."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from repro.errors import OptionError, check_known
from repro.probe._schema import Agreement, Bits, Fact, Floats, Probe, Quantity
from repro.probe._upstream import NOTES, Note
from repro.statistics import mean_difference

#: Beyond this relative difference two arrays are not the same up to rounding.
ROUNDING = 1e-4
#: Beyond this one, they have nothing to do with each other, and last places say nothing.
UNRELATED = 0.1
#: The share of the largest value, one over this, below which a value has no last place of its own.
SMALL = 100
State = Literal["same", "rounding", "differs", "missing"]


@dataclass(frozen=True)
class Cell:
    """One version against the reference.

    Args:
        state: "same" bits or fact; "rounding", the same up to it; "differs"; "missing" in one.
        text: as it is printed.
    """

    state: State
    text: str


@dataclass(frozen=True)
class Row:
    """One quantity in every version.

    Args:
        name: the quantity's name in the probes.
        note: its words.
        cells: one per probe.
    """

    name: str
    note: Note
    cells: tuple[Cell, ...]


@dataclass(frozen=True)
class Drift:
    """Probes side by side.

    Args:
        reference: label of the probe that the others are compared with.
        probes: the columns.
        rows: the quantities, in the probes' order.
        agreement: the validation accuracy of technique 1; empty if no probe has it.
    """

    reference: str
    probes: tuple[Probe, ...]
    rows: tuple[Row, ...]
    agreement: tuple[Row, ...]


def drift(probes: Sequence[Probe], reference: str | None = None) -> Drift:
    """Compares probes with one of them.

    Args:
        probes: of different environments.
        reference: label of one of them; None takes the newest TensorFlow, else the first.

    Raises:
        OptionError: two probes have one label, the weights differ, or nothing has that label.
    """
    found = {probe.label: probe for probe in probes}
    _check(probes, found)
    versions = [label for label in found if label.startswith("tf")]
    chosen = reference or (max(versions) if versions else probes[0].label)
    check_known("reference", chosen, found)
    base = found[chosen]
    names = dict.fromkeys(name for probe in probes for name in probe.quantities)
    rows = tuple(
        Row(
            name,
            NOTES.get(name, Note(name, "")),
            tuple(_cell(base.quantities.get(name), one.quantities.get(name)) for one in probes),
        )
        for name in names
    )
    return Drift(chosen, tuple(probes), rows, _agreement(base, probes))


def _check(probes: Sequence[Probe], found: dict[str, Probe]) -> None:
    remedy = "Compare probes of different environments, made with the same weights."
    if len(found) < max(2, len(probes)):
        labels = ", ".join(probe.label for probe in probes) or "none"
        raise OptionError(
            "probes", found=labels, expected="two or more different labels", remedy=remedy
        )
    kinds = {probe.weights_sha256[:12]: probe.label for probe in probes}
    if len(kinds) > 1:
        listed = ", ".join(f"{digest}… ({label})" for digest, label in kinds.items())
        raise OptionError("probes' weights", found=listed, expected="the same", remedy=remedy)


# ------------------------------------------------------------------------------------------- cells


def _cell(reference: Quantity | None, other: Quantity | None) -> Cell:
    if reference is None or other is None:
        return Cell("missing", "–")
    if isinstance(reference, Fact) and isinstance(other, Fact):
        text = _shown(other)
        if None in (reference.value, other.value) and reference != other:
            return Cell("missing", text)
        return Cell("same" if reference.value == other.value else "differs", text)
    if isinstance(reference, Bits) and isinstance(other, Bits):
        return Cell("same", "=") if reference == other else Cell("differs", "other bits")
    if isinstance(reference, Floats) and isinstance(other, Floats):
        return compare(reference, other)
    return Cell("missing", "another kind")


def _shown(fact: Fact) -> str:
    if fact.value is None:
        return "–"
    if isinstance(fact.value, bool):
        return "yes" if fact.value else "no"
    return str(fact.value)


def compare(reference: Floats, other: Floats) -> Cell:
    """Compares values with a reference's, bit by bit and up to rounding."""
    if (reference.shape, reference.every) != (other.shape, other.every):
        return Cell("differs", f"shape {other.shape}")
    if reference.sha256 == other.sha256:
        return Cell("same", "=")
    one, two = (np.array(found.values, np.float32) for found in (reference, other))
    ulp = float(ulps(one, two).max())
    length = float(np.linalg.norm(one.astype(float)))
    relative = float(np.linalg.norm(two.astype(float) - one)) / (length or 1.0)
    state: State = "rounding" if relative < ROUNDING else "differs"
    if ulp == 0:
        return Cell(state, "only in values not kept")
    if relative > UNRELATED:
        return Cell("differs", f"differs by {100 * relative:.0f} %")
    return Cell(state, f"{ulp:.3g} ulp, {relative:.0e}")


def ulps(reference: NDArray[np.float32], other: NDArray[np.float32]) -> NDArray[np.float64]:
    """Returns differences in units in the last place of the reference's values, element by element.

    A value below a hundredth of the largest one is measured in that hundredth's units: next to
    cancellation and relu, the last place of what is nearly 0 says nothing.

    Args:
        reference: float32, any shape, finite.
        other: float32, the same shape.
    """
    magnitudes = np.abs(np.asarray(reference, np.float32))
    smallest = np.float32(magnitudes.max(initial=0) / SMALL)
    units = np.spacing(np.maximum(magnitudes, smallest)).astype(np.float64)
    return np.abs(np.asarray(other, np.float64) - np.asarray(reference, np.float64)) / units


# ---------------------------------------------------------------------------------------- accuracy


def _agreement(reference: Probe, probes: Sequence[Probe]) -> tuple[Row, ...]:
    if all(probe.technique_1 is None for probe in probes):
        return ()
    cells = tuple(_accuracy(reference.technique_1, probe.technique_1) for probe in probes)
    note = Note(
        "technique 1, mean validation accuracy over the seeds, and its difference in points [95 %]",
        "the accuracy itself",
    )
    return (Row("technique_1", note, cells),)


def _accuracy(reference: Agreement | None, other: Agreement | None) -> Cell:
    if other is None:
        return Cell("missing", "not run")
    mean = float(np.mean(other.val_accuracy))
    if reference is None:
        return Cell("missing", f"{mean:.4f}")
    if reference.inputs != other.inputs or reference.recipe != other.recipe:
        return Cell("missing", f"{mean:.4f} (other inputs)")
    if reference is other:
        return Cell("same", f"{mean:.4f} (n = {len(other.seeds)})")
    interval = mean_difference(other.val_accuracy, reference.val_accuracy)
    ends = f"{100 * interval.low:+.1f} to {100 * interval.high:+.1f}"
    text = f"{mean:.4f} (n = {len(other.seeds)}), {ends}"
    agrees = interval.low <= 0 <= interval.high
    return Cell("rounding" if agrees else "differs", f"{text}; {flips(reference, other)}")


def flips(reference: Agreement, other: Agreement) -> str:
    """Says how many validation pictures a seed classifies differently, over the shared seeds."""
    theirs = dict(zip(other.seeds, other.validation_correct, strict=True))
    pairs = [
        (one, theirs[seed])
        for seed, one in zip(reference.seeds, reference.validation_correct, strict=True)
        if seed in theirs
    ]
    if not pairs:
        return "no seed in common"
    counts = [sum(a != b for a, b in zip(one, two, strict=True)) for one, two in pairs]
    return f"{np.mean(counts):.0f} of {len(pairs[0][0])} flip"
