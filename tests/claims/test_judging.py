"""Judging as a whole: pure, blind to demonstrations, fair to seeds, sound on bad records."""

from __future__ import annotations

import dataclasses
import io
import json
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.console import Console

from repro import claims
from repro.claims._claim import Finding, Rule
from repro.claims._evidence import WHOLE
from repro.errors import RecordError
from repro.record import History, RunRecord
from tests.claims.fabricated import CLAIM, judged, looked, record, sound

FAST = CLAIM["fast-extraction-accuracy"]


def everything(demonstration: bool) -> list[RunRecord]:
    """Records that, taken for real, would have a verdict for nearly every claim."""
    return [
        *(
            record(
                name,
                (0.9,) * 5 if name != "technique-3" else (0.962,) * 5,
                epochs,
                demonstration=demonstration,
                observations=sound(),
                timings={"features_seconds": 120.0},
            )
            for name, epochs in WHOLE.items()
        ),
        record(
            "position-probe",
            (),
            demonstration=demonstration,
            observations={"position.r2": {"features": 0.9, "hidden": 0.05}},
        ),
    ]


def test_the_ids_are_unique_and_the_fields_filled() -> None:
    assert len(CLAIM) == len(claims.CLAIMS)
    for claim in claims.CLAIMS:
        assert claim.statement.endswith((".", ")")), claim.id
        assert claim.needs, claim.id
        assert ("nothing" in claim.needs) == (claim.needs == ("nothing",)), claim.id


def test_a_demonstration_gives_no_verdict_that_needs_anything() -> None:
    for judgement in claims.judge(everything(demonstration=True)):
        if CLAIM[judgement.id].needs != ("nothing",):
            assert judgement.verdict == "not run here", judgement.id
            assert judgement.measured is None, judgement.id


def test_a_rule_that_names_no_experiment_sees_no_training_run() -> None:
    seen: list[RunRecord] = []

    def rule(records: Sequence[RunRecord]) -> Finding:
        seen.extend(records)
        return Finding("reproduced", "looked")

    claim = dataclasses.replace(CLAIM["base-params"], rule=Rule(rule))
    claims.judge_claim(claim, [record(demonstration=True, observations=sound()), record()])
    assert [len(one.runs) for one in seen] == [0, 0]
    assert seen[0].observations == sound()


def test_the_same_records_taken_for_real_do_give_verdicts() -> None:
    found = claims.judge(everything(demonstration=False))
    left = [one.id for one in found if one.verdict == "not run here"]
    assert left == ["competition-top-result"], "which no record can judge"


def test_a_demonstration_next_to_real_records_changes_nothing() -> None:
    real = [record()]
    demonstration = record(accuracies=(0.5, 0.5, 0.5), first_seed=10, demonstration=True)
    assert claims.judge([*real, demonstration]) == claims.judge(real)


def test_judging_leaves_the_records_alone() -> None:
    records = everything(demonstration=False)[:5]
    before = [made.model_dump_json() for made in records]
    assert claims.judge(records) == claims.judge(records)
    assert [made.model_dump_json() for made in records] == before


# --------------------------------------------------------------------------------------- accuracies


def test_the_last_epoch_is_judged_and_not_the_best() -> None:
    overfit = record(accuracies=(0.86, 0.861, 0.859), before_last=0.9)
    judgement = claims.judge_claim(FAST, [overfit])
    assert judgement.verdict == "not reproduced"
    assert judgement.measured == pytest.approx(0.86)


def test_too_few_seeds_never_reproduce_without_a_note() -> None:
    for seeds in (1, 2):
        judgement = claims.judge_claim(FAST, [record(accuracies=(0.9,) * seeds)])
        assert judgement.verdict == "reproduced with a note"
    undecided = claims.judge_claim(FAST, [record(accuracies=(0.882,))])
    assert undecided.verdict == "not run here"
    assert undecided.measured == pytest.approx(0.882)
    clear = claims.judge_claim(FAST, [record(accuracies=(0.96,))])
    assert clear.verdict == "not reproduced"


