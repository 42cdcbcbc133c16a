"""Statements about what networks learn, which the chapter makes in passing and nobody checks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

import numpy as np

from repro import chapter
from repro.claims import gates
from repro.claims._accuracies import ONE_SIDE, both, compared, difference, listed, lower_than
from repro.claims._claim import LONG, Basis, Claim, Finding, Verdict, of
from repro.claims._evidence import (
    WHOLE,
    SeedSet,
    of_judged_recipe,
    seed_sets,
    together,
    told,
    whole,
)
from repro.claims._observed import observations, sources
from repro.record import RunRecord

USING_PLACE = "Using a pretrained convnet"
#: From the frozen base to ever deeper starts of fine-tuning; the last one goes beyond the chapter.
DEPTHS = ("technique-2", "unfreeze-block5", "unfreeze-block4", "technique-3", "unfreeze-block2")
#: Slight: a change of every tensor by less than this share of its norm.
SLIGHT = 0.1
#: A position is not held where a linear probe explains less than this share of its variance.
NO_POSITION = 0.1


@of(*DEPTHS, level=ONE_SIDE * (len(DEPTHS) - 2))
def _diminishing(records: Sequence[RunRecord]) -> Finding:
    """The first step of depth brings more than any later one, beyond chance."""
    sets = together(records, *DEPTHS) or together(records, *DEPTHS[:-1])
    if sets is None:
        return told(records, *DEPTHS)
    values = [one.last(gates.LAST_EPOCHS, after=WHOLE[one.experiment]) for one in sets]
    means = np.array([np.mean(side) for side in values])
    gains = np.diff(means)
    # The first gain minus each later one: four means, each with its own error.
    steps = np.diff(np.eye(len(means)), axis=0)
    weights = steps[0] - steps[1:]
    errors = [_variance(one, side) for one, side in zip(sets, values, strict=True)]
    lows = weights @ means - 1.96 * np.sqrt(weights**2 @ errors)
    verdict: Verdict = "not reproduced"
    if gains[0] > max(0.0, *gains[1:]):
        verdict = "reproduced" if min(lows) > 0 else "reproduced with a note"
    shown = ", ".join(f"{s.experiment} {m:.3f}" for s, m in zip(sets, means, strict=True))
    text = f"Mean of the last ten epochs, recipe {sets[0].recipe}: {shown}."
    if verdict == "reproduced with a note":
        text += " The first step brings most, but it cannot be shown that this is not chance."
    return Finding(
        verdict,
        text,
        ", ".join(f"{gain:+.3f}" for gain in gains),
        both(*(one.basis for one in sets)),
        "a later step that brings as much as the first"
        if verdict != "not reproduced"
        else "a first step that brings most",
        ONE_SIDE * len(lows),
    )


def _variance(found: SeedSet, values: Sequence[float]) -> float:
    """Returns the variance of a mean over seeds; by the gates' model where a seed stands alone."""
    mean = float(np.mean(values))
    n = chapter.FOLD_SIZES["validation"]
    model = mean * (1 - mean) / n + gates.EPOCH_SPREAD**2
    seen = float(np.var(values, ddof=1)) if len(values) > 1 else 0.0
    return max(model, seen) / len(found.runs)


@whole("probe-layers", only=lambda found: bool(found.observed("layers.accuracy")))
def _generic(found: SeedSet) -> Finding:
    """Later blocks' features are more useful for cats and dogs: earlier ones are more generic."""
    values = [entry.read(dict[str, float]) for entry in found.observed("layers.accuracy")]
    rising = all([one[name] for name in sorted(one)] == sorted(one.values()) for one in values)
    text = "; ".join(
        ", ".join(f"{name} {value:.3f}" for name, value in one.items()) for one in values
    )
    evidence = (
        f"Validation accuracy of a classifier on each block's features: {text} (recipe "
        f"{found.recipe}). Specialised to things such as cats and dogs, not proof of being generic."
    )
    return Finding(
        "reproduced with a note" if rising else "not reproduced",
        evidence,
        text,
        found.basis,
        "an earlier block that does better" if rising else "accuracies that rise with the blocks",
    )


def _changes(found: SeedSet) -> list[dict[str, float]]:
    """Returns how far each record's kernels moved, relative to their norms."""
    return [entry.read(dict[str, float]) for entry in found.observed("fine_tuning.relative_change")]


def _largest_so_far(records: Sequence[RunRecord]) -> str:
    sets = seed_sets(records, "technique-3")
    short = [max(moved.values()) for found in sets for moved in _changes(found)]
    return f" Largest change so far: {listed(short)}." if short else ""


