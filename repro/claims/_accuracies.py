"""Rules about accuracies: a mean over seeds before a gate, one experiment against another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from repro import chapter
from repro.claims import gates
from repro.claims._claim import Basis, Finding, Rule, Verdict
from repro.claims._evidence import WHOLE, SeedSet, seed_sets, together, told, whole
from repro.claims._table import counted
from repro.record import RunRecord
from repro.statistics import (
    LARGEST_ERROR_RATE,
    LOSS_TO_CATCH,
    Gate,
    Interval,
    NormalGate,
    crossed_interval,
    equivalence,
    mean_difference,
    modelled_difference,
    t_interval,
    wilson,
)

#: One side of a 95 % interval: what a comparison errs by where nothing differs.
ONE_SIDE = 0.025


def percent(rate: float) -> str:
    """Returns a rate as the evidence prints it."""
    return "< 0.01 %" if rate < 1e-4 else f"{100 * rate:.2g} %"


def listed(values: Sequence[float]) -> str:
    """Returns values as the evidence prints them, three decimals."""
    return ", ".join(f"{value:.3f}" for value in values)


def ends(interval: Interval) -> tuple[float, float] | None:
    """Returns an interval as the ledger keeps it; None where one seed gives none."""
    return (interval.low, interval.high) if np.isfinite(interval.low) else None


# -------------------------------------------------------------------------------------------- gates


def gated(
    gate: Gate | NormalGate,
    values: Sequence[float],
    text: str,
    basis: Basis,
    single: Interval | None = None,
) -> Finding:
    """Judges a mean over seeds by a gate, and says how sure that is.

    With fewer seeds than the gate needs, a mean inside it is "reproduced with a note". A mean
    outside is "not reproduced" only if a gate whose false alarm rate is below 1 % with that many
    seeds rejects it, too; otherwise the claim stays undecided.

    Args:
        gate: of the claim.
        values: one per seed.
        text: what was averaged, for the evidence.
        basis: the runs.
        single: interval where there is one seed only.
    """
    seeds, mean = len(values), float(np.mean(values))
    low, high = gate.region
    alarm, miss = gate.false_alarm(seeds), gate.miss(seeds)
    evidence = (
        f"{text}: mean {mean:.4f} of {counted(seeds, 'seed')} ({listed(values)}); gate "
        f"{low:.3f} to {high:.3f}, with a false alarm rate of {percent(alarm)} and a miss rate of "
        f"{percent(miss)}."
    )
    if isinstance(gate, Gate) and seeds > 1:
        p = equivalence(values, gate.published, LOSS_TO_CATCH)
        evidence += f" Same within 3 points by TOST: p = {p:.2g}."
    verdict, note = _verdict(gate, mean, seeds)
    overturn = f"a mean between {low:.3f} and {high:.3f}"
    chance = alarm if seeds >= gate.seeds else _widened(gate, seeds).false_alarm(seeds)
    if gate.accepts(mean):
        overturn, chance = _next_seed(gate, mean, seeds), miss
    interval = ends(t_interval(values) if seeds > 1 or single is None else single)
    text = f"{evidence} {note}".strip()
    return Finding(verdict, text, round(mean, 6), basis, overturn, chance, interval)


def _verdict(gate: Gate | NormalGate, mean: float, seeds: int) -> tuple[Verdict, str]:
    enough = seeds >= gate.seeds
    few = "" if enough else f"The gate asks for {gate.seeds} seeds."
    if gate.accepts(mean):
        below = isinstance(gate, Gate) and gate.upper is not None and mean < gate.published
        bound = "Below the published bound, by less than the margin." if below else ""
        note = f"{few} {bound}".strip()
        return ("reproduced with a note" if note else "reproduced"), note
    if enough or not _widened(gate, seeds).accepts(mean):
        too = "below" if mean < gate.region[0] else "above"
        return "not reproduced", f"The mean lies {too} the gate."
    return "not run here", f"Outside the gate, but undecided: {few}"


def _widened(gate: Gate | NormalGate, seeds: int) -> Gate | NormalGate:
    """Returns the gate with the margin that keeps false alarms below 1 % with few seeds."""
    while gate.false_alarm(seeds) >= LARGEST_ERROR_RATE:
        gate = replace(gate, margin=gate.margin * 1.1)
    return gate


def _next_seed(gate: Gate | NormalGate, mean: float, seeds: int) -> str:
    """Returns what one more seed would have to show to take the mean out of the gate."""
    low, high = (end * (seeds + 1) - mean * seeds for end in gate.region)
    above = f" or above {high:.3f}" if isinstance(gate, NormalGate) or high < 1 else ""
    return f"one more seed below {low:.3f}{above}"


def last_epoch_accuracy(experiment: str, gate: Gate, *, last: int = 1) -> Rule:
    """Returns a rule: the mean over seeds of the last epoch's validation accuracy, by a gate.

    Never the best epoch: the best of thirty is too high by construction.

    Args:
        experiment: whose whole runs are judged.
        gate: of the claim.
        last: epochs at the end whose mean is one seed's value.
    """
    epochs = WHOLE[experiment]
    what = f"last {last} epochs' mean" if last > 1 else f"epoch {epochs}"

    def rule(records: Sequence[RunRecord]) -> Finding:
        sets = together(records, experiment)
        if sets is None:
            return told(records, experiment, measured=experiment, last=last)
        found = sets[0]
        values = found.last(last, after=epochs)
        single = wilson(round(values[0] * gate.n), gate.n)
        text = f"Validation accuracy, {what}, recipe {found.recipe}"
        finding = gated(gate, values, text, found.basis, single)
        return replace(finding, evidence=finding.evidence + _context(records, found, last))

    return Rule(rule, (experiment,), level=LARGEST_ERROR_RATE)


def _context(records: Sequence[RunRecord], judged: SeedSet, last: int) -> str:
    """What is reported beside the verdict: new pictures, contradictions, the other recipes."""
    text, correct = judged.caveats, judged.correct("validation")
    if correct is not None and len(correct) > 1:
        new = crossed_interval(correct)
        text += f" For new pictures, which all seeds share: {new.low:.3f} to {new.high:.3f}."
    epochs = WHOLE[judged.experiment]
    for other in seed_sets(records, judged.experiment, epochs):
        if other.recipe != judged.recipe:
            text += f" Recipe {other.recipe}: {listed(other.last(last, after=epochs))}."
    return text


# -------------------------------------------------------------------------------------- comparisons


@dataclass(frozen=True)
class Difference:
    """The difference of two experiments' accuracies, first minus second, a share."""

    value: float
    interval: Interval
    evidence: str
    basis: Basis


