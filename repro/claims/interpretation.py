"""Statements about what networks learn, which the chapter makes in passing and nobody checks."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from repro import chapter
from repro.claims._claim import Claim, Finding
from repro.claims._evidence import not_run, observations, seed_sets
from repro.claims._rules import difference, ends, listed, sources
from repro.record import RunRecord

PLACE = "Fine-tuning"


def _diminishing(records: Sequence[RunRecord]) -> Finding:
    """Each deeper start of fine-tuning brings less than the one before."""
    order = ["technique-2", "unfreeze-block5", "unfreeze-block4", "technique-3", "unfreeze-block2"]
    found = [(name, seed_sets(records, name)) for name in order]
    there = [(name, sets[0]) for name, sets in found if sets]
    if len(there) < 4 or there[0][0] != "technique-2":
        return not_run()
    # Fine-tuning of all depths after equally many epochs; technique 2 is where they start.
    epochs = min(runs.epochs for _, runs in there[1:])
    curve = [(there[0][0], float(np.mean(there[0][1].last(10))))]
    curve += [(name, float(np.mean(runs.last(10, after=epochs)))) for name, runs in there[1:]]
    gains = np.diff([value for _, value in curve])
    means = ", ".join(f"{name} {value:.3f}" for name, value in curve)
    text = f"Mean of the last ten epochs, fine-tuning after {epochs}: {means}."
    measured = ", ".join(f"{gain:+.3f}" for gain in gains)
    if not gains[0] > max(gains[1:]):
        return Finding("not reproduced", text, measured)
    whole = epochs >= chapter.FINE_TUNING.epochs
    if not whole:
        text += f" The chapter fine-tunes for {chapter.FINE_TUNING.epochs} epochs."
    return Finding("reproduced" if whole else "reproduced with a note", text, measured)


def _generic(records: Sequence[RunRecord]) -> Finding:
    """Later blocks' features are more useful for cats and dogs: earlier ones are more generic."""
    found = observations(records, "layers.accuracy")
    if not found:
        return not_run()
    values = found[0].numbers()
    text = ", ".join(f"{name} {value:.3f}" for name, value in values.items())
    ordered = [values[name] for name in sorted(values)]
    rising = ordered == sorted(ordered)
    evidence = (
        f"Validation accuracy of a classifier on each block's features: {text} ({sources(found)}). "
        "Specialised to things such as cats and dogs, not proof of being generic."
    )
    return Finding("reproduced with a note" if rising else "not reproduced", evidence, text)


def _slight(records: Sequence[RunRecord]) -> Finding:
    """Slight: the change of every fine-tuned tensor is below a tenth of the tensor's norm."""
    found = observations(records, "fine_tuning.relative_change")
    if not found:
        return not_run()
    values = list(found[0].numbers().values())
    text = (
        f"Norm of the change over norm of the tensor, {len(values)} kernels: {listed(values)} "
        f"({sources(found)}). Slight is taken to mean under 0.1."
    )
    slight = max(values) < 0.1
    return Finding("reproduced" if slight else "not reproduced", text, round(max(values), 4))


def _regime(records: Sequence[RunRecord]) -> Finding:
    """Fine-tuning more layers risks overfitting: unfreezing all is no better than block 3 on."""
    deeper, reference = seed_sets(records, "unfreeze-all"), seed_sets(records, "technique-3")
    if not deeper or not reference:
        return not_run()
    found = difference(deeper[0], reference[0], last=10)
    return Finding(
        "reproduced" if found.interval.high < 0 else "not reproduced",
        found.evidence,
        round(found.value, 4),
        ends(found.interval),
    )


CLAIMS: tuple[Claim, ...] = (
    Claim(
        "diminishing-returns",
        "interpretation",
        PLACE,
        "Fine-tuning lower layers brings fast-decreasing returns.",
        "decreasing",
        ("pictures", "weights", "hours"),
        _diminishing,
        "Run `repro run unfreeze-block5`, `unfreeze-block4`, `technique-2` and `technique-3`.",
    ),
    Claim(
        "earlier-layers-generic",
        "interpretation",
        PLACE,
        "Earlier layers encode more generic features, later ones more specialised ones.",
        "later is more specialised",
        ("pictures", "weights"),
        _generic,
        "Run `repro run probe-layers` with pictures and weights.",
    ),
    Claim(
        "more-layers-risk",
        "interpretation",
        PLACE,
        "The more parameters are trained, the greater the risk of overfitting.",
        "worse with all layers",
        ("pictures", "weights", "hours"),
        _regime,
        "Run `repro run unfreeze-all` and `repro run technique-3`.",
    ),
    Claim(
        "weights-change-slightly",
        "interpretation",
        PLACE,
        "Fine-tuning adjusts the representations only slightly.",
        "slightly",
        ("pictures", "weights", "hours"),
        _slight,
        "Run `repro run technique-3`: it records how far each tensor moved.",
    ),
)
