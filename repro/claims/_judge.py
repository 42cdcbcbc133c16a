"""From run records to verdicts."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import JsonValue

from repro.claims._claim import Claim, Judgement
from repro.claims._evidence import not_run
from repro.record import RunRecord


def judge_claim(claim: Claim, records: Sequence[RunRecord]) -> Judgement:
    """Judges one claim.

    A demonstration's pictures and weights are not the chapter's. A claim that needs either never
    sees such a record; a claim that needs nothing sees its observations and no training run.
    """
    if claim.needs == ("nothing",):
        seen = [
            record.model_copy(update={"runs": ()}) if record.demonstration else record
            for record in records
        ]
    else:
        seen = [record for record in records if not record.demonstration]
    finding = claim.rule(seen) if seen or claim.needs == ("nothing",) else not_run()
    evidence = finding.evidence
    if finding.verdict == "not run here":
        evidence = f"{evidence} {claim.remedy}".strip()
    return Judgement(
        claim.id,
        claim.statement,
        claim.published,
        finding.measured,
        finding.interval,
        finding.verdict,
        evidence,
    )


def ledger(judgements: Sequence[Judgement]) -> list[dict[str, JsonValue]]:
    """Returns judgements as plain JSON: id, statement, published, measured, interval, verdict,
    evidence, in the text's order."""
    return [
        {
            "id": judgement.id,
            "statement": judgement.statement,
            "published": judgement.published,
            "measured": judgement.measured,
            "interval": list(judgement.interval) if judgement.interval else None,
            "verdict": judgement.verdict,
            "evidence": judgement.evidence,
        }
        for judgement in judgements
    ]
