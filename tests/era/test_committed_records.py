"""The committed records hold what the documents say, and agree with Keras's own history."""

from __future__ import annotations

import ast

import pytest

from repro.era import RELEASES, committed, notebook_records, readings, running, tables
from repro.era.history import COMMITS
from repro.era.puzzle import EPOCHS, histories
from repro.era.readings import ARGUMENTS, READINGS, SWITCHES, transformed
from repro.notebook import curves
from repro.probe import Fact
from repro.recipe import PUBLISHED, TODAY
from tests.claims import shipped
from tests.era.fabricated import floats

RECORDS = committed(shipped.ROOT)
MEASURED = {name: one for name, one in RECORDS.items() if one.measured is not None}
#: Typed from the runs, not computed: the last release without the fix, the first with it.
BROKEN = ("2.0.5", "2.0.6", "2.0.7", "2.0.8", "2.0.9")
KERAS_3 = ("tf2.16", "tf2.17", "tf2.18", "tf2.19", "tf2.20", "tf2.21")


def test_the_documents_are_made_from_these_records():
    listings = notebook_records.committed(shipped.ROOT)
    assert shipped.stale(tables.makers(RECORDS, shipped.records(), listings)) == []


@pytest.mark.parametrize("name", MEASURED)
def test_a_record_that_changes_makes_a_document_stale(name):
    """The tables are the documents' (see above), and each shows its part of every record."""
    record = MEASURED[name]
    functional = "freezing.functional.container.before_compile.changed"
    for fact, table in ("listing.changed", tables.timeline), (functional, tables.every_way):
        changed = {**record.measured.quantities, fact: Fact(value=3)}
        measured = record.measured.model_copy(update={"quantities": changed})
        other = record.model_copy(update={"measured": measured})
        assert table({name: other}) != table({name: record}), fact


@pytest.mark.parametrize("name", MEASURED)
def test_freezing_in_all_its_ways_is_what_the_page_says(name):
    """One case differs: a model that is the first layer, frozen by its own flag, up to 2.0.9."""
    record = MEASURED[name]
    for place in tables.PLACES:
        for way in tables.WAYS:
            for when in tables.WHEN:
                key = f"freezing.{place}.{way}.{when}"
                if readings.fact(record, f"{key}.tensors") is None:
                    continue
                ignored = name in BROKEN and (place, way) == ("first_layer", "container")
                frozen = when in ("before_stacking", "before_compile", "recompiled")
                expected = 0 if frozen and not ignored else 4
                if when == "after_compile" and name in KERAS_3:
                    expected = 0  # Keras 3 looks when the first step is taken
                assert readings.fact(record, f"{key}.changed") == expected, key


@pytest.mark.parametrize("name", MEASURED)
def test_the_printed_4_proves_nothing(name):
    found = [readings.fact(MEASURED[name], f"listing.{part}") for part in
             ("printed_before", "printed_after", "changed", "tensors")]  # fmt: skip
    printed = [26, 0] if name == "tf2.16" else [30, 4]  # Keras 3.3 counts before it has built
    assert found == [*printed, 26 if name in BROKEN else 0, 26]


def test_every_release_is_measured_and_could_do_all():
    assert list(RECORDS) == list(RELEASES)
    assert all(one.measured is not None and not one.measured.failures for one in RECORDS.values())


@pytest.mark.parametrize("commit", COMMITS, ids=lambda commit: f"{commit.reading}-{commit.commit}")
def test_what_was_measured_agrees_with_keras_history(commit):
    found = tables.spans(RECORDS, READINGS[commit.reading])
    assert commit.first in [span.first for span in found[1:]]


def test_every_change_has_its_commit():
    for name, reading in READINGS.items():
        for span in tables.spans(RECORDS, reading)[1:]:
            known = [one.first for one in COMMITS if one.reading == name]
            assert span.first in known, f"{name}: {span}"


@pytest.mark.parametrize("name", MEASURED)
def test_one_of_sixteen_semantics_is_the_release_and_no_other_comes_near(name):
    match = readings.augmentation(MEASURED[name])
    if match is None:
        pytest.skip("no generator")
    assert match.differing == 0
    assert match.runner_up > 100


@pytest.mark.parametrize("name", sorted({"2.0.8", "2.1.2"} & {*MEASURED}))
@pytest.mark.parametrize("case", [*ARGUMENTS, "together"])
def test_published_is_the_generator_of_2017_bit_by_bit(name, case):
    made = transformed(PUBLISHED, ARGUMENTS if case == "together" else (case,))
    found = readings.floats(MEASURED[name], f"augmentation.{case}")
    assert found is not None and floats(made).sha256 == found.sha256


def test_the_recipes_are_the_first_and_the_last_release():
    first, last = (RECORDS[list(RECORDS)[end]] for end in (0, -1))
    for record, recipe in ((first, PUBLISHED), (last, TODAY)):
        match = readings.augmentation(record)
        assert match is not None
        for switch in SWITCHES:
            assert getattr(match.semantics, switch) == getattr(recipe, switch)
        assert readings.resize(record) == recipe.resize_interpolation
        inside = recipe.rmsprop_denominator == "inside"
        epsilon = f"{recipe.rmsprop_epsilon:.0e}"
        expected = f"sqrt(v + {epsilon})" if inside else f"sqrt(v) + {epsilon}"
        assert readings.rmsprop(record) == expected


@pytest.mark.parametrize("name", RECORDS)
def test_a_record_is_of_what_its_release_is_measured_on(name):
    record = RECORDS[name]
    assert record.requirements == RELEASES[name].requirements
    if record.measured is not None:
        environment = record.measured.environment
        assert environment.python.startswith(f"{RELEASES[name].python}.")
        pins = dict(one.split("==") for one in record.requirements)
        names = {"numpy": "numpy", "scipy": "scipy", "pillow": "PIL", "h5py": "h5py"}
        for pip, module in names.items():
            if pip in pins:
                assert environment.versions[module] == pins[pip]


def test_the_notebooks_loss_is_nearer_to_an_unfrozen_run_in_every_epoch():
    printed = curves()["technique-2"].loss
    frozen, trainable = (histories(shipped.records(), name) for name in ("technique-2", "unfrozen"))
    assert frozen and trainable
    for epoch in EPOCHS:
        near, far = (
            min(abs(run.loss[epoch - 1] - printed[epoch - 1]) for run in those
                if len(run.loss) >= epoch)
            for those in (trainable, frozen)
        )  # fmt: skip
        assert near < far, epoch


def test_gradients_race_with_updates_up_to_2_2_5_and_not_since():
    """At learning rate 0 the gradients are the same bits everywhere, so it is no rounding."""
    facts = {
        name: [readings.fact(one, f"race.{which}_updates") for which in ("without", "with")]
        for name, one in MEASURED.items()
        if readings.floats(one, "race.differing") is not None
    }
    assert {"2.0.8", "2.0.9", "2.1.0", "2.2.5", "2.3.0"} <= {*facts}
    names = list(RELEASES)
    for name, found in facts.items():
        assert found == [True, names.index(name) > names.index("2.2.5")], name


@pytest.mark.parametrize("path", sorted(running.LISTINGS.glob("*.py")), ids=lambda path: path.name)
def test_the_listings_are_python_3_6(path):
    ast.parse(path.read_text(encoding="utf-8"), feature_version=(3, 6))
