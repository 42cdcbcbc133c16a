"""What the chapter says about freezing: counts of tensors, recompiling, what freezing prevents."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any, Literal

from repro import chapter
from repro.claims import gates
from repro.claims._accuracies import lower_than
from repro.claims._claim import LONG, Basis, Claim, Finding, Rule, Value, Verdict
from repro.claims._observed import Observed, each, equal, not_run, observations, sources
from repro.record import RunRecord

FINE_PLACE = "Fine-tuning"
#: What a Keras may make of freezing a layer of a compiled model.
EFFECT: Any = Literal["ignored", "refused", "honoured"]


def _frozen_stays(entry: Observed) -> Finding:
    names = "frozen", "frozen_changed", "trained", "trained_changed"
    counts = (int(entry.read(float, name)) for name in names)
    frozen, frozen_changed, trained, trained_changed = counts
    changed = f"{frozen_changed} of {frozen} frozen tensors changed"
    if frozen_changed or not frozen or trained_changed != trained:
        text = f"{changed}, {trained_changed} of {trained} others."
        return Finding("not reproduced", text, changed)
    text = (
        "Bits of every tensor before and after training steps: no frozen one changed, all "
        f"{trained} others did."
    )
    return Finding("reproduced", text, changed)


def _recompile(records: Sequence[RunRecord]) -> Finding:
    """The statement: a change of trainability after compiling is ignored until recompiled.

    Releases and backends may differ, so each answer is reported with the Keras that gives it.
    """
    found = observations(records, "freezing.recompile")
    if not found:
        return not_run()
    answers: dict[tuple[str, ...], list[Observed]] = {}
    for entry in found:
        kind = tuple(entry.read(EFFECT, case) for case in ("fresh", "trained", "recompiled"))
        answers.setdefault(kind, []).append(entry)
    verdict: Verdict = "reproduced with a note"
    if any(recompiled != "honoured" for *_, recompiled in answers):
        verdict = "not reproduced"
    elif all(trained == "honoured" for _, trained, _ in answers):
        verdict = "refuted"
    elif set(answers) == {("ignored", "ignored", "honoured")}:
        verdict = "reproduced"
    text = " ".join(
        f"A change between compiling and the first step is {fresh}, after a step {trained}, after "
        f"compiling again {recompiled} ({sources(seen)})."
        for (fresh, trained, recompiled), seen in sorted(answers.items())
    )
    measured = f"{' or '.join(sorted({trained for _, trained, _ in answers}))} after a first step"
    overturn = {
        "refuted": "a Keras that does not honour the change after a step",
        "reproduced": "a Keras that honours or refuses the change without compiling again",
        "not reproduced": "the change honoured after compiling again, by each Keras here",
    }.get(verdict, "a Keras that does not honour the change even after compiling again")
    return Finding(verdict, text, measured, basis=Basis(len(found)), overturned_by=overturn)


#: What the releases of Keras do themselves, from results/era; a test holds it to the records.
RELEASES = "{0} releases of Keras since 2.0.5 themselves (docs/years.md)"


def _by_release(releases: int, measured: Value, text: str) -> Rule:
    """Returns a rule about past releases, which no run with the installed release can judge."""
    found = Finding(
        "reproduced with a note",
        f"Measured on {RELEASES.format(releases)}, not on the installed one: {text}",
        measured,
        basis=Basis(releases),
        overturned_by="a release that does otherwise",
    )
    return Rule(lambda records: found)


def _erratum(entry: Observed) -> Finding:
    count = int(entry.read(float))
    if count == chapter.FINE_TUNED_LAYERS_AS_PRINTED:
        return Finding("reproduced", "Counted.", count)
    text = (
        f"Convolutions from {chapter.UNFREEZE_FROM} on, counted. Three is right for the Python "
        "edition's block5; this edition unfreezes three blocks."
    )
    return Finding("erratum", text, count)


_claim = partial(
    Claim,
    topic="freezing",
    place="Feature extraction with data augmentation",
    remedy="Run `python -m repro`: it builds the model and looks.",
)

CLAIMS: tuple[Claim, ...] = (
    _claim(
        "trainable-unfrozen",
        "Before freezing, the stacked model has 30 trainable weight tensors.",
        chapter.TRAINABLE_TENSORS_UNFROZEN,
        equal(
            "freezing.trainable_tensors_unfrozen",
            chapter.TRAINABLE_TENSORS_UNFROZEN,
            "Trainable weights of the model, counted.",
        ),
    ),
    _claim(
        "trainable-frozen",
        "Once the base is frozen, 4 trainable tensors are left: two of each dense layer.",
        chapter.TRAINABLE_TENSORS_FROZEN,
        equal(
            "freezing.trainable_tensors_frozen",
            chapter.TRAINABLE_TENSORS_FROZEN,
            "Trainable weights of the model, counted.",
        ),
    ),
    _claim(
        "frozen-weights-stay",
        "Freezing a layer keeps its weights from being updated during training.",
        "no frozen weight changes",
        each("freezing.training_steps", _frozen_stays),
    ),
    _claim(
        "recompile",
        "If trainability is modified after compiling, the change is ignored until recompiled.",
        "ignored",
        Rule(_recompile),
    ),
    _claim(
        "compile-after-freezing",
        "For freezing to take effect, the model has to be compiled afterwards.",
        "compiled afterwards",
        _by_release(
            36,
            "as stated from 2.1.0 on, without effect up to 2.0.9",
            "from 2.1.0 on, a base that is frozen after a training step goes on training as a "
            "whole until the model is compiled again; then it is frozen. Up to Keras 2.15 the same "
            "holds between compiling and the first step; in Keras 3 freezing there takes effect by "
            "itself. Up to 2.0.9 a base that comes first in a Sequential, as here, trains as a "
            "whole, whenever it is frozen.",
        ),
    ),
    _claim(
        "printed-four-are-trained",
        "Since 4 weights are printed as trainable, only the dense layers are trained.",
        "only the dense layers",
        _by_release(
            20,
            "26 of 26 base tensors train up to 2.0.9, none from 2.1.0",
            "all of them print 30, then 4. Up to 2.0.9 the whole base trains all the same. From "
            "2.1.0 on, which includes the R edition's Keras, only what is printed is trained.",
        ),
    ),
    _claim(
        "unfreeze-parameters",
        "Fine-tuning trains block3_conv1 and everything behind it, and nothing before.",
        f"{chapter.TRAINABLE_PARAMETERS_FINE_TUNING:,} trainable, "
        f"{chapter.FROZEN_PARAMETERS_FINE_TUNING:,} frozen",
        equal(
            "freezing.fine_tuning",
            {
                "tensors": chapter.TRAINABLE_TENSORS_FINE_TUNING,
                "trainable": chapter.TRAINABLE_PARAMETERS_FINE_TUNING,
                "frozen": chapter.FROZEN_PARAMETERS_FINE_TUNING,
            },
            "Trainable tensors and parameters after unfreezing, counted.",
            measured=f"{chapter.TRAINABLE_PARAMETERS_FINE_TUNING:,} trainable, "
            f"{chapter.FROZEN_PARAMETERS_FINE_TUNING:,} frozen",
        ),
        place=FINE_PLACE,
    ),
    _claim(
        "three-layers",
        "Three layers are being fine-tuned.",
        chapter.FINE_TUNED_LAYERS_AS_PRINTED,
        each("freezing.fine_tuned_convolutions", _erratum),
        place=FINE_PLACE,
    ),
    _claim(
        "unfrozen-destroys",
        "Without freezing, large updates destroy what the base has learned.",
        "destroyed",
        lower_than(
            "unfrozen",
            "technique-2",
            note="Destroyed representations would show as a lower validation accuracy.",
        ),
        remedy="Run `repro run unfrozen` and `repro run technique-2` with pictures and weights.",
        needs=LONG,
    ),
    _claim(
        "untrained-destroys",
        "Fine-tuning before the classifier is trained destroys the representations.",
        "destroyed",
        lower_than(
            "untrained-classifier",
            "technique-3",
            last=gates.LAST_EPOCHS,
            note="Destroyed representations would show as a lower validation accuracy.",
        ),
        remedy="Run `repro run untrained-classifier` and `repro run technique-3`.",
        needs=LONG,
        place=FINE_PLACE,
    ),
)
