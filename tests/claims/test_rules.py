"""What the rules make of few seeds, of missing parts, and of the second experiment."""

from __future__ import annotations

from dataclasses import replace

import pytest

from repro import chapter, claims
from repro.claims import _rules, gates
from repro.claims._evidence import seed_sets
from repro.record import RunRecord
from repro.statistics import wilson
from tests.claims.fabricated import record, seed_run

CLAIM = {claim.id: claim for claim in claims.CLAIMS}
FAST = CLAIM["fast-extraction-accuracy"]


def judged(claim: str, *records: RunRecord) -> claims.Judgement:
    return claims.judge_claim(CLAIM[claim], list(records))


def fine_tuned(*accuracies: float, **details: float) -> RunRecord:
    return record("technique-3", accuracies, 100, **details)


# ------------------------------------------------------------------------------------- few seeds


def test_one_seed_gets_a_shares_interval_and_more_seeds_one_over_seeds() -> None:
    one = judged("fast-extraction-accuracy", record(accuracies=(0.9,)))
    expected = wilson(900, 1000)
    assert one.interval == pytest.approx((expected.low, expected.high))
    two = judged("fast-extraction-accuracy", record(accuracies=(0.9, 0.9)))
    assert two.interval == pytest.approx((0.9, 0.9))
    assert "of 1 seed (" in one.evidence and "of 2 seeds (" in two.evidence


def test_one_test_evaluation_gets_a_shares_interval() -> None:
    found = judged("fine-tuning-test-accuracy", fine_tuned(0.965, test=0.96))
    expected = wilson(960, 1000)
    assert found.interval == pytest.approx((expected.low, expected.high))


@pytest.mark.parametrize("name", gates.GATES)
def test_few_seeds_widen_a_gate_as_far_as_its_false_alarms_ask_and_no_further(name: str) -> None:
    gate = gates.GATES[name]
    wide = _rules._widened(gate, 1)
    assert wide.false_alarm(1) < 0.01
    if wide.margin > gate.margin:
        assert replace(wide, margin=wide.margin / 1.15).false_alarm(1) >= 0.01
    assert _rules._widened(gate, gate.seeds) == gate


@pytest.mark.parametrize(("accuracy", "side"), [(0.8, "below"), (0.97, "above")])
def test_a_mean_outside_says_on_which_side(accuracy: float, side: str) -> None:
    found = judged("fast-extraction-accuracy", record(accuracies=(accuracy,) * 3))
    assert f"The mean lies {side} the gate." in found.evidence


@pytest.mark.parametrize(("seeds", "said"), [(1, False), (2, True), (3, True)])
def test_what_holds_for_new_pictures_takes_two_seeds(seeds: int, said: bool) -> None:
    found = judged("fast-extraction-accuracy", record(accuracies=(0.9,) * seeds))
    assert ("For new pictures" in found.evidence) is said


@pytest.mark.parametrize(
    ("rate", "printed"), [(0.0, "< 0.01 %"), (5e-5, "< 0.01 %"), (1e-4, "0.01 %"), (0.25, "25 %")]
)
def test_rates_are_printed_in_percent(rate: float, printed: str) -> None:
    assert _rules.percent(rate) == printed


# --------------------------------------------------------------------------------- missing parts


def test_a_seed_on_other_folds_hides_none_of_those_behind_it() -> None:
    mixed = record(accuracies=(0.9, 0.91))
    small = seed_run(7, 0.5, 30, n=100)
    mixed = mixed.model_copy(update={"runs": (small, *mixed.runs)})
    (found,) = seed_sets([mixed], "technique-1")
    assert [run.seed for run in found.runs] == [0, 1]


def test_a_seed_whose_pictures_were_not_kept_is_not_filled_up() -> None:
    whole = record(accuracies=(0.9, 0.91))
    evaluation = whole.runs[0].evaluations["validation"]
    bare = evaluation.model_copy(update={"probabilities": ()})
    first = whole.runs[0].model_copy(update={"evaluations": {"validation": bare}})
    partly = whole.model_copy(update={"runs": (first, whole.runs[1])})
    (complete,), (part,) = seed_sets([whole], "technique-1"), seed_sets([partly], "technique-1")
    assert complete.correct("validation") is not None
    assert part.correct("validation") is None
    unnamed = whole.model_copy(update={"names": {}})
    (found,) = seed_sets([unnamed], "technique-1")
    assert found.correct("validation") is None


