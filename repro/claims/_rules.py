"""The shapes that rules take: compare an observation, gate an accuracy, compare two experiments."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from pydantic import JsonValue

from repro import chapter
from repro.claims._claim import Finding, Rule, Value, Verdict
from repro.claims._evidence import Observed, SeedSet, not_run, observations, seed_sets
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
    newcombe,
    paired_difference,
    t_interval,
    wilson,
)

# ------------------------------------------------------------------------------------ observations


def plain(value: Any) -> JsonValue:
    """Returns a value as JSON sees it: tuples and ranges as lists."""
    found: JsonValue = json.loads(json.dumps(value))
    return found


def show(value: JsonValue) -> Value:
    """Returns a JSON value as the ledger prints it: numbers stay, the rest becomes text."""
    if isinstance(value, float) and not np.isfinite(value):
        return str(value)  # a ledger is JSON, which has no such number
    if isinstance(value, (str, int, float)) and not isinstance(value, bool):
        return value
    return json.dumps(value)


def sources(found: Sequence[Observed]) -> str:
    """Returns where observations come from, each source once."""
    return "; ".join(dict.fromkeys(entry.source for entry in found))


def observed(
    name: str,
    expected: Any,
    evidence: str,
    *,
    measured: Callable[[JsonValue], Value] = show,
    verdict: Verdict = "reproduced",
    otherwise: Verdict = "not reproduced",
) -> Rule:
    """Returns a rule: every record that has the observation has exactly this value.

    Args:
        name: of the observation.
        expected: what it must equal, after JSON.
        evidence: how it was measured; the source is added.
        measured: what the ledger prints of a value that agrees; others are printed whole.
        verdict: where all values agree.
        otherwise: where one does not.
    """
    wanted = plain(expected)

    def rule(records: Sequence[RunRecord]) -> Finding:
        found = observations(records, name)
        if not found:
            return not_run()
        wrong = [entry for entry in found if entry.value != wanted]
        if wrong:
            text = f"{evidence} Differs in: {sources(wrong)}."
            return Finding(otherwise, text, show(wrong[0].value))
        return Finding(verdict, f"{evidence} ({sources(found)})", measured(found[0].value))

    return rule


# --------------------------------------------------------------------------------------- accuracies


def percent(rate: float) -> str:
    """Returns a rate as the evidence prints it."""
    return "< 0.01 %" if rate < 1e-4 else f"{100 * rate:.2g} %"


def listed(values: Sequence[float]) -> str:
    """Returns values as the evidence prints them, three decimals."""
    return ", ".join(f"{value:.3f}" for value in values)


def ends(interval: Interval) -> tuple[float, float] | None:
    """Returns an interval as the ledger keeps it; None where one seed gives none."""
    return (interval.low, interval.high) if np.isfinite(interval.low) else None


def gated(
    gate: Gate | NormalGate, values: Sequence[float], text: str, single: Interval | None = None
) -> Finding:
    """Judges a mean over seeds by a gate, and says how sure that is.

    With fewer seeds than the gate needs, a mean inside it is "reproduced with a note"; one
    outside is "not reproduced" only where it would be at a false alarm rate below 1 % with
    the seeds there are, else it stays undecided.

    Args:
        gate: of the claim.
        values: one a seed.
        text: what was averaged, for the evidence.
        single: interval where there is one seed only.
    """
    seeds, mean = len(values), float(np.mean(values))
    interval = t_interval(values) if seeds > 1 or single is None else single
    low, high = gate.region
    alarm, miss = percent(gate.false_alarm(seeds)), percent(gate.miss(seeds))
    evidence = (
        f"{text}: mean {mean:.4f} of {seeds} seed{'s' * (seeds > 1)} ({listed(values)}); gate "
        f"{low:.3f} to {high:.3f}, false alarm {alarm}, miss {miss} with {seeds}."
    )
    if isinstance(gate, Gate) and seeds > 1:
        p = equivalence(values, gate.published, LOSS_TO_CATCH)
        evidence += f" Same within 3 points by TOST: p = {p:.2g}."
    verdict, note = _verdict(gate, mean, seeds)
    return Finding(verdict, f"{evidence} {note}".strip(), round(mean, 6), ends(interval))


def _verdict(gate: Gate | NormalGate, mean: float, seeds: int) -> tuple[Verdict, str]:
    enough = seeds >= gate.seeds
    few = f"The gate asks for {gate.seeds} seeds."
    if gate.accepts(mean):
        if not enough:
            return "reproduced with a note", few
        if isinstance(gate, Gate) and gate.upper is not None and mean < gate.published:
            return "reproduced with a note", "Below the published bound, by less than the margin."
        return "reproduced", ""
    if enough or not _widened(gate, seeds).accepts(mean):
        too = "below" if mean < gate.region[0] else "above"
        return "not reproduced", f"The mean lies {too} the gate."
    return "not run here", f"Outside the gate, but undecided: {few}"


def _widened(gate: Gate | NormalGate, seeds: int) -> Gate | NormalGate:
    """Returns the gate with the margin that keeps false alarms below 1 % with few seeds."""
    while gate.false_alarm(seeds) >= LARGEST_ERROR_RATE:
        gate = replace(gate, margin=gate.margin * 1.1)
    return gate


def last_epoch_accuracy(experiment: str, gate: Gate, epochs: int, *, last: int = 1) -> Rule:
    """Returns a rule: the mean over seeds of the last epoch's validation accuracy, by a gate.

    Never the best epoch: the best of thirty is too high by construction.

    Args:
        experiment: whose runs are judged.
        gate: of the claim.
        epochs: a shorter run is reported and not judged.
        last: epochs at the end whose mean is one seed's value.
    """

    def rule(records: Sequence[RunRecord]) -> Finding:
        sets = seed_sets(records, experiment, epochs)
        if not sets:
            return shorter(records, experiment, epochs)
        first = sets[0]
        values = first.last(last)
        what = f"last {last} epochs' mean" if last > 1 else f"epoch {epochs}"
        single = wilson(round(values[0] * gate.n), gate.n)
        text = f"Validation accuracy, {what}, recipe {first.recipe}"
        return _with_context(gated(gate, values, text, single), sets, last)

    return rule


def _with_context(finding: Finding, sets: Sequence[SeedSet], last: int) -> Finding:
    evidence = finding.evidence
    correct = sets[0].correct("validation")
    if correct is not None and len(correct) > 1:
        new = crossed_interval(correct)
        evidence += f" For new pictures, which all seeds share: {new.low:.3f} to {new.high:.3f}."
    for other in sets[1:]:
        evidence += f" Recipe {other.recipe}: {listed(other.last(last))}."
    return replace(finding, evidence=evidence)


def shorter(
    records: Sequence[RunRecord], experiment: str, epochs: int, *, same_quantity: bool = True
) -> Finding:
    """Returns the finding for runs that stopped short: reported, never judged.

    Args:
        records: any records.
        experiment: whose runs are reported.
        epochs: that a whole run has.
        same_quantity: whether the claim is about validation accuracy, which is what is reported;
            otherwise it stands in the evidence and is no measured value.
    """
    sets = seed_sets(records, experiment)
    if not sets:
        return not_run()
    runs = sets[0].runs
    values = sets[0].last()
    done = max(len(run.history.val_accuracy) for run in runs)
    evidence = (
        f"A run of {done} of {epochs} epochs is reported, not judged: validation accuracy "
        f"{listed(values)}."
    )
    measured = round(float(np.mean(values)), 6) if same_quantity else None
    return Finding("not run here", evidence, measured)


# ------------------------------------------------------------------------------------- differences


@dataclass(frozen=True)
class Difference:
    """The difference of two experiments' accuracies, first minus second, a share."""

    value: float
    interval: Interval
    evidence: str


