"""The chapter's accuracies: which claims they are, which runs show them, how they are written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from repro import claims
from repro.claims import Judgement
from repro.claims._claim import Value
from repro.recipe import PUBLISHED, TODAY
from repro.report._groups import Group


@dataclass(frozen=True)
class Accuracy:
    """One of the chapter's famous numbers.

    Args:
        claim: the claim about it.
        name: what it is the accuracy of.
        experiment: whose curve shows it; None if another accuracy's curve already does.
    """

    claim: str
    name: str
    experiment: str | None


#: In the chapter's order.
ACCURACIES = (
    Accuracy("scratch-accuracy", "Small convnet from scratch", "from-scratch"),
    Accuracy("fast-extraction-accuracy", "Fast feature extraction", "technique-1"),
    Accuracy("extraction-accuracy", "Feature extraction, augmented", "technique-2"),
    Accuracy("fine-tuning-accuracy", "Fine-tuning", "technique-3"),
    Accuracy("fine-tuning-test-accuracy", "Fine-tuning, test pictures", None),
)


def judged(judgements: Sequence[Judgement]) -> list[tuple[Accuracy, Judgement]]:
    """Returns the accuracies with their judgements; those without one are left out."""
    known = {one.id: one for one in judgements}
    return [(one, known[one.claim]) for one in ACCURACIES if one.claim in known]


def shown_by(accuracy: Accuracy, groups: Sequence[Group]) -> int | None:
    """Returns the position of the runs whose curves show an accuracy; None where there are none.

    Demonstrations are ignored. 2017's recipe is preferred, then today's, then the longest runs.
    """
    preferred = {PUBLISHED.name: 2, TODAY.name: 1}
    fitting = [
        (preferred.get(one.recipe, 0), max(len(run.history.loss) for run in one.runs), -position)
        for position, one in enumerate(groups)
        if one.experiment == accuracy.experiment and not one.demonstration
    ]
    return -max(fitting)[2] if fitting else None


def percent(value: Value | None) -> str:
    """Returns a share as a percentage, and anything else as people read it."""
    return f"{100 * value:.3g} %" if isinstance(value, float) else claims.shown(value)


def measured(judgement: Judgement) -> str:
    """Returns the measured accuracy with its interval, in percent."""
    if judgement.interval is None:
        return percent(judgement.measured)
    low, high = judgement.interval
    return f"{percent(judgement.measured)} [{100 * low:.1f}, {100 * high:.1f}]"
