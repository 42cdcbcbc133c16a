"""What a claim, a rule, a finding and a judgement are."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import KW_ONLY, dataclass
from typing import Literal, get_args

from repro.record import RunRecord

Verdict = Literal[
    "reproduced", "reproduced with a note", "not reproduced", "refuted", "erratum", "not run here"
]
VERDICTS: tuple[Verdict, ...] = get_args(Verdict)
#: What is needed before a claim can be judged. "nothing": a Keras is enough; "sources":
#: somebody's statement that has not been found yet.
Need = Literal["nothing", "pictures", "archive", "weights", "hours", "gpu", "sources"]
#: Of claims about whole runs.
LONG: tuple[Need, ...] = ("pictures", "weights", "hours")
Value = str | int | float


@dataclass(frozen=True)
class Basis:
    """What a finding rests on.

    Args:
        records: how many records it was judged from; 0 where none is needed.
        seeds: training runs, on the side of a comparison that has fewer; 0 where none was judged.
        epochs: of the shortest of these runs.
        recipe: the one that was judged.
    """

    records: int = 0
    seeds: int = 0
    epochs: int = 0
    recipe: str = ""


@dataclass(frozen=True)
class Finding:
    """What a rule concludes from run records.

    Args:
        verdict: one of :data:`VERDICTS`.
        evidence: one or two sentences: what was measured, on what, with which test.
        measured: the measured value; None where nothing was measured.
        basis: what it stands on.
        overturned_by: what would have to be found for another verdict.
        chance: rate at which chance alone gives this verdict wrongly; 0 if nothing is random.
        interval: (low, high) at 95 %; None where the value is exact or was not measured.
    """

    verdict: Verdict
    evidence: str
    measured: Value | None = None
    basis: Basis = Basis()
    overturned_by: str = ""
    chance: float = 0.0
    interval: tuple[float, float] | None = None


@dataclass(frozen=True)
class Source:
    """Somebody's statement that a verdict can rest on.

    Args:
        who: wrote it.
        where: it can be found.
        when: it was written, or, for a page that changes, read.
        says: what it says, in our words.
    """

    who: str
    where: str
    when: str
    says: str


@dataclass(frozen=True)
class Rule:
    """How a claim is judged: a pure function of run records, and which of them it may see.

    It sees no published table, no other verdict and no wish.

    Args:
        judge: the function.
        experiments: whose records it sees. If none is named, it sees what any record observed, but
            no training run.
        sources: what the verdict rests on where it rests on no measurement.
        level: bound of the rate at which chance gives a wrong verdict, with the seeds asked for.
    """

    judge: Callable[[Sequence[RunRecord]], Finding]
    experiments: tuple[str, ...] = ()
    sources: tuple[Source, ...] = ()
    level: float = 0.0


def of(
    *experiments: str, level: float = 0.0
) -> Callable[[Callable[[Sequence[RunRecord]], Finding]], Rule]:
    """Returns a decorator: the function becomes the rule over these experiments' records."""
    return lambda judge: Rule(judge, experiments, level=level)


@dataclass(frozen=True)
class Claim:
    """A statement of the chapter that can be checked.

    Args:
        id: stable name, for markers and machines.
        statement: a paraphrase.
        published: the published value.
        rule: how it is judged.
        topic: "data", "competition", "architecture", "freezing", "augmentation", "training" or
            "interpretation".
        place: the section of the text that makes the statement.
        remedy: what to do so that it can be judged; empty where it always is.
        needs: what is needed to judge it.
    """

    id: str
    statement: str
    published: Value
    rule: Rule
    _: KW_ONLY
    topic: str
    place: str
    remedy: str = ""
    needs: tuple[Need, ...] = ("nothing",)


@dataclass(frozen=True)
class Standing:
    """How firmly a verdict stands.

    Args:
        basis: what it stands on.
        flips: runs and records that change the verdict when left out, one at a time.
        overturned_by: what would have to be found for another verdict.
        chance: rate at which chance alone gives this verdict wrongly.
        by_source: whether it rests on what somebody wrote and not on a measurement.
    """

    basis: Basis = Basis()
    flips: tuple[str, ...] = ()
    overturned_by: str = ""
    chance: float = 0.0
    by_source: bool = False

    @property
    def rests_on_one_run(self) -> bool:
        """Whether a single run carries the verdict."""
        return self.basis.seeds == 1 or bool(self.flips)


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
    standing: Standing = Standing()
