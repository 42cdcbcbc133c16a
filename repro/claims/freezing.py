"""What the chapter says about freezing: counts of tensors, recompiling, what freezing prevents."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import JsonValue

from repro import chapter
from repro.claims._claim import Claim, Finding, Value
from repro.claims._evidence import not_run, observations
from repro.claims._rules import lower_than, observed, sources
from repro.record import RunRecord

PLACE = "Feature extraction with data augmentation"
FINE_PLACE = "Fine-tuning"
REMEDY = "Run `python -m repro`: it builds the model and looks."
#: What a Keras may make of freezing a layer of a compiled model.
EFFECTS = ("ignored", "refused", "honoured")
_IN_WORDS = {"ignored": "ignored, silently,", "refused": "refused with an error"}


def _frozen_stays(records: Sequence[RunRecord]) -> Finding:
    found = observations(records, "freezing.training_steps")
    if not found:
        return not_run()
    counts = "frozen", "frozen_changed", "trained", "trained_changed"
    for entry in found:
        frozen, frozen_changed, trained, trained_changed = (
            int(entry.number(name)) for name in counts
        )
        changed = f"{frozen_changed} of {frozen} frozen tensors changed"
        if frozen_changed or not frozen or trained_changed != trained:
            others = f"{trained_changed} of {trained} others"
            return Finding("not reproduced", f"{changed}, {others} ({entry.source}).", changed)
    text = (
        "Bits of every tensor before and after training steps: no frozen one changed, all "
        f"{trained} others did ({sources(found)})."
    )
    return Finding("reproduced", text, changed)


def _recompile(records: Sequence[RunRecord]) -> Finding:
    """The statement: a change of trainability after compiling is ignored until recompiled."""
    found = observations(records, "freezing.recompile")
    if not found:
        return not_run()
    cases = ("fresh", "trained", "recompiled")
    kinds = {tuple(entry.choice(case, EFFECTS) for case in cases) for entry in found}
    where = sources(found)
    if any(recompiled != "honoured" for _, _, recompiled in kinds):
        return Finding("not reproduced", f"Not honoured even when recompiled ({where}).", "ignored")
    if any(trained == "honoured" for _, trained, _ in kinds):
        text = f"Honoured without compiling again ({where})."
        return Finding("refuted", text, "honoured")
    if kinds == {("ignored", "ignored", "honoured")}:
        return Finding("reproduced", f"Ignored until compiled again ({where}).", "ignored")
    effects = sorted({trained for _, trained, _ in kinds})
    text = (
        "Once the model has taken a step since compiling, the change is "
        f"{' or '.join(_IN_WORDS[effect] for effect in effects)} until compiled again; between "
        f"compiling and the first step it is honoured ({where})."
    )
    return Finding("reproduced with a note", text, f"{' or '.join(effects)} after a first step")


def _erratum(records: Sequence[RunRecord]) -> Finding:
    found = observations(records, "freezing.fine_tuned_convolutions")
    if not found:
        return not_run()
    count = int(found[0].number())
    if count == chapter.FINE_TUNED_LAYERS_AS_PRINTED:
        return Finding("reproduced", f"Counted ({sources(found)}).", count)
    text = (
        f"Convolutions from {chapter.UNFREEZE_FROM} on, counted ({sources(found)}). Three is right "
        "for the Python edition's block5; this edition unfreezes three blocks."
    )
    return Finding("erratum", text, count)


def _unfrozen(value: JsonValue) -> Value:
    if not isinstance(value, dict):
        return str(value)
    trainable, frozen = value.get("trainable"), value.get("frozen")
    return f"{trainable:,} trainable, {frozen:,} frozen"


CLAIMS: tuple[Claim, ...] = (
    Claim(
        "trainable-unfrozen",
        "freezing",
        PLACE,
        "Before freezing, the stacked model has 30 trainable weight tensors.",
        chapter.TRAINABLE_TENSORS_UNFROZEN,
        ("nothing",),
        observed(
            "freezing.trainable_tensors_unfrozen",
            chapter.TRAINABLE_TENSORS_UNFROZEN,
            "Trainable weights of the model, counted.",
        ),
        REMEDY,
    ),
    Claim(
        "trainable-frozen",
        "freezing",
        PLACE,
        "Once the base is frozen, 4 trainable tensors are left: two of each dense layer.",
        chapter.TRAINABLE_TENSORS_FROZEN,
        ("nothing",),
        observed(
            "freezing.trainable_tensors_frozen",
            chapter.TRAINABLE_TENSORS_FROZEN,
            "Trainable weights of the model, counted.",
        ),
        REMEDY,
    ),
    Claim(
        "frozen-weights-stay",
        "freezing",
        PLACE,
        "Freezing a layer keeps its weights from being updated during training.",
        "no frozen weight changes",
        ("nothing",),
        _frozen_stays,
        REMEDY,
    ),
    Claim(
        "recompile",
        "freezing",
        PLACE,
        "If trainability is modified after compiling, the change is ignored until recompiled.",
        "ignored",
        ("nothing",),
        _recompile,
        REMEDY,
    ),
    Claim(
        "unfreeze-parameters",
        "freezing",
        FINE_PLACE,
        "Fine-tuning trains block3_conv1 and everything behind it, and nothing before.",
        f"{chapter.TRAINABLE_PARAMETERS_FINE_TUNING:,} trainable, "
        f"{chapter.FROZEN_PARAMETERS_FINE_TUNING:,} frozen",
        ("nothing",),
        observed(
            "freezing.fine_tuning",
            {
                "tensors": chapter.TRAINABLE_TENSORS_FINE_TUNING,
                "trainable": chapter.TRAINABLE_PARAMETERS_FINE_TUNING,
                "frozen": chapter.FROZEN_PARAMETERS_FINE_TUNING,
            },
            "Trainable tensors and parameters after unfreezing, counted.",
            measured=_unfrozen,
        ),
        REMEDY,
    ),
    Claim(
        "three-layers",
        "freezing",
        FINE_PLACE,
        "Three layers are being fine-tuned.",
        chapter.FINE_TUNED_LAYERS_AS_PRINTED,
        ("nothing",),
        _erratum,
        REMEDY,
    ),
    Claim(
        "unfrozen-destroys",
        "freezing",
        PLACE,
        "Without freezing, large updates destroy what the base has learned.",
        "destroyed",
        ("pictures", "weights", "hours"),
        lower_than(
            "unfrozen",
            "technique-2",
            note="Destroyed representations would show as a lower validation accuracy.",
        ),
        "Run `repro run unfrozen` and `repro run technique-2` with pictures and weights.",
    ),
    Claim(
        "untrained-destroys",
        "freezing",
        FINE_PLACE,
        "Fine-tuning before the classifier is trained destroys the representations.",
        "destroyed",
        ("pictures", "weights", "hours"),
        lower_than(
            "untrained-classifier",
            "technique-3",
            note="Destroyed representations would show as a lower validation accuracy.",
        ),
        "Run `repro run untrained-classifier` and `repro run technique-3`.",
    ),
)