def test_seeds_add_up_over_records_and_a_repeated_seed_counts_once() -> None:
    one, two = record(accuracies=(0.89,)), record(accuracies=(0.9, 0.91), first_seed=1)
    together = claims.judge_claim(FAST, [one, two])
    assert together.verdict == "reproduced"
    assert together.measured == pytest.approx(0.9)
    days = [one.model_copy(update={"finished": f"2026-01-0{day}"}) for day in range(1, 4)]
    repeated = claims.judge_claim(FAST, days)
    assert repeated.standing.basis.seeds == 1
    assert repeated.verdict == "reproduced with a note"


def test_a_shorter_run_and_another_fold_are_never_judged() -> None:
    short = claims.judge_claim(FAST, [record(epochs=29)])
    assert short.verdict == "not run here"
    assert "29 of 30 epochs: 0.898, 0.889, 0.901" in short.evidence
    small = claims.judge_claim(FAST, [record(n=100)])
    assert small.verdict == "not run here"


def test_a_shorter_run_is_no_measurement_of_another_quantity() -> None:
    made = record("technique-3", (0.963,), 20)
    for claim in ("fine-tuning-gain", "fine-tuning-test-loss", "fine-tuning-loss-worsens"):
        judgement = judged(claim, made)
        assert judgement.verdict == "not run here"
        assert judgement.measured is None, claim
        assert "technique-3, published, 20 of 100 epochs: 0.963" in judgement.evidence
    accuracy = judged("fine-tuning-accuracy", made)
    assert accuracy.measured == pytest.approx(0.963)


def test_recipes_are_not_mixed() -> None:
    published = record(accuracies=(0.9, 0.9, 0.9))
    today = record(accuracies=(0.5,) * 5, recipe="today")
    varied = record(accuracies=(0.7,) * 9, recipe="today-shear-radians")
    judgement = claims.judge_claim(FAST, [today, published, varied])
    assert judgement.measured == pytest.approx(0.9), "the published recipe, with fewer seeds too"
    assert "Recipe today: 0.500" in judgement.evidence
    assert claims.judge_claim(FAST, [varied, today]).measured == pytest.approx(0.5)
    assert claims.judge_claim(FAST, [varied]).verdict == "not run here"


def test_experiments_are_compared_over_whole_runs() -> None:
    claim = CLAIM["unfrozen-destroys"]
    frozen = record("technique-2", (0.9,) * 3)
    short = claims.judge_claim(claim, [frozen, record("unfrozen", (0.5,) * 3, 29)])
    assert short.verdict == "not run here"
    assert "29 of 30 epochs: 0.500" in short.evidence
    assert claims.judge_claim(claim, [frozen, record("unfrozen", (0.5,) * 3)]).verdict == (
        "reproduced"
    )


def test_experiments_are_compared_under_the_same_recipe_or_not_at_all() -> None:
    claim = CLAIM["unfrozen-destroys"]
    published = record("technique-2", (0.8,) * 3)
    today = record("technique-2", (0.95, 0.95), recipe="today")
    unfrozen = record("unfrozen", (0.9, 0.9), recipe="today")
    judgement = claims.judge_claim(claim, [published, today, unfrozen])
    assert judgement.measured == pytest.approx(-0.05)
    assert claims.judge_claim(claim, [published, unfrozen]).verdict == "not run here"


def test_a_gain_is_taken_seed_by_seed_and_within_one_recipe() -> None:
    gain = CLAIM["fine-tuning-gain"]
    before = record("technique-2", (0.92, 0.9, 0.88))
    after = record("technique-3", (0.98, 0.96, 0.94), 100)
    judgement = claims.judge_claim(gain, [before, after])
    assert judgement.measured == pytest.approx(0.06)
    assert judgement.interval == pytest.approx((0.06, 0.06), abs=1e-6)
    other = record("technique-2", (0.92, 0.9, 0.88), recipe="today")
    assert claims.judge_claim(gain, [other, after]).verdict == "not run here"


def test_the_interval_is_over_seeds_and_new_pictures_get_a_wider_one() -> None:
    judgement = claims.judge_claim(FAST, [record(accuracies=(0.898, 0.889, 0.901))])
    assert judgement.interval is not None
    low, high = judgement.interval
    assert low < 0.896 < high
    assert high - low == pytest.approx(2 * 4.3027 * 0.0036056, rel=1e-3)  # t with 2 degrees
    assert "For new pictures, which all seeds share: 0.87" in judgement.evidence


