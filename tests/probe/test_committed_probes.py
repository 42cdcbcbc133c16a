"""The nine committed probes hold what the documents say of them, and the tables are not stale."""

from __future__ import annotations

import numpy as np
import pytest

from repro import generated
from repro.probe import tables
from repro.probe._bits import measure
from repro.probe._schema import Bits, Fact, Floats
from repro.probe.drift import drift, ulps
from tests.claims import shipped
from tests.claims.shipped import ROOT

LABELS = ["tf215", "tf216", "tf217", "tf218", "tf219", "tf220", "tf221", "jax", "torch"]
#: Rounding that is allowed between environments, relative and in units in the last place.
RELATIVE, ULP = 1e-5, 500
#: After a step, without compiling again.
AFTER_A_STEP = {"jax": "refused", "torch": "honoured"}
KERAS_2 = ("tf215",)


@pytest.fixture(scope="module")
def probes():
    return {probe.label: probe for probe in tables.committed(ROOT)}


def test_there_are_nine_of_one_machine_with_the_real_weights(probes):
    assert sorted(probes) == sorted(LABELS)
    assert {probe.weights for probe in probes.values()} == {"imagenet"}
    assert len({probe.weights_sha256 for probe in probes.values()}) == 1
    assert len({str(probe.environment["processor"]) for probe in probes.values()}) == 1
    for label, probe in probes.items():
        backend = label if label in AFTER_A_STEP else "tensorflow"
        assert probe.environment["backend"] == backend
        versions = probe.environment["versions"]
        assert ("tensorflow-cpu" in versions) == (backend == "tensorflow")
        file = ROOT / tables.FOLDER / f"{label}.json"
        assert file.stat().st_size < 100_000


def test_inputs_are_the_same_bits_in_all_of_them_and_here(probes):
    here = measure()
    for label, probe in probes.items():
        for name, bits in here.items():
            assert probe.quantities[name] == bits, f"{label}: {name}"


def test_all_measured_the_same_quantities(probes):
    names = [list(probe.quantities) for probe in probes.values()]
    assert all(one == names[0] for one in names)


@pytest.mark.parametrize(
    "name", ["features", "probabilities", "rmsprop.published", "rmsprop.today", "metric"]
)
def test_floats_agree_up_to_rounding(probes, name):
    reference = probes["tf221"].quantities[name]
    one = np.array(reference.values, np.float32)
    for label, probe in probes.items():
        other = probe.quantities[name]
        assert isinstance(other, Floats) and other.shape == reference.shape
        two = np.array(other.values, np.float32)
        assert np.linalg.norm(two - one) <= RELATIVE * np.linalg.norm(one), label
        assert ulps(one, two).max() <= ULP, label


def test_rmsprop_is_the_formula_of_its_year(probes):
    """Against NumPy in float64, from the published formulas."""
    from repro.probe import _inputs
    from repro.recipe import RECIPES
    from tests.model.test_optimizer import oracle

    start, gradients = _inputs.start().astype(float), _inputs.gradients().astype(float)
    for name, recipe in RECIPES.items():
        taken = (gradients[: n + 1] for n in range(len(gradients)))
        steps = [oracle(recipe, start, some, _inputs.LEARNING_RATE) for some in taken]
        if f"rmsprop.{name}" not in probes["tf221"].quantities:
            continue
        for label, probe in probes.items():
            values = np.reshape(probe.quantities[f"rmsprop.{name}"].values, np.shape(steps))
            np.testing.assert_allclose(values, steps, atol=2e-7, err_msg=label)


def test_initial_draws_are_within_glorots_limit(probes):
    for label, probe in probes.items():
        drawn = probe.quantities["initial_draw"]
        limit = np.sqrt(6 / sum(drawn.shape))
        assert 0.9 * limit < np.abs(drawn.values).max() <= limit * (1 + 1e-6), label


def test_losses_are_keras_2s_or_keras_3s(probes):
    from repro.probe import _inputs

    labels, probabilities = (array[:, 0].astype(float) for array in _inputs.predictions())
    clipped = np.clip(probabilities, 1e-7, float(np.float32(1) - np.float32(1e-7)))
    for label, probe in probes.items():
        again = 1e-7 if label in KERAS_2 else 0.0
        said = np.where(labels == 1, clipped, 1 - clipped)
        values = np.array(probe.quantities["loss"].values)
        # A tenth of a nat: 1 - 1e-7 has few digits left in float32.
        np.testing.assert_allclose(values, -np.log(said + again), atol=0.1, err_msg=label)


def test_trainability_is_what_the_page_says(probes):
    for label, probe in probes.items():
        facts = {name: one.value for name, one in probe.quantities.items() if isinstance(one, Fact)}
        counted = [facts[f"trainable_tensors.{name}"] for name in ("unfrozen", "frozen")]
        assert counted == [30, 4] and facts["trainable_tensors.fine_tuning"] == 22, label
        early = "ignored" if label in KERAS_2 else "honoured"
        assert facts["freezing.after_compile"] == early, label
        assert facts["freezing.after_a_step"] == AFTER_A_STEP.get(label, "ignored"), label
        assert facts["freezing.recompiled"] == "honoured", label
        assert facts["saving.weights_come_back"] is facts["saving.model_comes_back"] is True
        assert facts["loading.keras_reads_the_same"] is True, label


def test_keras_resizes_as_the_package_does(probes):
    for label, probe in probes.items():
        keras, ours = (probe.quantities[f"{who}resizing.nearest"] for who in ("keras.", ""))
        assert isinstance(keras, Bits) and keras == ours, label


def test_technique_1_agrees_where_it_was_run(probes):
    for row in drift(list(probes.values())).agreement:
        for label, cell in zip(probes, row.cells, strict=True):
            assert cell.state != "differs", f"{label}: {cell.text}"


def test_no_document_prints_a_stale_table(probes):
    makers = tables.makers(drift(list(probes.values())))
    assert shipped.stale(makers) == [], "Run `python -m repro.probe`."


def test_a_stale_table_is_renewed_and_other_blocks_are_left(probes):
    text = (
        "<!-- generated: matrix -->\nSTALE\n<!-- end generated -->\n"
        "<!-- generated: verdicts -->\nTHEIRS\n<!-- end generated -->\n"
    )
    renewed = generated.renewed(text, tables.makers(drift(list(probes.values()))))
    assert "STALE" not in renewed and "THEIRS" in renewed and "`torch`" in renewed
