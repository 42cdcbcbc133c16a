"""The ledger: every checkable statement of the chapter, and the verdict that records give it."""

from __future__ import annotations

from collections.abc import Sequence

from repro.claims import (
    architecture,
    augmentation,
    data,
    fine_tuning,
    freezing,
    interpretation,
    notebook,
    sourced,
    training,
)
from repro.claims._claim import VERDICTS, Claim, Judgement, Verdict
from repro.claims._documents import committed
from repro.claims._judge import judge_claim, ledger
from repro.claims._table import measured, shown, summary, table
from repro.record import RunRecord

#: In the order of the text's topics. Ids are stable from now on.
CLAIMS: tuple[Claim, ...] = (
    *sourced.CLAIMS,
    *data.CLAIMS,
    *architecture.CLAIMS,
    *freezing.CLAIMS,
    *augmentation.CLAIMS,
    *training.CLAIMS,
    *fine_tuning.CLAIMS,
    *interpretation.CLAIMS,
    *notebook.CLAIMS,
)


def judge(records: Sequence[RunRecord]) -> tuple[Judgement, ...]:
    """Judges every claim from run records alone, in the order of :data:`CLAIMS`.

    A record of a demonstration gives "reproduced" only to claims that need neither pictures,
    weights nor training.
    """
    return tuple(judge_claim(claim, records) for claim in CLAIMS)


__all__ = [
    "CLAIMS",
    "VERDICTS",
    "Judgement",
    "Verdict",
    "committed",
    "judge",
    "judge_claim",
    "ledger",
    "measured",
    "shown",
    "summary",
    "table",
]