def test_the_pictures_that_a_seed_got_right_are_its_evaluations() -> None:
    (found,) = seed_sets([record(accuracies=(0.9, 0.87))], "technique-1")
    correct = found.correct("validation")
    assert correct is not None and correct.dtype == bool
    assert correct.sum(axis=1).tolist() == [900, 870]


def test_a_gain_over_a_shortened_technique_2_is_no_gain() -> None:
    short = record("technique-2", (0.9, 0.9, 0.9), 5)
    assert judged("fine-tuning-gain", short, fine_tuned(0.96, 0.96, 0.96)).verdict == "not run here"


# ---------------------------------------------------------------------------- two experiments


def test_one_seed_each_is_compared_picture_by_picture_where_they_were_kept() -> None:
    def difference(*records: RunRecord) -> _rules.Difference:
        sets = [seed_sets([one], one.experiment)[0] for one in records]
        return _rules.difference(sets[0], sets[1])

    a, b = record("technique-2", (0.9,)), record("unfrozen", (0.96,))
    paired = difference(a, b)
    assert paired.interval.method == "paired by picture"
    assert paired.value == pytest.approx(-0.06)
    unnamed = difference(a, b.model_copy(update={"names": {}}))
    assert unnamed.interval.method == "Newcombe"
    assert unnamed.interval.high - unnamed.interval.low > paired.interval.high - paired.interval.low
    # After the shorter one's epochs no probabilities are kept of the longer one.
    assert difference(a, record("unfrozen", (0.96,), 40)).interval.method == "Newcombe"
    several = difference(record("technique-2", (0.9, 0.91)), record("unfrozen", (0.96, 0.95)))
    assert several.interval.method == "Welch over seeds"


DEPTHS = ("technique-2", "unfreeze-block5", "unfreeze-block4", "technique-3", "unfreeze-block2")


@pytest.mark.parametrize(
    ("accuracies", "epochs", "verdict"),
    [
        ((0.9, 0.94, 0.95, 0.955, 0.956), 100, "reproduced"),
        # Short of the chapter's hundred epochs it says so.
        ((0.9, 0.94, 0.95, 0.955, 0.956), 99, "reproduced with a note"),
        ((0.9, 0.91, 0.93, 0.96, 0.961), 100, "not reproduced"),
        # The last step counts, too.
        ((0.9, 0.91, 0.915, 0.92, 0.95), 100, "not reproduced"),
    ],
)
def test_returns_diminish_over_all_the_depths_there_are(
    accuracies: tuple[float, ...], epochs: int, verdict: str
) -> None:
    made = [record(name, (value,), epochs) for name, value in zip(DEPTHS, accuracies, strict=True)]
    assert judged("diminishing-returns", *made).verdict == verdict


def test_depths_are_compared_after_equally_many_epochs() -> None:
    made = [record(name, (0.9 + 0.01 * n,), 30) for n, name in enumerate(DEPTHS[:3])]
    longer = record("technique-3", (0.99,), 100, before_last=0.955)
    assert "technique-3 0.955" in judged("diminishing-returns", *made, longer).evidence


# ------------------------------------------------------------------------------------ arithmetic


@pytest.mark.parametrize("change", [{"steps": 99}, {"validation_steps": 49}])
def test_an_epoch_that_is_not_every_picture_once_is_refuted(
    change: dict[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert judged("steps-times-batch").verdict == "reproduced"
    wrong = replace(chapter.FINE_TUNING, **change)
    monkeypatch.setattr(chapter, "TECHNIQUES", (*chapter.TECHNIQUES[:-1], wrong))
    assert judged("steps-times-batch").verdict == "refuted"


@pytest.mark.parametrize(
    ("accuracy", "verdict"), [(0.965, "reproduced with a note"), (0.93, "refuted")]
)
def test_97_percent_is_the_test_accuracy_rounded(
    accuracy: float, verdict: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chapter, "FINE_TUNING_TEST_ACCURACY", accuracy)
    assert judged("introduction-97").verdict == verdict


@pytest.mark.parametrize(("seconds", "time"), [(122.0, "61 minutes"), (360.0, "3.0 hours")])
def test_thirty_epochs_take_thirty_times_the_median_epoch(seconds: float, time: str) -> None:
    made = record("technique-2", (0.9,), 30, seconds=seconds)
    assert judged("extraction-intractable", made).measured == time
