"""The editions' listings on real pictures, each run a row, beside what the notebook printed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from itertools import combinations
from statistics import fmean, median
from typing import get_args

from repro import generated
from repro.chapter import Numbering
from repro.era.notebook_records import Epoch, NotebookRun
from repro.era.puzzle import histories, span
from repro.notebook import curves
from repro.record import RunRecord

#: What was changed, in a table's words.
_CHANGED = {
    "unfrozen": "base left trainable",
    "gradients-first": "gradients before updates",
    "generator-of-2017": "transformed as in 2017",
}
#: A technique of the listings → the notebook's curve, and the package's experiment.
_PRINTED = {"feature extraction": "technique-2", "fine-tuning": "fine-tuning-block5"}


def of(run: NotebookRun, phase: str) -> list[Epoch]:
    """Returns a run's epochs of one technique."""
    return [epoch for epoch in run.epochs if epoch.phase == phase]


def epochs(runs: Sequence[NotebookRun], edition: Numbering, phase: str) -> str:
    """Returns an edition's runs of technique 2 or of fine-tuning, epoch by epoch.

    Args:
        runs: all of them.
        edition: whose.
        phase: "feature extraction" or "fine-tuning".
    """
    chosen = [run for run in runs if run.plan.edition == edition and of(run, phase)]
    rows = []
    if edition == "python":
        printed, last = (
            curves()[_PRINTED[phase]],
            max((len(of(run, phase)) for run in chosen), default=0),
        )
        columns = (printed.loss, printed.val_accuracy, printed.seconds)
        loss, accuracy, seconds = (column[:last] for column in columns)
        rows.append(["the notebook, printed", "as written", "–", _each(loss),
                     _each(accuracy, 100, 1), _each(seconds, 1, 0), "–"])  # fmt: skip
    for run in chosen:
        found = of(run, phase)
        tensors = found[-1].tensors
        rows.append(
            [
                f"`{run.release}`",
                ", ".join(_CHANGED[one] for one in run.plan.changes) or "as written",
                str(run.plan.seed),
                _each([one.loss for one in found]),
                _each([one.val_accuracy for one in found], 100, 1),
                _each([one.seconds for one in found], 1, 0),
                f"{_each(sorted({one.changed for one in found}), 1, 0)} of {tensors}",
            ]
        )
    heads = ["Keras", "listing", "seed", "training loss, epoch by epoch", "validation accuracy, %",
             "seconds", "the base's tensors that change"]  # fmt: skip
    return "\n\n".join([generated.table(heads, rows), *_alike(chosen, phase)])


def _each(values: Sequence[float], scale: float = 1, places: int = 3) -> str:
    return ", ".join(f"{scale * value:.{places}f}" for value in values)


def _alike(runs: Sequence[NotebookRun], phase: str) -> list[str]:
    """Says how far runs differ that saw the same in the same order and trained the same tensors."""
    said = []
    for one, other in combinations(runs, 2):
        pairs = list(zip(of(one, phase), of(other, phase), strict=False))
        same = [(a.order, a.changed) == (b.order, b.changed) for a, b in pairs]
        if pairs[0][0].order is None or not all(same) or one.digests != other.digests:
            continue
        losses = [abs(a.loss - b.loss) for a, b in pairs]
        accuracies = [100 * abs(a.val_accuracy - b.val_accuracy) for a, b in pairs]
        names = [f"`{run.release}`{_but(run)}" for run in (one, other)]
        said.append([*names, str(one.plan.seed), _each(losses), _each(accuracies, 1, 1)])
    heads = ["the same pictures in the same order", "and", "seed",
             "training losses differ by", "validation accuracies by, points"]  # fmt: skip
    return [generated.table(heads, said)] if said else []


def _but(run: NotebookRun) -> str:
    return "".join(f", {_CHANGED[one]}" for one in run.plan.changes if one != "generator-of-2017")


def clock(runs: Sequence[NotebookRun]) -> str:
    """Returns what an epoch takes, relative to one of fine-tuning block 5 beside the same packages.

    Fine-tuning trains the same tensors in every release, so one release's stands for the others'.
    """
    printed = [median(curves()[name].seconds) for name in _PRINTED.values()]
    rows = [["the notebook, printed", "–", *_ratio(*printed)]]
    chosen = [run for run in runs if run.plan.edition == "python"]
    for run in chosen:
        before = of(run, "feature extraction")
        after = [epoch.seconds for other in chosen for epoch in of(other, "fine-tuning")
                 if other.requirements[1:] == run.requirements[1:]]  # fmt: skip
        if before and after:
            seconds = median(epoch.seconds for epoch in before)
            moved = f"{before[-1].changed} of {before[-1].tensors}"
            name = f"`{run.release}`{_but(run)}, seed {run.plan.seed}"
            rows.append([name, moved, *_ratio(seconds, median(after))])
    heads = ["Keras", "the base's tensors that change", "seconds an epoch",
             "fine-tuning block 5", "ratio"]  # fmt: skip
    return generated.table(heads, rows)


def _ratio(before: float, after: float) -> list[str]:
    return [f"{before:.0f}", f"{after:.0f}", f"{before / after:.2f}"]


def technique_1(runs: Sequence[NotebookRun], records: Sequence[RunRecord]) -> str:
    """Returns the last epochs of technique 1: printed, by old releases and by the package."""
    printed = curves()["technique-1"]
    rows = [_last("the notebook, printed", [(printed.val_loss, printed.val_accuracy)])]
    phase = "fast feature extraction"
    for release in dict.fromkeys(run.release for run in runs if of(run, phase)):
        those = [of(run, phase) for run in runs if run.release == release and of(run, phase)]
        found = [([e.val_loss for e in one], [e.val_accuracy for e in one]) for one in those]
        rows.append(_last(f"`{release}`", found))
    today = [(run.val_loss, run.val_accuracy) for run in histories(records, "technique-1")]
    rows.append(_last("this package, `published`", today))
    heads = ["", "runs", "epochs", "validation accuracy, %", "mean", "validation loss"]
    return generated.table(heads, rows)


def makers(runs: Sequence[NotebookRun], records: Sequence[RunRecord]) -> generated.Makers:
    """Returns what makes each kind of block about the listings' runs, of all of them."""
    made: dict[str, Callable[[], str]] = {
        f"listing-{edition}-{phase.replace(' ', '-')}": partial(epochs, runs, edition, phase)
        for edition in get_args(Numbering)
        for phase in _PRINTED
    }
    made["listing-clock"] = partial(clock, runs)
    made["listing-fast"] = partial(technique_1, runs, records)
    return made


def _last(name: str, runs: Sequence[tuple[Sequence[float], Sequence[float]]]) -> list[str]:
    losses, accuracies = ([run[part][-1] for run in runs] for part in (0, 1))
    shares = [100 * value for value in accuracies]
    lengths = {len(loss) for loss, _ in runs}
    return [name, str(len(runs)), _each(sorted(lengths), 1, 0), span(shares, 1),
            f"{fmean(shares):.2f}", span(losses)]  # fmt: skip
