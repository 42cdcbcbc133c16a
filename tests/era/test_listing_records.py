"""The committed runs of the editions' listings on real pictures: whole, comparable, shown."""

from __future__ import annotations

import re

import pytest

from repro.era import RELEASES, committed, notebook_records, readings, real_pictures
from repro.era.releases import for_long_runs
from repro.recipe import PUBLISHED
from tests.claims import shipped

RUNS = {
    f"{run.release}-{run.plan.listing}": run for run in notebook_records.committed(shipped.ROOT)
}
RELEASED = committed(shipped.ROOT)
#: Typed from the listings, not computed: tensors that train, of the base and of the whole model.
FINE_TUNED = {"python": (6, 10), "r": (18, 22)}


@pytest.mark.parametrize("name", RUNS)
def test_a_run_is_whole_and_of_what_its_release_is_installed_with(name):
    run = RUNS[name]
    release = for_long_runs(RELEASES[run.release])
    assert run.requirements == release.requirements
    assert run.environment is not None and run.environment.python.startswith(f"{release.python}.")
    first = "fast feature extraction" if run.plan.technique == 1 else "feature extraction"
    phases = [first] * run.plan.epochs + ["fine-tuning"] * run.plan.fine_tuning_epochs
    assert [epoch.phase for epoch in run.epochs] == phases


@pytest.mark.parametrize("name", RUNS)
def test_the_pictures_and_the_weights_are_those_of_todays_runs(name):
    (today,) = {
        (record.digests["split"], record.digests["weights"])
        for record in shipped.records()
        if record.experiment == "technique-2" and record.recipe["name"] == PUBLISHED.name
    }
    digests = RUNS[name].digests
    assert (digests["split"], digests["weights"]) == today


@pytest.mark.parametrize("name", RUNS)
def test_accuracies_are_of_whole_pictures(name):
    """Of 2,000 that train and 1,000 that validate, in float32's precision."""
    for epoch in RUNS[name].epochs:
        for pictures, share in ((2000, epoch.accuracy), (1000, epoch.val_accuracy)):
            assert share * pictures == pytest.approx(round(share * pictures), abs=1e-3)


@pytest.mark.parametrize("name", [name for name in RUNS if RUNS[name].plan.technique == 2])
def test_the_base_trains_where_two_steps_on_drawn_pictures_say_so(name):
    """Against the release's own record; and what is printed says 4 either way."""
    run = RUNS[name]
    trains = "unfrozen" in run.plan.changes
    changed = 26 if trains else readings.fact(RELEASED[run.release], "listing.changed")
    expected = {
        "feature extraction": (changed, 30 if trains else 4),
        "fine-tuning": FINE_TUNED[run.plan.edition],
    }
    for epoch in run.epochs:
        assert (epoch.changed, epoch.printed) == expected[epoch.phase]
        assert epoch.tensors == 26


def test_a_seed_is_the_same_order_and_draws_in_every_release():
    found: dict[tuple[int, int], set[str]] = {}
    for run in RUNS.values():
        of_2017 = run.release != "tf2.21" or "generator-of-2017" in run.plan.changes
        for number, epoch in enumerate(run.epochs):
            if run.plan.technique == 2 and of_2017:
                assert epoch.order is not None
                found.setdefault((run.plan.seed, number), set()).add(epoch.order)
    assert found and all(len(orders) == 1 for orders in found.values())
    assert len(set.union(*found.values())) == len(found)


@pytest.mark.parametrize("name", RUNS)
def test_a_number_that_changes_makes_a_table_another(name):
    run, runs = RUNS[name], [*RUNS.values()]
    last, rest = run.epochs[-1], run.epochs[:-1]
    changes = [{"val_accuracy": 0.5}]
    if run.plan.technique == 2:
        changes += [{"loss": 9.0}, {"seconds": 1.0}, {"changed": 25}]

    def tables(those):
        return [make() for make in real_pictures.makers(those, shipped.records()).values()]

    before = tables(runs)
    for change in changes:
        other = run.model_copy(update={"epochs": (*rest, last.model_copy(update=change))})
        assert tables([other if one is run else one for one in runs]) != before, change


def test_2_0_8_without_its_race_is_todays_keras_and_with_it_is_not():
    """Epoch by epoch, from the same seed, by the training loss."""
    listings = ("python", "python-gradients-first", "python-unfrozen-generator-of-2017")
    releases = ("2.0.8", "2.0.8", "tf2.21")
    compared = 0
    for seed in {run.plan.seed for run in RUNS.values()}:
        names = [f"{a}-{b}-seed{seed}" for a, b in zip(releases, listings, strict=True)]
        if {*names} <= {*RUNS}:
            phases = (real_pictures.of(RUNS[name], "feature extraction") for name in names)
            for raced, ordered, today in zip(*phases, strict=False):
                near, far = (abs(one.loss - today.loss) for one in (ordered, raced))
                assert near < far, (seed, compared)
                compared += 1
    assert compared


def test_the_puzzle_begins_with_what_the_records_say():
    """By hand: three epochs on 2.0.8, without its race and with it, and on 2.1.0."""
    text = " ".join((shipped.ROOT / "docs" / "puzzle.md").read_text(encoding="utf-8").split())
    said = re.search(
        r"Keras 2\.0\.8 is at ([\d.]+) %; as written it is at ([\d.]+) %.*?"
        r"Keras 2\.1\.0, as written, is at ([\d.]+) %",
        text,
    )
    assert said is not None
    names = ("2.0.8-python-gradients-first", "2.0.8-python", "2.1.0-python")
    for name, percent in zip(names, said.groups(), strict=True):
        third = real_pictures.of(RUNS[f"{name}-seed0"], "feature extraction")[2]
        assert f"{100 * third.val_accuracy:.1f}" == percent
