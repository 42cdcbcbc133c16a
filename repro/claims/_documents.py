"""The verdicts, and the text's statements, as documents print them: generated, never typed."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Callable, Sequence
from functools import partial
from importlib import resources
from pathlib import Path
from typing import Any

from repro import generated, record
from repro.claims import gates
from repro.claims._claim import Claim, Judgement
from repro.claims._table import counted, measured, shown, summary
from repro.generated import table
from repro.record import RunRecord
from repro.statistics import Gate

EXPECTED = Path("results", "expected-verdicts.json")


def statements() -> list[dict[str, Any]]:
    """Returns the statements of the text, in its order.

    Each has the title of its "section", its "id" (letter of the section and number within it), what
    it "says" in our words, and the ids of the "claims" that judge it; where none does, "why" it is
    no checkable statement.
    """
    path = resources.files("repro.claims") / "statements.json"
    found = json.loads(path.read_text(encoding="utf-8"))
    sections = found["sections"]
    return [{"section": sections[one["id"][0]], "claims": [], **one} for one in found["statements"]]


def committed(root: Path) -> tuple[RunRecord, ...]:
    """Returns the run records that a checkout ships, in order of their paths."""
    paths = sorted((root / "results").rglob("*.json"))
    return tuple(record.read(path) for path in paths if record.is_record(path))


def expected(judgements: Sequence[Judgement]) -> str:
    """Returns the text of ``results/expected-verdicts.json``: verdicts by id."""
    return json.dumps({one.id: one.verdict for one in judgements}, indent=1) + "\n"


def makers(claims: Sequence[Claim], judgements: Sequence[Judgement]) -> generated.Makers:
    """Returns what makes each kind of block that judgements fill; both in the same order."""
    return {name: partial(make, claims, judgements) for name, make in KINDS.items()}


def refresh(root: Path, claims: Sequence[Claim], judgements: Sequence[Judgement]) -> list[Path]:
    """Renews the expected verdicts and every document; returns the files that changed."""
    changed = generated.renew(generated.documents(root), makers(claims, judgements))
    return changed + generated.replaced({root / EXPECTED: expected(judgements)})


# ------------------------------------------------------------------------------------------- blocks


def _verdicts(claims: Sequence[Claim], judgements: Sequence[Judgement]) -> str:
    heads = ("statement", "published", "measured [95 %]", "verdict")
    rows = [
        (one.statement, shown(one.published), measured(one), f"**{one.verdict}**")
        for one in judgements
        if one.verdict != "not run here"
    ]
    left = len(judgements) - len(rows)
    note = f"\n\n{left} more are not run here; `docs/claims.md` says what each would take."
    return f"{summary(judgements)}.\n\n{table(heads, rows)}{note if left else ''}"


def _ledger(claims: Sequence[Claim], judgements: Sequence[Judgement]) -> str:
    rows = [
        {
            "id": f"`{one.id}`",
            "statement": one.statement,
            "published": shown(one.published),
            "measured [95 %]": measured(one),
            "verdict": f"**{one.verdict}**",
            "evidence": one.evidence,
            "stands on": stands_on(one),
            "would be overturned by": one.standing.overturned_by or "–",
            "needs": ", ".join(claim.needs),
        }
        for claim, one in zip(claims, judgements, strict=True)
    ]
    return f"{summary(judgements)}.\n\n{table(list(rows[0]), [[*row.values()] for row in rows])}"


def stands_on(judgement: Judgement) -> str:
    """Returns what a verdict stands on, for people."""
    basis = judgement.standing.basis
    if judgement.verdict == "not run here":
        return "–"
    if judgement.standing.by_source:
        return "what others wrote"
    if not basis.records:
        return "arithmetic"
    records = counted(basis.records, "record")
    if not basis.seeds:
        return records
    return f"{counted(basis.seeds, 'seed')} of {basis.epochs} epochs, {basis.recipe}; {records}"


def _statements(claims: Sequence[Claim], judgements: Sequence[Judgement]) -> str:
    verdicts = {one.id: one.verdict for one in judgements}
    rows = [
        (
            one["id"],
            one["section"],
            one["says"],
            "; ".join(f"`{name}`: {verdicts[name]}" for name in one["claims"])
            or f"No checkable statement. {one['why']}",
        )
        for one in statements()
    ]
    claimed = [one["claims"] for one in statements() if one["claims"]]
    judged = sum(any(verdicts[name] != "not run here" for name in names) for names in claimed)
    heads = ("no.", "section", "the text says", "judged by")
    text = (
        f"{len(claimed)} of {len(rows)} statements have a claim that judges them; {judged} have a "
        "verdict so far, the others wait for a run."
    )
    return f"{text}\n\n{table(heads, rows)}"


def _chance(claims: Sequence[Claim], judgements: Sequence[Judgement]) -> str:
    judged = [one for one in judgements if one.verdict != "not run here"]
    rates = [one.standing.chance for one in judged if one.standing.chance]
    levels = [claim.rule.level for claim in claims if claim.rule.level]
    text = (
        f"Of the {len(judged)} verdicts in the ledger, {len(rates)} come from a test with an error "
        "rate; the others count, compare exactly, cite, or hold a value against a fixed threshold. "
        f"The rates add up to {sum(rates):.3f}: so many wrong verdicts at most are to be expected "
        "by chance, and the probability of even one is no larger. Were all "
        f"{len(claims)} claims judged with the seeds that they ask for, {len(levels)} would come "
        f"from such a test, with rates of at most {sum(levels):.2f} in all."
    )
    return textwrap.fill(text, 120)


def _gates(claims: Sequence[Claim], judgements: Sequence[Judgement]) -> str:
    heads = ("claim", "published", "gate", "seeds", "false alarm", "miss", "a miss is")
    rows = []
    for name, gate in gates.GATES.items():
        low, high = gate.region
        published = f"{gate.published:g}"
        if isinstance(gate, Gate) and gate.upper is not None:
            published += f" to {gate.upper:g}"
        change = "3 points" if isinstance(gate, Gate) else f"{gate.change:g}"
        rates = f"{100 * gate.false_alarm():.2f} %", f"{100 * gate.miss():.2f} %"
        region = f"{low:.3f} to {high:.3f}"
        rows.append((f"`{name}`", published, region, str(gate.seeds), *rates, f"{change} off"))
    return table(heads, rows)


KINDS: dict[str, Callable[[Sequence[Claim], Sequence[Judgement]], str]] = {
    "verdicts": _verdicts,
    "ledger": _ledger,
    "gates": _gates,
    "statements": _statements,
    "chance": _chance,
}