def difference(first: SeedSet, second: SeedSet, *, last: int = 1) -> Difference:
    """Compares two experiments after equally many epochs: the shorter one's.

    Over seeds where both sides have several, else by picture, else as two shares.
    """
    epochs = min(first.epochs, second.epochs)
    whole = first.epochs == second.epochs
    values, others = first.last(last, after=epochs), second.last(last, after=epochs)
    value = float(np.mean(values) - np.mean(others))
    text = (
        f"{first.experiment} {listed(values)} against {second.experiment} {listed(others)} after "
        f"{epochs} epochs (recipes {first.recipe}, {second.recipe})"
    )
    if min(len(values), len(others)) > 1:
        return Difference(value, mean_difference(values, others), text)
    a, b = first.correct("validation"), second.correct("validation")
    if last == 1 and whole and a is not None and b is not None:
        # Whole folds of the same pictures: ``seed_sets`` left out all others.
        return Difference(float(a.mean() - b.mean()), paired_difference(a, b), text)
    n = chapter.FOLD_SIZES["validation"]
    interval = newcombe(round(np.mean(values) * n), n, round(np.mean(others) * n), n)
    return Difference(value, interval, text)


def lower_than(
    experiment: str,
    reference: str,
    *,
    supports: Verdict = "reproduced",
    contradicts: Verdict = "refuted",
    note: str = "",
) -> Rule:
    """Returns a rule: an experiment's accuracy is below a reference's, at 95 %.

    Args:
        experiment: expected to be lower.
        reference: expected to be higher.
        supports: verdict where the interval of the difference lies below 0; with a note where
            fewer epochs were compared than the reference has.
        contradicts: verdict where it lies above 0.
        note: added to the evidence.
    """

    def rule(records: Sequence[RunRecord]) -> Finding:
        first, second = seed_sets(records, experiment), seed_sets(records, reference)
        if not first or not second:
            return not_run()
        same = {found.recipe: found for found in second}
        pairs = [(found, same[found.recipe]) for found in first if found.recipe in same]
        found = difference(*(pairs[0] if pairs else (first[0], second[0])))
        low, high = found.interval.low, found.interval.high
        verdict: Verdict = "not reproduced"
        if high < 0:
            short = first[0].epochs < second[0].epochs and supports == "reproduced"
            verdict = "reproduced with a note" if short else supports
        elif low > 0:
            verdict = contradicts
        text = f"{found.evidence}; {found.interval.method}. {note}".strip()
        return Finding(verdict, text, round(found.value, 6), ends(found.interval))

    return rule