@whole("technique-3", only=lambda found: bool(_changes(found)), beside=_largest_so_far)
def _slight(found: SeedSet) -> Finding:
    """Slight: the change of every fine-tuned tensor is below a tenth of the tensor's norm."""
    values = [value for moved in _changes(found) for value in moved.values()]
    text = (
        f"Norm of the change over norm of the tensor after {found.epochs} epochs, {len(values)} "
        f"kernels of each record's first seed: {listed(values)} (recipe {found.recipe}). Slight "
        f"is taken to mean under {SLIGHT}."
    )
    slight = max(values) < SLIGHT
    return Finding(
        "reproduced" if slight else "not reproduced",
        text,
        round(max(values), 4),
        replace(found.basis, seeds=len(_changes(found))),
        f"a kernel that moves by {SLIGHT} or more" if slight else f"no kernel beyond {SLIGHT}",
    )


@whole("reuse-classifier", "features-224", level=ONE_SIDE)
def _reuse(*sets: SeedSet) -> Finding:
    return compared(difference(*sets), sign=1)


@of("position-probe")
def _position(records: Sequence[RunRecord]) -> Finding:
    """A linear probe reads a shifted picture's position off feature maps, not off dense layers."""
    whole_runs = [
        one
        for one in records
        if all(len(run.history.loss) >= WHOLE["position-probe"] for run in one.runs)
    ]
    found = observations(of_judged_recipe(whole_runs), "position.r2")
    if not found:
        return told(records, "position-probe")
    pairs = [(entry.read(float, "features"), entry.read(float, "hidden")) for entry in found]
    shown = ", ".join(f"{features:.2f} and {hidden:.2f}" for features, hidden in pairs)
    text = (
        "Share of a shift's variance that a linear probe explains, from the feature maps and from "
        f"the trained classifier's hidden layer: {shown} "
        f"({sources(found)}). Not held is taken to mean under {NO_POSITION}."
    )
    most = max(hidden for _, hidden in pairs)
    verdict: Verdict = "refuted"
    if all(hidden < NO_POSITION <= features for features, hidden in pairs):
        verdict = "reproduced"
    elif any(features < NO_POSITION for features, _ in pairs):
        verdict = "not reproduced"
        text += " The feature maps do not hold it either."
    elif all(hidden < features for features, hidden in pairs):
        verdict = "reproduced with a note"
        text += (
            " The hidden layer holds less than the feature maps, but it still tells "
            f"{100 * most:.0f} % of where the object is."
        )
    measured = round(most, 4)
    overturn = "a hidden layer that holds the position as well as the feature maps"
    if verdict not in ("reproduced", "reproduced with a note"):
        overturn = "a hidden layer that holds less of the position than the feature maps"
    return Finding(verdict, text, measured, Basis(len(found)), overturn)


_claim = partial(Claim, topic="interpretation", place="Fine-tuning", needs=LONG)

CLAIMS: tuple[Claim, ...] = (
    _claim(
        "dense-reuse-helps",
        "Since ImageNet has many dogs and cats, reusing the dense layers would probably help here.",
        "helps",
        _reuse,
        remedy="Run `repro run reuse-classifier` and `repro run features-224`: technique 1 on "
        "VGG16's dense layers and on its last feature maps. The first needs the weights with the "
        "classifier, which Keras downloads or finds in its cache.",
        place=USING_PLACE,
    ),
    _claim(
        "dense-layers-lose-position",
        "Densely connected layers no longer hold where objects are; feature maps do.",
        "no position",
        _position,
        remedy="Run `repro run position-probe` with pictures and weights.",
        needs=("pictures", "weights"),
        place=USING_PLACE,
    ),
    _claim(
        "diminishing-returns",
        "Fine-tuning lower layers brings fast-decreasing returns.",
        "decreasing",
        _diminishing,
        remedy="Run `repro run unfreeze-block5`, `unfreeze-block4`, `technique-2` and "
        "`technique-3`.",
    ),
    _claim(
        "earlier-layers-generic",
        "Earlier layers encode more generic features, later ones more specialised ones.",
        "later is more specialised",
        _generic,
        remedy="Run `repro run probe-layers` with pictures and weights.",
        needs=("pictures", "weights"),
    ),
    _claim(
        "more-layers-risk",
        "The more parameters are trained, the greater the risk of overfitting.",
        "worse with all layers",
        lower_than(
            "unfreeze-all", "technique-3", last=gates.LAST_EPOCHS, contradicts="not reproduced"
        ),
        remedy="Run `repro run unfreeze-all` and `repro run technique-3`.",
    ),
    _claim(
        "weights-change-slightly",
        "Fine-tuning adjusts the representations only slightly.",
        "slightly",
        _slight,
        remedy="Run `repro run technique-3`: it records how far each tensor moved.",
    ),
)