# ------------------------------------------------------------------------------- records and JSON


def test_the_ledger_is_plain_json_with_the_stable_keys() -> None:
    entries = claims.ledger(claims.judge(everything(demonstration=False)))
    assert json.loads(json.dumps(entries, allow_nan=False)) == entries
    keys = ["id", "statement", "published", "measured", "interval", "verdict", "evidence"]
    assert all(list(entry) == [*keys, "standing"] for entry in entries)
    assert all(entry["verdict"] in claims.VERDICTS for entry in entries)


@pytest.mark.filterwarnings("ignore:invalid value encountered:RuntimeWarning")
@pytest.mark.parametrize("loss", [float("nan"), float("inf")])
@pytest.mark.parametrize("epochs", [0, 100])
def test_a_run_that_went_wrong_leaves_a_ledger_that_is_json(loss: float, epochs: int) -> None:
    made = record("technique-3", (0.962,) * 3, 100, test_loss=loss, seconds=0.0)
    history = {
        name: (values[:epochs] if name != "val_loss" else (loss,) * epochs)
        for name, values in made.runs[0].history.model_dump().items()
    }
    runs = tuple(one.model_copy(update={"history": History(**history)}) for one in made.runs)
    found = claims.judge([made.model_copy(update={"runs": runs})])
    json.dumps(claims.ledger(found), allow_nan=False)


def test_the_same_run_at_another_speed_contradicts_nothing() -> None:
    slow = record(seconds=9.0).model_copy(update={"finished": "2026-02-01"})
    assert "contradict" not in judged("fast-extraction-accuracy", record(), slow).evidence


def test_epochs_beyond_the_chapters_are_not_judged() -> None:
    a, b = (record("no-augmentation", (0.9,) * 3, train_gap=gap) for gap in (0.04, 0.09))
    runs = tuple(
        one.model_copy(update={"history": History(**{
            name: values + getattr(two.history, name) for name, values in one.history})})
        for one, two in zip(a.runs, b.runs, strict=True)
    )  # fmt: skip
    assert judged("overfitting-main-issue", b).verdict == "reproduced"
    long = a.model_copy(update={"runs": runs})
    assert judged("overfitting-main-issue", long).verdict == "not reproduced"


def test_what_was_not_judged_is_still_the_quantity_that_is_published() -> None:
    run = record("from-scratch", (0.8,), 76, before_last=0.7)
    assert judged("scratch-accuracy", run).measured == pytest.approx(0.71)


def test_a_refutation_is_not_overturned_by_itself() -> None:
    seen = {"fresh": "honoured", "trained": "honoured", "recompiled": "honoured"}
    found = judged("recompile", looked(freezing__recompile=seen))
    assert found.verdict == "refuted" and "without compiling" not in found.standing.overturned_by


def test_what_is_not_run_says_what_it_would_take() -> None:
    for judgement in claims.judge([]):
        if judgement.verdict == "not run here":
            assert any(word in judgement.evidence for word in ("Run ", "Give ")), judgement.id


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 3) | st.floats(0, 1) | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=5,
)


@settings(max_examples=150)
@given(name=st.sampled_from(sorted(sound())), value=JUNK)
def test_a_hostile_observation_is_refused_by_name_or_judged(name: str, value: object) -> None:
    made = looked(**{name.replace(".", "__"): value})
    try:
        found = claims.judge([made])
    except RecordError as error:
        assert name in error.subject
    else:
        assert len(found) == len(claims.CLAIMS)


def test_the_table_says_that_it_is_a_demonstration() -> None:
    demonstration = printed(claims.table(claims.judge([]), demonstration=True))
    assert demonstration.lstrip().startswith("DEMONSTRATION")
    real = printed(claims.table(claims.judge([record()]), demonstration=False))
    assert "DEMONSTRATION" not in real
    assert "0.896 [0.880, 0.912]" in real


def printed(table: object) -> str:
    stream = io.StringIO()
    Console(width=240, file=stream).print(table)
    return stream.getvalue()
