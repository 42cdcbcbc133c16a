"""The notebooks' printed epochs, transcribed a second time: sums of each curve, values by hand."""

from __future__ import annotations

import csv
from operator import attrgetter
from pathlib import Path

import pytest

from repro import chapter, notebook

CSV = Path(notebook.__file__).with_name("notebook.csv")
COLUMNS = attrgetter("seconds", "loss", "accuracy", "val_loss", "val_accuracy")
#: Seconds, loss, accuracy, validation loss and accuracy, summed over the output cells' lines.
SUMS = {
    "technique-1": (1, 6.1157, 27.5720, 7.9750, 26.7520),
    "technique-2": (2147, 3.0041, 28.8070, 3.5551, 28.8370),
    "fine-tuning-block5": (3297, 0.77959033, 99.7875, 18.2154, 97.3290),
    "scratch-plain": (241, 8.6824, 25.9065, 21.2569, 21.0460),
    "scratch-augmented": (2221, 44.7422, 78.1777, 45.8834, 77.7491),
}
#: Lines of the notebooks, typed from them.
LINES = {
    ("technique-1", 1): (1, 0.6253, 0.6455, 0.4526, 0.8300),
    ("technique-1", 30): (0, 0.0968, 0.9680, 0.2428, 0.9030),
    ("technique-2", 1): (74, 0.4465, 0.7810, 0.2056, 0.9120),
    ("technique-2", 30): (71, 0.0354, 0.9885, 0.1832, 0.9510),
    ("fine-tuning-block5", 1): (32, 0.0215, 0.9935, 0.0980, 0.9720),
    ("fine-tuning-block5", 21): (33, 0.0132, 0.9980, 0.1518, 0.9740),
    ("fine-tuning-block5", 22): (33, 0.0086, 0.9965, 0.1517, 0.9790),
    ("fine-tuning-block5", 23): (33, 0.0070, 0.9980, 0.1887, 0.9670),
    ("fine-tuning-block5", 93): (33, 3.4598e-04, 1.0000, 0.2102, 0.9760),
    ("scratch-plain", 1): (9, 0.6898, 0.5285, 0.6724, 0.5950),
    ("scratch-plain", 30): (8, 0.0387, 0.9895, 1.0139, 0.7240),
    ("scratch-augmented", 1): (24, 0.6857, 0.5447, 0.6620, 0.5888),
    ("scratch-augmented", 100): (22, 0.3280, 0.8491, 0.3776, 0.8439),
}


@pytest.mark.parametrize("name", notebook.EPOCHS)
def test_a_curve_sums_to_what_the_notebook_does(name):
    found = COLUMNS(notebook.curves()[name])
    assert [sum(column) for column in found] == pytest.approx(SUMS[name], abs=1e-9)


@pytest.mark.parametrize("place", LINES, ids=str)
def test_a_line_is_the_notebooks(place):
    name, epoch = place
    found = COLUMNS(notebook.curves()[name])
    assert tuple(column[epoch - 1] for column in found) == LINES[place]


def test_there_are_290_points_in_order():
    with CSV.open(encoding="utf-8") as stream:
        found = [(row["run"], int(row["epoch"])) for row in csv.DictReader(stream)]
    assert found == [(n, e) for n, last in notebook.EPOCHS.items() for e in range(1, last + 1)]
    assert len(found) == 290


def test_the_curves_end_where_the_chapters_facts_say():
    """The summary in the package's facts, against the curves that it summarises."""
    stated = chapter.PYTHON_EDITION
    curves = notebook.curves()

    def last_ten(name: str) -> float:
        return sum(curves[name].val_accuracy[-10:]) / 10

    assert last_ten("technique-2") == pytest.approx(stated.feature_extraction_accuracy, abs=5e-4)
    assert last_ten("fine-tuning-block5") == pytest.approx(stated.fine_tuning_accuracy, abs=5e-4)
    assert curves["technique-2"].val_accuracy[-1] == stated.feature_extraction_last_accuracy
    assert curves["technique-1"].val_accuracy[-1] == stated.fast_feature_extraction_accuracy
    assert curves["technique-1"].val_loss[-1] == pytest.approx(
        stated.fast_feature_extraction_loss, abs=5e-4
    )
    assert stated.fine_tuning_test_accuracy == notebook.TEST_ACCURACY


def test_a_frozen_base_would_have_been_the_cheaper_epoch():
    """The clock of the puzzle: "frozen" epochs take more than twice as long as fine-tuning's."""
    curves = notebook.curves()
    assert min(curves["technique-2"].seconds) > 2 * max(curves["fine-tuning-block5"].seconds)
