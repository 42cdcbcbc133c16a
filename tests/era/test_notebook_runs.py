"""The notebook's run by an old release: what is refused before hours are spent, and its results."""

from __future__ import annotations

import json
import sys
from dataclasses import replace

import pytest

from repro.era import RELEASES, notebook_runs
from repro.era.notebook_runs import Plan, run
from repro.errors import OptionError, RecordError

#: The Python that runs the tests is one that is there.
HERE = ".".join(map(str, sys.version_info[:2]))
EPOCH = {
    "phase": "feature extraction", "loss": 0.5, "accuracy": 0.8, "val_loss": 0.4,
    "val_accuracy": 0.9, "seconds": 72.0, "printed": 4, "collected": 30, "changed": 26,
    "tensors": 26,
}  # fmt: skip


@pytest.fixture
def split(tmp_path):
    for fold in ("train", "validation"):
        for kind in ("cats", "dogs"):
            (tmp_path / "split" / fold / kind).mkdir(parents=True)
    return tmp_path / "split"


def test_a_missing_python_is_said_first(split, tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("PYENV_ROOT", str(tmp_path))
    with pytest.raises(OptionError, match=r"pyenv install 3\.6"):
        run(RELEASES["2.0.8"], split, None, Plan())


@pytest.mark.parametrize("lost", ["train/cats", "train/dogs", "validation/cats", "validation/dogs"])
def test_a_folder_that_lacks_a_class_is_refused(split, lost):
    (split / lost).rmdir()
    with pytest.raises(OptionError, match=lost):
        run(replace(RELEASES["2.0.8"], python=HERE), split, None, Plan())


def test_tensorflows_keras_is_refused(split):
    with pytest.raises(OptionError, match="of Keras on its own"):
        run(replace(RELEASES["tf2.9"], python=HERE), split, None, Plan())


@pytest.mark.parametrize(
    "changes",
    [{"changed": -1}, {"accuracy": 1.5}, {"loss": float("nan")}, {"phase": "sleep"}, {"x": 1},
     {"seconds": "72"}],
    ids=str,
)  # fmt: skip
def test_results_that_are_none_are_refused(tmp_path, changes):
    path = tmp_path / "epochs.json"
    path.write_text(json.dumps([EPOCH]))
    assert notebook_runs._read(path)[0].changed == 26
    path.write_text(json.dumps([EPOCH, {**EPOCH, **changes}]))
    with pytest.raises(RecordError, match=r"epochs\.json"):
        notebook_runs._read(path)
