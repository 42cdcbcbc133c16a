"""What the rules make of few seeds, of missing parts, and of the second experiment."""

from __future__ import annotations

from dataclasses import replace

import pytest

from repro import chapter
from repro.claims import _accuracies, gates
from repro.claims._claim import Basis
from repro.claims._evidence import WHOLE, seed_sets
from repro.record import RunRecord
from repro.statistics import wilson
from tests.claims import shipped
from tests.claims.fabricated import fine_tuned, judged, record, seed_run

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
    wide = _accuracies._widened(gate, 1)
    assert wide.false_alarm(1) < 0.01
    if wide.margin > gate.margin:
        assert replace(wide, margin=wide.margin / 1.15).false_alarm(1) >= 0.01
    assert _accuracies._widened(gate, gate.seeds) == gate


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
    assert _accuracies.percent(rate) == printed


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


def test_one_seed_is_compared_by_the_gates_model_and_several_by_their_own_scatter() -> None:
    def compare(*records: RunRecord) -> _accuracies.Difference:
        sets = [seed_sets([one], one.experiment)[0] for one in records]
        return _accuracies.difference(sets[0], sets[1])

    one = compare(record("technique-2", (0.9,)), record("unfrozen", (0.96,)))
    assert one.value == pytest.approx(-0.06)
    assert "which one run cannot show" in one.evidence
    several = compare(record("technique-2", (0.9, 0.91)), record("unfrozen", (0.96, 0.95)))
    assert several.interval.method == "Welch over seeds"
    assert several.basis == Basis(2, 2, 30, "published")


def test_what_one_run_shows_is_no_more_than_a_note() -> None:
    many = record("technique-2", (0.9,) * 3)
    found = judged("unfrozen-destroys", many, record("unfrozen", (0.5,)))
    assert found.verdict == "reproduced with a note"
    assert "Rests on one run" in found.evidence
    assert (
        judged("unfrozen-destroys", many, record("unfrozen", (0.5, 0.51))).verdict == "reproduced"
    )


DEPTHS = ("technique-2", "unfreeze-block5", "unfreeze-block4", "technique-3", "unfreeze-block2")


@pytest.mark.parametrize(
    ("accuracies", "epochs", "verdict"),
    [
        ((0.9, 0.94, 0.95, 0.955, 0.956), 100, "reproduced"),
        # Short of the chapter's hundred epochs it is told and not judged.
        ((0.9, 0.94, 0.95, 0.955, 0.956), 99, "not run here"),
        # The first step brings most, but the next nearly as much.
        ((0.9, 0.94, 0.975, 0.98, 0.981), 100, "reproduced with a note"),
        ((0.9, 0.91, 0.93, 0.96, 0.961), 100, "not reproduced"),
        # The last step counts, too.
        ((0.9, 0.91, 0.915, 0.92, 0.95), 100, "not reproduced"),
    ],
)
def test_returns_diminish_over_all_the_depths_there_are(
    accuracies: tuple[float, ...], epochs: int, verdict: str
) -> None:
    made = [
        record(name, (value,) * 3, epochs) for name, value in zip(DEPTHS, accuracies, strict=True)
    ]
    assert judged("diminishing-returns", *made).verdict == verdict


def test_a_verdict_that_one_record_flips_says_so() -> None:
    accuracies = (0.9, 0.94, 0.95, 0.955, 0.999)
    made = [record(name, (value,) * 3, 100) for name, value in zip(DEPTHS, accuracies, strict=True)]
    deepest = judged("diminishing-returns", *made)
    assert deepest.verdict == "not reproduced"
    assert deepest.standing.flips == (
        "without the record of unfreeze-block2, published it is reproduced",
    )
    assert judged("diminishing-returns", *made[:-1]).standing.flips == ()
    one = record("technique-1", (0.885,) * 3)
    low = record("technique-1", (0.80,), first_seed=9)
    flipped = judged("fast-extraction-accuracy", one, low)
    assert flipped.verdict == "not reproduced"
    assert flipped.standing.flips == (
        "without the record of technique-1, published it is reproduced",
    )
    assert "Rests on one run: without the record" in flipped.evidence


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


# ------------------------------------------------------------------------------- other experiments


def test_too_large_a_rate_is_judged_by_the_largest() -> None:
    chapters = fine_tuned(0.962, 0.966, 0.96)
    mild, strong = (
        record("large-rate-1e-4", (0.97, 0.971, 0.969), 100),
        record("large-rate-1e-3", (0.5, 0.51, 0.5), 100),
    )
    found = judged("large-updates-harm", chapters, mild, strong)
    assert found.verdict == "reproduced"
    assert "large-rate-1e-4 0.970, large-rate-1e-3 0.503" in found.evidence
    assert judged("large-updates-harm", chapters, mild).verdict == "not run here"
    harmless = judged(
        "large-updates-harm", chapters, mild, record("large-rate-1e-3", (0.98, 0.981, 0.98), 100)
    )
    assert harmless.verdict == "refuted"


def test_what_is_left_of_a_position_is_told_by_its_probe_alone() -> None:
    seen = {"position.r2": {"features": 0.9, "hidden": 0.4}}
    probe = record("position-probe", (), observations=seen)
    evidence = judged("dense-layers-lose-position", probe).evidence
    assert "still tells 40 % of where" in evidence
    short = record("position-probe", (0.7,), 5, observations=seen)
    assert judged("dense-layers-lose-position", short).verdict == "not run here"
    elsewhere = record("technique-1", (), observations=seen)
    assert judged("dense-layers-lose-position", elsewhere).verdict == "not run here"


def test_whole_runs_are_as_long_as_the_records_schedules_say() -> None:
    for made in shipped.records():
        technique = made.settings.get("technique")
        if made.experiment in WHOLE and isinstance(technique, dict):
            assert technique["epochs"] == WHOLE[made.experiment], made.experiment
