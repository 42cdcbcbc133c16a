"""What a claim, a finding and a judgement are."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from repro.record import RunRecord

Verdict = Literal[
    "reproduced",
    "reproduced with a note",
    "not reproduced",
    "refuted",
    "erratum",
    "not run here",
]
VERDICTS: tuple[Verdict, ...] = (
    "reproduced",
    "reproduced with a note",
    "not reproduced",
    "refuted",
    "erratum",
    "not run here",
)
#: What has to be at hand before a claim can be judged. "nothing": a Keras is enough.
Need = Literal["nothing", "pictures", "archive", "weights", "hours", "gpu"]
Value = str | int | float


@dataclass(frozen=True)
class Finding:
    """What a rule concludes from run records.

    Args:
        verdict: one of :data:`VERDICTS`.
        evidence: one or two sentences: what was measured, on what, with which test.
        measured: the measured value; None where nothing was measured.
        interval: (low, high) at 95 %; None where the value is exact or was not measured.
    """

    verdict: Verdict
    evidence: str
    measured: Value | None = None
    interval: tuple[float, float] | None = None


#: A pure function of run records. It sees no published table, no other verdict and no wish.
Rule = Callable[[Sequence[RunRecord]], Finding]


@dataclass(frozen=True)
class Claim:
    """A statement of the chapter that can be checked.

    Args:
        id: stable name, for markers and machines.
        topic: "data", "architecture", "freezing", "augmentation", "training" or "interpretation".
        place: the section of the text that makes the statement.
        statement: a paraphrase.
        published: the published value.
        needs: what has to be at hand to judge it.
        rule: how it is judged.
        remedy: what it takes to judge it where it was not.
    """

    id: str
    topic: str
    place: str
    statement: str
    published: Value
    needs: tuple[Need, ...]
    rule: Rule
    remedy: str = "Run `python -m repro` with the Kaggle pictures and the ImageNet weights."


@dataclass(frozen=True)
class Judgement:
    """A claim's verdict with its evidence, as the ledger prints it."""

    id: str
    statement: str
    published: Value
    measured: Value | None
    interval: tuple[float, float] | None
    verdict: Verdict
    evidence: str
