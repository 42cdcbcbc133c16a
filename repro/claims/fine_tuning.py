"""What the chapter says about fine-tuning: the gain, the loss that worsens, the test figures."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from repro import chapter
from repro.claims import gates
from repro.claims._claim import Claim, Finding, Need, Verdict
from repro.claims._evidence import SeedSet, not_run, seed_sets
from repro.claims._rules import gated, last_epoch_accuracy, shorter
from repro.record import RunRecord
from repro.statistics import two_proportions, wilson

FINE_PLACE = "Fine-tuning"
FINE_REMEDY = "Run `repro run technique-3`: 100 epochs, hours on a processor, minutes on a GPU."
LONG: tuple[Need, ...] = ("pictures", "weights", "hours")


def _gain(records: Sequence[RunRecord]) -> Finding:
    before = seed_sets(records, "technique-2", chapter.FEATURE_EXTRACTION.epochs)
    after = seed_sets(records, "technique-3", chapter.FINE_TUNING.epochs)
    if not after:
        return shorter(records, "technique-3", chapter.FINE_TUNING.epochs, same_quantity=False)
    base = next((found for found in before if found.recipe == after[0].recipe), None)
    if base is None:
        return not_run("There is no complete run of technique 2 under the same recipe.")
    start = dict(zip([run.seed for run in base.runs], base.last(gates.LAST_EPOCHS), strict=True))
    finish = after[0].last(gates.LAST_EPOCHS)
    mean = float(np.mean(list(start.values())))
    gains = [
        value - start.get(run.seed, mean) for run, value in zip(after[0].runs, finish, strict=True)
    ]
    text = (
        f"Validation accuracy, mean of the last {gates.LAST_EPOCHS} epochs, technique 3 minus 2 "
        f"(recipe {base.recipe})"
    )
    return gated(gates.GAIN, gains, text)


def _test_accuracy(records: Sequence[RunRecord]) -> Finding:
    found = _fine_tuned_tests(records)
    if isinstance(found, Finding):
        return found
    tests = [run.evaluations["test"] for run in found.runs]
    single = wilson(tests[0].correct, tests[0].n)
    text = f"Test accuracy after epoch {chapter.FINE_TUNING.epochs}, recipe {found.recipe}"
    finding = gated(gates.FINE_TUNING_TEST, [test.accuracy for test in tests], text, single)
    n = chapter.FINE_TUNING_TEST_PICTURES
    published = round(chapter.FINE_TUNING_TEST_ACCURACY * n)
    p = min(two_proportions(test.correct, test.n, published, n) for test in tests)
    note = f" Against the chapter's {published} of {n}: smallest p = {p:.2g} of {len(tests)} tests."
    return Finding(finding.verdict, finding.evidence + note, finding.measured, finding.interval)


def _test_loss(records: Sequence[RunRecord]) -> Finding:
    found = _fine_tuned_tests(records)
    if isinstance(found, Finding):
        return found
    losses = [run.evaluations["test"].loss for run in found.runs]
    text = f"Test loss after epoch {chapter.FINE_TUNING.epochs}, recipe {found.recipe}"
    return gated(gates.TEST_LOSS, losses, text)


def _fine_tuned_tests(records: Sequence[RunRecord]) -> SeedSet | Finding:
    sets = seed_sets(records, "technique-3", chapter.FINE_TUNING.epochs)
    if not sets:
        return shorter(records, "technique-3", chapter.FINE_TUNING.epochs, same_quantity=False)
    if any("test" not in run.evaluations for run in sets[0].runs):
        return not_run("The test pictures were not evaluated.")
    return sets[0]


def _loss_worsens(records: Sequence[RunRecord]) -> Finding:
    """A rank correlation of validation loss and epoch, over the whole of fine-tuning."""
    from scipy import stats

    sets = seed_sets(records, "technique-3", chapter.FINE_TUNING.epochs)
    if not sets:
        return shorter(records, "technique-3", chapter.FINE_TUNING.epochs, same_quantity=False)
    losses = np.mean([run.history.val_loss for run in sets[0].runs], axis=0)
    tau, p = stats.kendalltau(np.arange(len(losses)), losses)
    first, last = float(losses[:10].mean()), float(losses[-10:].mean())
    text = (
        f"Validation loss, mean of {len(sets[0].runs)} seeds: {first:.3f} over the first ten "
        f"epochs, {last:.3f} over the last; Kendall's tau with the epoch {tau:+.2f}, p = {p:.2g}."
    )
    verdict: Verdict = "reproduced with a note"
    if p < 0.01:
        verdict = "reproduced" if tau > 0 else "not reproduced"
    else:
        text += " It does not improve; that it gets worse cannot be shown."
    return Finding(verdict, text, round(last - first, 4))


CLAIMS: tuple[Claim, ...] = (
    Claim(
        "fine-tuning-accuracy",
        "training",
        FINE_PLACE,
        "Fine-tuning takes validation accuracy above 96 %.",
        chapter.FINE_TUNING_VALIDATION_ACCURACY,
        LONG,
        last_epoch_accuracy(
            "technique-3", gates.FINE_TUNING, chapter.FINE_TUNING.epochs, last=gates.LAST_EPOCHS
        ),
        FINE_REMEDY,
    ),
    Claim(
        "fine-tuning-gain",
        "training",
        FINE_PLACE,
        "That is a gain of 6 points over feature extraction.",
        chapter.FINE_TUNING_GAIN,
        LONG,
        _gain,
        FINE_REMEDY,
    ),
    Claim(
        "fine-tuning-loss-worsens",
        "training",
        FINE_PLACE,
        "While fine-tuning, the validation loss does not improve and even gets worse.",
        "worse",
        LONG,
        _loss_worsens,
        FINE_REMEDY,
    ),
    Claim(
        "fine-tuning-test-accuracy",
        "training",
        FINE_PLACE,
        "The fine-tuned model gets 96.5 % of the test pictures right.",
        chapter.FINE_TUNING_TEST_ACCURACY,
        LONG,
        _test_accuracy,
        FINE_REMEDY,
    ),
    Claim(
        "fine-tuning-test-loss",
        "training",
        FINE_PLACE,
        "The fine-tuned model's test loss is 0.216.",
        chapter.FINE_TUNING_TEST_LOSS,
        LONG,
        _test_loss,
        FINE_REMEDY,
    ),
)
