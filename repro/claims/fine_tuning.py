"""What the chapter says about fine-tuning: the gain, the loss that worsens, the test figures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

import numpy as np

from repro import chapter
from repro.claims import gates
from repro.claims._accuracies import (
    ONE_SIDE,
    both,
    compared,
    difference,
    ends,
    gated,
    last_epoch_accuracy,
)
from repro.claims._claim import LONG, Claim, Finding, Verdict, of
from repro.claims._evidence import JUDGED, SeedSet, dogs, seed_sets, seen, together, told, whole
from repro.claims._observed import not_run
from repro.claims._table import counted
from repro.record import RunRecord, SeedRun
from repro.statistics import LARGEST_ERROR_RATE, LEVEL, trend, wilson

#: A few pictures carry the loss: those that are misclassified have more than this share of it.
MOST = 0.5
#: The experiments that fine-tune at ten and at a hundred times the chapter's rate.
LARGE_RATES = ("large-rate-1e-4", "large-rate-1e-3")


@whole("technique-2", "technique-3", level=LARGEST_ERROR_RATE)
def _gain(before: SeedSet, after: SeedSet) -> Finding:
    starts = before.last(gates.LAST_EPOCHS, after=chapter.FEATURE_EXTRACTION.epochs)
    finish = after.last(gates.LAST_EPOCHS, after=chapter.FINE_TUNING.epochs)
    start = dict(zip([run.seed for run in before.runs], starts, strict=True))
    mean = float(np.mean(starts))
    gains = [
        value - start.get(run.seed, mean) for run, value in zip(after.runs, finish, strict=True)
    ]
    text = (
        f"Validation accuracy, mean of the last {gates.LAST_EPOCHS} epochs, technique 3 minus 2 "
        f"(recipe {before.recipe})"
    )
    return gated(gates.GAIN, gains, text, both(before.basis, after.basis))


def _tested(found: SeedSet) -> bool:
    return all("test" in run.evaluations for run in found.runs)


@whole("technique-3", level=LARGEST_ERROR_RATE, only=_tested)
def _test_accuracy(found: SeedSet) -> Finding:
    tests = [run.evaluations["test"] for run in found.runs]
    single = wilson(tests[0].correct, tests[0].n)
    text = f"Test accuracy after epoch {found.epochs}, recipe {found.recipe}"
    accuracies = [test.accuracy for test in tests]
    finding = gated(gates.FINE_TUNING_TEST, accuracies, text, found.basis, single)
    return replace(finding, evidence=finding.evidence + _among(found, accuracies))


def _among(found: SeedSet, tests: Sequence[float]) -> str:
    """Returns where the chapter's one test lies among those that these runs could have had.

    It was made after one epoch of one run, so an epoch's swing and a seed's scatter both count.
    """
    from scipy import stats

    last = [run.history.val_accuracy[-gates.LAST_EPOCHS :] for run in found.runs]
    swing = float(np.sqrt(np.mean([np.var(values, ddof=1) for values in last])))
    scatter = float(np.std(tests, ddof=1)) if len(tests) > 1 else 0.0
    freedom = (gates.LAST_EPOCHS - 1) * len(last) if swing >= scatter else len(tests) - 1
    half = float(stats.t.ppf((1 + LEVEL) / 2, freedom)) * max(swing, scatter)
    half *= float(np.sqrt(1 + 1 / len(tests)))
    mean, published = float(np.mean(tests)), chapter.FINE_TUNING_TEST_ACCURACY
    seeds = f", a seed's test by {100 * scatter:.1f}" if len(tests) > 1 else ", seeds unknown"
    return (
        f" An epoch's validation accuracy swings by {100 * swing:.1f} points (last "
        f"{gates.LAST_EPOCHS} epochs){seeds}: 95 of 100 such single tests lie within "
        f"{100 * half:.1f} points of the mean, the chapter's "
        f"{published * chapter.FINE_TUNING_TEST_PICTURES:.0f} of "
        f"{chapter.FINE_TUNING_TEST_PICTURES:,} is {100 * abs(published - mean):.1f} off."
    )


@whole("technique-3", level=LARGEST_ERROR_RATE, only=_tested)
def _test_loss(found: SeedSet) -> Finding:
    losses = [run.evaluations["test"].loss for run in found.runs]
    text = f"Test loss after epoch {found.epochs}, recipe {found.recipe}"
    return gated(gates.TEST_LOSS, losses, text, found.basis)


@whole("technique-3", level=LARGEST_ERROR_RATE)
def _loss_worsens(found: SeedSet) -> Finding:
    """The trend of the validation loss over the whole of fine-tuning."""
    line = trend([run.history.val_loss[: chapter.FINE_TUNING.epochs] for run in found.runs])
    text = (
        f"Validation loss of {counted(len(found.runs), 'seed')}, recipe "
        f"{found.recipe}: the trend is {line.change:+.3f} over the run, p = {line.p:.2g} "
        f"({line.method})."
    )
    verdict: Verdict = "reproduced with a note"
    if line.p < LARGEST_ERROR_RATE:
        verdict = "reproduced" if line.change > 0 else "not reproduced"
    else:
        text += " Neither an improvement nor a worsening can be shown."
    return Finding(
        verdict,
        text,
        round(line.change, 4),
        found.basis,
        "a falling trend" if verdict != "not reproduced" else "a trend that does not fall",
        LARGEST_ERROR_RATE,
    )


@of("technique-3")
def _loss_is_a_mean(records: Sequence[RunRecord]) -> Finding:
    """Accuracy does not fall while the loss rises, and few pictures carry most of the loss."""
    sets = together(records, "technique-3")
    if sets is None:
        finding = told(records, "technique-3")
        shares = "".join(_carried(records, recipe) for recipe in JUDGED)
        return replace(finding, evidence=f"{finding.evidence}{shares}")
    (found,) = sets
    curves = [[run.history.val_loss for run in found.runs]]
    curves += [[run.history.val_accuracy for run in found.runs]]
    loss, accuracy = (
        float(np.mean([np.mean(one[-10:]) - np.mean(one[:10]) for one in kind])) for kind in curves
    )
    carried = _carried(records, found.recipe)
    text = (
        f"From the first ten epochs to the last, validation loss {loss:+.3f}, accuracy "
        f"{100 * accuracy:+.1f} points (recipe {found.recipe}).{carried}{found.caveats}"
    )
    holds = accuracy >= 0 and loss > 0
    verdict: Verdict = "reproduced" if holds else "not reproduced"
    wrong = [one for one in map(_wrong_share, found.runs, found.records) if one is not None]
    if holds and (not wrong or float(np.mean(wrong)) <= MOST):
        verdict = "reproduced with a note"
        text += " That a few pictures carry the loss was not shown."
    overturn = "a loss that falls or an accuracy that falls with it" if holds else "both rising"
    return Finding(verdict, text, round(loss, 4), found.basis, overturn)


def _carried(records: Sequence[RunRecord], recipe: str) -> str:
    """Says which share of the validation loss misclassified pictures carry, early and late.

    The shortest and the longest runs stand for early and late: a record keeps the probabilities
    of its last epoch.
    """
    shares: dict[int, list[float]] = {}
    for found in seen(records, "technique-3"):
        if found.recipe == recipe:
            kept = map(_wrong_share, found.runs, found.records)
            shares.setdefault(found.epochs, []).extend(one for one in kept if one is not None)
    shown = [
        f"{100 * float(np.mean(shares[epochs])):.0f} % after epoch {epochs}"
        for epochs in sorted({min(shares, default=0), max(shares, default=0)})
        if shares.get(epochs)
    ]
    if not shown:
        return ""
    return f" Of the validation loss ({recipe}), misclassified pictures carry {', '.join(shown)}."


def _wrong_share(run: SeedRun, record: RunRecord) -> float | None:
    """Returns the share of the validation loss that misclassified pictures carry."""
    dog, kept = dogs(record, "validation"), run.evaluations.get("validation")
    if dog is None or kept is None or len(dog) != kept.n:
        return None
    found = np.clip(np.array(kept.probabilities, dtype=float), 1e-7, 1 - 1e-7)
    losses = -np.log(np.where(dog, found, 1 - found))
    return float(losses[(found > 0.5) != dog].sum() / losses.sum())


@of("technique-3", *LARGE_RATES, level=ONE_SIDE)
def _large_rate(records: Sequence[RunRecord]) -> Finding:
    """The largest rate's accuracy is below that of the chapter's rate."""
    pairs = {name: together(records, name, "technique-3") for name in LARGE_RATES}
    worst = pairs[LARGE_RATES[-1]]
    if worst is None:
        return told(records, *LARGE_RATES, "technique-3")
    seen = [
        f"{name} {np.mean(sets[0].last(gates.LAST_EPOCHS)):.3f}"
        for name, sets in pairs.items()
        if sets is not None and sets[0].recipe == worst[0].recipe
    ]
    note = f"By rate: {', '.join(seen)}."
    return compared(difference(*worst, last=gates.LAST_EPOCHS), note=note)


@of("technique-3", "twenty-thousand", level=ONE_SIDE)
def _tenth_is_enough(records: Sequence[RunRecord]) -> Finding:
    """2,000 pictures do as well as 20,000: to within half of the loss that a gate must catch."""
    sets = together(records, "twenty-thousand", "technique-3")
    if sets is None:
        missing = not seed_sets(records, "twenty-thousand")
        return not_run() if missing else told(records, "twenty-thousand", "technique-3")
    found = difference(*sets, last=gates.LAST_EPOCHS)
    enough = found.interval.high < gates.ENOUGH
    text = f"{found.evidence} Enough is taken to mean less than {100 * gates.ENOUGH:.1f} points."
    return Finding(
        "reproduced" if enough else "not reproduced",
        text,
        round(found.value, 4),
        found.basis,
        f"an interval {'beyond' if enough else 'below'} {100 * gates.ENOUGH:.1f} points",
        ONE_SIDE,
        ends(found.interval),
    )


_claim = partial(
    Claim,
    topic="training",
    place="Fine-tuning",
    needs=LONG,
    remedy="Run `repro run technique-3`: 100 epochs, hours on a processor, minutes on a GPU.",
)

CLAIMS: tuple[Claim, ...] = (
    _claim(
        "fine-tuning-accuracy",
        "Fine-tuning takes validation accuracy above 96 %.",
        chapter.FINE_TUNING_VALIDATION_ACCURACY,
        last_epoch_accuracy("technique-3", gates.FINE_TUNING, last=gates.LAST_EPOCHS),
    ),
    _claim(
        "fine-tuning-gain",
        "That is a gain of 6 points over feature extraction.",
        chapter.FINE_TUNING_GAIN,
        _gain,
    ),
    _claim(
        "fine-tuning-loss-worsens",
        "While fine-tuning, the validation loss does not improve and even gets worse.",
        "worse",
        _loss_worsens,
    ),
    _claim(
        "accuracy-despite-loss",
        "Accuracy can improve while the mean loss does not: a few pictures carry the loss.",
        "better accuracy, worse loss",
        _loss_is_a_mean,
    ),
    _claim(
        "fine-tuning-test-accuracy",
        "The fine-tuned model gets 96.5 % of the test pictures right.",
        chapter.FINE_TUNING_TEST_ACCURACY,
        _test_accuracy,
    ),
    _claim(
        "fine-tuning-test-loss",
        "The fine-tuned model's test loss is 0.216.",
        chapter.FINE_TUNING_TEST_LOSS,
        _test_loss,
    ),
    _claim(
        "large-updates-harm",
        "Updates that are too large harm the representations that are fine-tuned.",
        "harmed",
        _large_rate,
        remedy="Run `repro run technique-3`, `repro run large-rate-1e-4` and `repro run "
        "large-rate-1e-3`.",
    ),
    _claim(
        "a-tenth-is-enough",
        "Modern techniques reach with 2,000 pictures what competitors reached with 20,000.",
        "about a tenth",
        _tenth_is_enough,
        remedy="Give all 25,000 originals: it takes fine-tuning on 20,000 of them, validated on "
        "the same pictures. No experiment here does that yet, and no record has more than 2,000.",
    ),
)
