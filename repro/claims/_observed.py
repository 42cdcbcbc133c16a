"""How rules read what records looked at: the installation and the pictures, not a training run.

Any record may hold such an observation. If two contradict each other, both are reported and the
worse one is judged; the order of the records never matters.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

import numpy as np
from pydantic import ConfigDict, JsonValue, TypeAdapter, ValidationError

from repro.claims._claim import Basis, Finding, Rule, Value, Verdict
from repro.errors import RecordError
from repro.record import RunRecord

#: How bad a verdict is, where records give different ones.
_SEVERITY: dict[Verdict, int] = {
    "refuted": 4,
    "not reproduced": 4,
    "erratum": 3,
    "reproduced with a note": 2,
    "reproduced": 1,
    "not run here": 0,
}


_Kind = TypeVar("_Kind")
_EXACT = ConfigDict(strict=True, allow_inf_nan=False)


@dataclass(frozen=True)
class Observed:
    """One record's value of an observation, and where it comes from.

    Args:
        name: of the observation.
        value: as JSON has it.
        source: what it was made with, for people.
        beside: everything that the same record observed.
    """

    name: str
    value: JsonValue
    source: str
    beside: Mapping[str, JsonValue] = field(default_factory=dict)

    def other(self, name: str) -> Observed | None:
        """Returns another observation of the same record, if it made one."""
        return replace(self, name=name, value=self.beside[name]) if name in self.beside else None

    def read(self, kind: type[_Kind], key: str | None = None) -> _Kind:
        """Returns the value, or its entry ``key``, which has to be of a kind: ``dict[str, float]``.

        Numbers are finite, and nothing is empty.

        Raises:
            RecordError: it is of another kind.
        """
        value = self.value
        if key is not None:
            value = value.get(key) if isinstance(value, dict) else None
        try:
            text = json.dumps(None if value in ({}, []) else value)
            return TypeAdapter(kind, config=_EXACT).validate_json(text)
        except ValidationError as error:
            raise RecordError(
                f"observation {self.name}{f', {key}' if key else ''}",
                found=f"{self.value!r:.80} in a record made with {self.source}",
                expected=f"something else ({error.errors()[0]['msg']})",
                remedy="Leave that record out, or run again with --fresh.",
            ) from error


def observations(records: Iterable[RunRecord], name: str) -> list[Observed]:
    """Returns every record's value of an observation, in an order given by the values alone."""
    found = [
        Observed(name, record.observations[name], _source(record, name), record.observations)
        for record in records
        if name in record.observations
    ]
    return sorted(found, key=lambda one: (one.source, json.dumps(one.value, sort_keys=True)))


def _source(record: RunRecord, name: str) -> str:
    """Returns what a record's observation was made with, for people."""
    if name.startswith("data."):
        digest = record.digests.get("split", "")
        return f"the pictures with digest {digest[:12]}" if digest else "the pictures given"
    made = record.observations.get("inspection.made_with")
    if isinstance(made, dict):
        return f"Keras {made.get('keras')} on {made.get('backend')}"
    return f"the record of {record.experiment}"


def sources(found: Iterable[Observed]) -> str:
    """Returns where observations come from, each source once."""
    return "; ".join(sorted({entry.source for entry in found}))


def not_run(evidence: str = "") -> Finding:
    """Returns the finding where no record has what the rule needs."""
    return Finding("not run here", evidence)


def each(name: str, judge: Callable[[Observed], Finding], *, level: float = 0.0) -> Rule:
    """Returns a rule: every record's observation is judged, and differences are reported.

    Args:
        name: of the observation.
        judge: gives one observation's finding; where it comes from is added here.
        level: of the rule.
    """

    def rule(records: Sequence[RunRecord]) -> Finding:
        made: dict[Finding, list[Observed]] = {}
        for entry in observations(records, name):
            made.setdefault(judge(entry), []).append(entry)
        # A record that could not tell contradicts nobody.
        told = {found: seen for found, seen in made.items() if found.verdict != "not run here"}
        groups = told or made
        if not groups:
            return not_run()
        worst, *rest = sorted(groups, key=lambda one: (-_SEVERITY[one.verdict], repr(one)))
        text = f"{worst.evidence} ({sources(groups[worst])})" if told else worst.evidence
        for other in rest:
            text += f" Another record says {other.measured}: {other.verdict}"
            text += f" ({sources(groups[other])})."
        basis = Basis(records=sum(len(seen) for seen in groups.values())) if told else Basis()
        return replace(
            worst,
            evidence=text,
            basis=basis,
            overturned_by=worst.overturned_by or "a record that observes another value",
        )

    return Rule(rule, level=level)


def equal(name: str, expected: Any, evidence: str, *, measured: Value | None = None) -> Rule:
    """Returns a rule: every record that has the observation has exactly this value.

    Args:
        name: of the observation.
        expected: what it must equal, after JSON.
        evidence: how it was measured.
        measured: what the ledger prints where it agrees; None prints the value, as elsewhere.
    """
    wanted = plain(expected)

    def judge(entry: Observed) -> Finding:
        if entry.value == wanted:
            return Finding("reproduced", evidence, measured or show(entry.value))
        return Finding("not reproduced", f"{evidence} Differs in:", show(entry.value))

    return each(name, judge)


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
