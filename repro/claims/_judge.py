"""From run records to verdicts, and how firmly each stands."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np

from repro.claims._claim import Claim, Judgement, Standing, Verdict
from repro.claims._observed import show
from repro.record import RunRecord
from repro.statistics import ENOUGH_SEEDS

#: Verdicts on the same side; leaving something out may cost a note without changing sides.
_SIDES: dict[Verdict, str] = {"reproduced with a note": "reproduced"}


def judge_claim(claim: Claim, records: Sequence[RunRecord]) -> Judgement:
    """Judges one claim.

    Its rule sees the records of the experiments that it names and no others. A rule that names none
    sees what records observed, and no training run. A demonstration's pictures and weights are not
    the chapter's: a claim that needs either never sees such a record.
    """
    seen = _seen(claim, records)
    finding = claim.rule.judge(seen)
    recipe = finding.basis.recipe
    judged = [one for one in seen if recipe in ("", one.recipe.get("name"))]
    flips = tuple(sorted(set(_flips(claim, judged, finding.verdict))))
    by_source = bool(claim.rule.sources)
    standing = Standing(finding.basis, flips, finding.overturned_by, finding.chance, by_source)
    verdict, evidence = finding.verdict, finding.evidence
    if verdict == "not run here":
        evidence = f"{evidence} {claim.remedy}"
        standing = Standing()
    elif standing.rests_on_one_run:
        verdict = "reproduced with a note" if verdict == "reproduced" else verdict
        evidence = f"{evidence} Rests on one run{': ' * bool(flips)}{'; '.join(flips)}."
    return Judgement(
        claim.id,
        claim.statement,
        claim.published,
        None if finding.measured is None else show(finding.measured),
        finding.interval if np.isfinite(finding.interval or ()).all() else None,
        verdict,
        evidence.strip(),
        standing,
    )


def _seen(claim: Claim, records: Sequence[RunRecord]) -> list[RunRecord]:
    """Returns what a claim's rule may see of the records, equal ones once."""
    named = claim.rule.experiments
    seen: list[RunRecord] = []
    for record in records:
        if named and record.experiment not in named:
            continue
        if record.demonstration and claim.needs != ("nothing",):
            continue
        if not named:
            record = record.model_copy(update={"runs": ()})
        if record not in seen:
            seen.append(record)
    return seen


def _flips(claim: Claim, seen: Sequence[RunRecord], verdict: Verdict) -> Iterator[str]:
    """Yields what would change a verdict about training to its opposite if it were left out."""
    if not claim.rule.experiments or verdict == "not run here":
        return
    for name, left in _without_one(seen):
        other = claim.rule.judge(left).verdict
        if other != "not run here" and _SIDES.get(other, other) != _SIDES.get(verdict, verdict):
            yield f"without {name} it is {other}"


def _without_one(seen: Sequence[RunRecord]) -> Iterator[tuple[str, list[RunRecord]]]:
    """Yields the records without one of them, and without one run of one of them, each named.

    A run is left out only if enough remain: with fewer the verdict would change for lack of seeds,
    whatever they show.
    """
    for position, record in enumerate(seen):
        rest = [*seen[:position], *seen[position + 1 :]]
        name = f"{record.experiment}, {record.recipe.get('name')}"
        if len(seen) > 1:
            yield f"the record of {name}", rest
        if len(record.runs) > ENOUGH_SEEDS:
            for run in record.runs:
                kept = tuple(one for one in record.runs if one is not run)
                yield (
                    f"seed {run.seed} of {name}",
                    [*rest, record.model_copy(update={"runs": kept})],
                )


def ledger(judgements: Sequence[Judgement]) -> list[dict[str, Any]]:
    """Returns judgements as plain JSON: id, statement, published, measured, interval, verdict,
    evidence, standing, in the text's order."""
    entries: list[dict[str, Any]] = json.loads(json.dumps([asdict(one) for one in judgements]))
    for entry, judgement in zip(entries, judgements, strict=True):
        entry["standing"]["rests_on_one_run"] = judgement.standing.rests_on_one_run
    return entries