def difference(first: SeedSet, second: SeedSet, *, last: int = 1) -> Difference:
    """Compares two experiments' whole runs, over seeds.

    If a side has one seed, its scatter is not known, and the gates' model takes its place.
    """
    pair = (first, second)
    values, others = (one.last(last, after=WHOLE[one.experiment]) for one in pair)
    text = (
        f"{first.experiment} {listed(values)} against {second.experiment} {listed(others)}, recipe "
        f"{first.recipe}"
    )
    if min(len(values), len(others)) > 1:
        interval = mean_difference(values, others)
    else:
        n = chapter.FOLD_SIZES["validation"]
        interval = modelled_difference(values, others, n, gates.EPOCH_SPREAD)
    text += f"; {interval.method}.{first.caveats}{second.caveats}"
    value = float(np.mean(values) - np.mean(others))
    return Difference(value, interval, text, both(first.basis, second.basis))


def both(*parts: Basis) -> Basis:
    """Returns what a comparison of findings rests on: their records, the fewest seeds."""
    return Basis(
        sum(one.records for one in parts),
        min(one.seeds for one in parts),
        min(one.epochs for one in parts),
        parts[0].recipe,
    )


def lower_than(
    experiment: str,
    reference: str,
    *,
    last: int = 1,
    contradicts: Verdict = "refuted",
    note: str = "",
) -> Rule:
    """Returns a rule: an experiment's accuracy is below a reference's, at 95 %.

    Args:
        experiment: expected to be lower.
        reference: expected to be higher.
        last: epochs at the end whose mean is one seed's value.
        contradicts: verdict where the interval of the difference lies above 0.
        note: added to the evidence.
    """

    @whole(experiment, reference, level=ONE_SIDE)
    def rule(*sets: SeedSet) -> Finding:
        return compared(difference(*sets, last=last), contradicts=contradicts, note=note)

    return rule


def compared(
    found: Difference, *, contradicts: Verdict = "refuted", note: str = "", sign: int = -1
) -> Finding:
    """Judges a difference that is expected to have a sign.

    Args:
        found: the difference.
        contradicts: verdict where the other sign was shown.
        note: added to the evidence.
        sign: -1 where the first is expected to be lower, 1 where higher.
    """
    low, high = sorted((sign * found.interval.low, sign * found.interval.high))
    verdict: Verdict = "not reproduced"
    if low > 0 or high < 0:
        verdict = "reproduced" if low > 0 else contradicts
    overturn = "an interval that reaches 0"
    if verdict == "not reproduced":
        overturn = f"an interval wholly {'below' if sign < 0 else 'above'} 0"
    text, value = f"{found.evidence} {note}".strip(), round(found.value, 6)
    return Finding(verdict, text, value, found.basis, overturn, ONE_SIDE, ends(found.interval))
