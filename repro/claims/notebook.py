"""The 290 epochs that the Python edition's notebooks print: each curve against a curve of today.

The notebooks ran with Keras 2.0.8 on a split that counts from 0. Runs are held to them only under
the recipe of 2017, and only whole runs of enough seeds, because one run cannot show its scatter.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np

from repro import notebook
from repro.claims import gates
from repro.claims._accuracies import ends
from repro.claims._claim import LONG, Claim, Finding, Rule, Verdict
from repro.claims._evidence import SeedSet, seen, whole
from repro.claims._table import counted
from repro.recipe import PUBLISHED
from repro.record import RunRecord
from repro.statistics import (
    ENOUGH_SEEDS,
    LARGEST_ERROR_RATE,
    LOSS_TO_CATCH,
    curve_difference,
    t_interval,
)

#: What is judged. Losses are reported: no distance of losses is known to be too large.
JUDGED_CURVES = {"training": "accuracy", "validation": "val_accuracy"}


def _enough(found: SeedSet) -> bool:
    return found.recipe == PUBLISHED.name and len(found.runs) >= ENOUGH_SEEDS


def _follows(name: str, experiment: str) -> Rule:
    """Returns a rule: an experiment's whole runs have the curve that a notebook prints.

    Args:
        name: of the printed curve.
        experiment: whose runs are held to it.
    """

    def beside(records: Sequence[RunRecord]) -> str:
        longest = seen(records, experiment)[:1]
        return "".join(f" {_distances(name, found)}" for found in longest)

    level = LARGEST_ERROR_RATE
    rule = whole(
        experiment,
        level=level,
        only=_enough,
        measured=experiment,
        last=gates.LAST_EPOCHS,
        beside=beside,
    )
    return rule(partial(_judged, name))


def _judged(name: str, found: SeedSet) -> Finding:
    """Judges by two tests at 1 %: that the curves differ, and that they nowhere differ by much."""
    printed, epochs = notebook.curves()[name], notebook.EPOCHS[name]
    tests = {
        kind: curve_difference(
            getattr(printed, field),
            [getattr(run.history, field)[:epochs] for run in found.runs],
            LOSS_TO_CATCH,
        )
        for kind, field in JUDGED_CURVES.items()
    }
    # Each of two curves may raise the alarm; but all of both have to be alike.
    apart = min(one.apart for one in tests.values()) * len(tests)
    alike = max(one.alike for one in tests.values())
    differ, same = apart < LARGEST_ERROR_RATE, alike < LARGEST_ERROR_RATE
    verdict, note = _verdict(differ=differ, same=same)
    changes = ", ".join(f"{kind} {100 * one.change:+.1f}" for kind, one in tests.items())
    text = (
        f"{_distances(name, found)} Largest difference over a fifth of the curve, in points: "
        f"{changes}. p = {min(apart, 1):.2g} that it is one more seed, {alike:.2g} that a fifth is "
        f"3 points off. {note}"
    )
    ours = found.last(gates.LAST_EPOCHS, after=epochs)
    return Finding(
        verdict,
        text.strip() + found.caveats,
        round(float(np.mean(ours)), 4),
        found.basis,
        "seeds whose curves are not the notebook's" if same else "seeds that follow the notebook",
        LARGEST_ERROR_RATE,
        ends(t_interval(ours)),
    )


def _verdict(*, differ: bool, same: bool) -> tuple[Verdict, str]:
    if same and differ:
        return "reproduced with a note", "More than chance, but nowhere as much as 3 points."
    if same:
        return "reproduced", ""
    if differ:
        return "not reproduced", "It is not the curve of such runs."
    return "not run here", "Undecided: these seeds scatter too much to say."


def _distances(name: str, found: SeedSet) -> str:
    """Returns how far runs of any length are from the printed curve, epoch by epoch."""
    printed = notebook.curves()[name]
    epochs = min(found.epochs, notebook.EPOCHS[name])
    parts = []
    for kind, field in {"training loss": "loss", **JUDGED_CURVES}.items():
        ours = np.array([getattr(run.history, field)[:epochs] for run in found.runs])
        off = np.abs(np.array(getattr(printed, field)[:epochs]) - ours.mean(axis=0)).mean()
        parts.append(f"{kind} {off:.3f}" if field == "loss" else f"{kind} {100 * off:.1f} points")
    return (
        f"Mean distance of the notebook's {epochs} first epochs from {found.experiment}'s "
        f"({counted(len(found.runs), 'seed')}, {found.recipe}): {', '.join(parts)}."
    )


def _claim(id: str, statement: str, name: str, experiment: str, section: int = 3) -> Claim:
    ends_at = float(np.mean(notebook.curves()[name].val_accuracy[-gates.LAST_EPOCHS :]))
    remedy = f"Run `repro run {experiment} --recipe {PUBLISHED.name}` with five seeds or more."
    return Claim(
        id,
        statement,
        round(ends_at, 4),
        _follows(name, experiment),
        topic="training",
        place=f"The Python edition's notebook 5.{section}",
        remedy=remedy,
        needs=LONG,
    )


CLAIMS: tuple[Claim, ...] = (
    _claim(
        "notebook-scratch",
        "Without augmentation, the small convnet trains as the notebook prints, epoch by epoch.",
        "scratch-plain",
        "from-scratch-plain",
        section=2,
    ),
    _claim(
        "notebook-scratch-augmented",
        "With augmentation, the small convnet trains as the notebook prints, epoch by epoch.",
        "scratch-augmented",
        "from-scratch",
        section=2,
    ),
    _claim(
        "notebook-fast-extraction",
        "Fast feature extraction trains as the notebook prints, epoch by epoch.",
        "technique-1",
        "technique-1",
    ),
    _claim(
        "notebook-extraction-frozen",
        "The curve that the notebook prints for feature extraction is that of a frozen base.",
        "technique-2",
        "technique-2",
    ),
    _claim(
        "notebook-extraction-unfrozen",
        "The curve that the notebook prints for feature extraction is that of a base that trains.",
        "technique-2",
        "unfrozen",
    ),
    _claim(
        "notebook-fine-tuning",
        "From there, fine-tuning block 5 goes on as the notebook prints, epoch by epoch.",
        "fine-tuning-block5",
        "python-edition",
    ),
)
