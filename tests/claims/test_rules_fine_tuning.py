"""What the rules make of one whole fine-tuning, alone and beside technique 2."""

from __future__ import annotations

import math

import pytest

from repro.record import RunRecord
from tests.claims.fabricated import fine_tuned, judged, record

ONE = fine_tuned(0.965, test=0.965, test_loss=0.22, loss_slope=0.1)


@pytest.mark.parametrize(
    "claim",
    [
        *("fine-tuning-accuracy", "fine-tuning-test-accuracy", "fine-tuning-test-loss"),
        *("fine-tuning-loss-worsens", "accuracy-despite-loss", "fine-tuning-gain"),
    ],
)
def test_one_whole_fine_tuning_is_judged_and_says_that_it_is_one(claim: str) -> None:
    found = judged(claim, ONE, record("technique-2", (0.905,) * 3))
    assert found.verdict == "reproduced with a note", found.evidence
    assert "Rests on one run" in found.evidence
    assert found.standing.basis.seeds == 1


def test_one_whole_fine_tuning_a_little_outside_stays_undecided() -> None:
    found = judged("fine-tuning-test-accuracy", fine_tuned(0.96, test=0.945))
    assert found.verdict == "not run here"
    assert "undecided" in found.evidence
    far = judged("fine-tuning-test-accuracy", fine_tuned(0.96, test=0.9))
    assert far.verdict == "not reproduced"


def test_the_chapters_test_is_compared_with_what_an_epoch_and_a_seed_scatter() -> None:
    calm = judged("fine-tuning-test-accuracy", fine_tuned(0.96, test=0.97)).evidence
    assert "within 0.0 points of the mean" in calm and "965 of 1,000 is 0.5 off" in calm
    # The last epoch alone differs, by 0.02: the ten scatter by 0.02 / sqrt(10).
    wild = fine_tuned(0.98, test=0.97, before_last=0.96)
    expected = 0.02 / 10**0.5
    said = judged("fine-tuning-test-accuracy", wild).evidence
    assert f"swings by {100 * expected:.1f} points" in said
    assert f"within {100 * 2.2622 * expected * 2**0.5:.1f} points" in said


def test_a_gain_over_one_run_rests_on_one_run() -> None:
    found = judged(
        "fine-tuning-gain", record("technique-2", (0.9,)), fine_tuned(0.96, 0.961, 0.959)
    )
    assert found.verdict == "reproduced with a note" and found.standing.basis.records == 2


def test_what_only_a_wide_gate_rejects_has_the_wide_gates_rate() -> None:
    found = judged("fine-tuning-test-loss", fine_tuned(0.96, test_loss=0.5))
    assert found.verdict == "not reproduced" and found.standing.chance < 0.01


def test_a_contradicted_seed_is_told_beside_the_test_loss() -> None:
    new = fine_tuned(0.97, test_loss=0.22).model_copy(update={"finished": "2027"})
    evidence = judged("fine-tuning-test-loss", fine_tuned(0.9, test_loss=0.5), new).evidence
    assert evidence.count("contradict each other about seed 0") == 1


def test_rates_of_another_recipe_are_not_listed() -> None:
    made = [fine_tuned(0.962, 0.966, 0.96, recipe=name) for name in ("published", "today")]
    mild = record("large-rate-1e-4", (0.97,) * 3, 100)
    strong = record("large-rate-1e-3", (0.5, 0.51, 0.5), 100, recipe="today")
    assert "large-rate-1e-4" not in judged("large-updates-harm", *made, mild, strong).evidence


def test_a_gain_is_one_of_the_last_ten_epochs_on_both_sides() -> None:
    before = record("technique-2", (0.99,), before_last=0.9)
    after = fine_tuned(0.9, before_last=0.96)
    found = judged("fine-tuning-gain", before, after)
    assert found.measured == pytest.approx((9 * 0.96 + 0.9) / 10 - (9 * 0.9 + 0.99) / 10)


def test_a_whole_run_from_a_shortened_technique_2_is_not_whole() -> None:
    short = ONE.model_copy(update={"settings": {"start_epochs": 10}})
    whole = ONE.model_copy(update={"settings": {"start_epochs": 30}})
    assert judged("fine-tuning-accuracy", short).verdict == "not run here"
    assert judged("fine-tuning-accuracy", whole).verdict == "reproduced with a note"


def test_the_pictures_got_wrong_carry_the_loss() -> None:
    share = _carried_by_mistakes(ONE)
    found = judged("accuracy-despite-loss", ONE).evidence
    assert f"(published), misclassified pictures carry {share} after epoch 100." in found


def test_the_loss_is_shared_out_early_and_late() -> None:
    early, middle = record("technique-3", (0.87,), 1), record("technique-3", (0.95,), 20)
    others = record("technique-3", (0.7,), 1, recipe="today"), record("unfrozen", (0.7,), 1)
    found = judged("accuracy-despite-loss", middle, ONE, *others, early).evidence
    first, last = map(_carried_by_mistakes, (early, ONE))
    assert first != last
    assert f" carry {first} after epoch 1, {last} after epoch 100." in found
    told = judged("accuracy-despite-loss", middle).evidence
    assert f" carry {_carried_by_mistakes(middle)} after epoch 20." in told


def _carried_by_mistakes(one: RunRecord) -> str:
    run = one.runs[0].evaluations["validation"]
    dogs = [name.startswith("dog") for name in one.names["validation"]]
    chances = [p if dog else 1 - p for p, dog in zip(run.probabilities, dogs, strict=True)]
    losses = [-math.log(chance) for chance in chances]
    wrong = sum(loss for loss, chance in zip(losses, chances, strict=True) if chance < 0.5)
    return f"{100 * wrong / sum(losses):.0f} %"
