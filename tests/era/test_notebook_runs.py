"""Runs of an old release: what is refused before hours are spent, where a run goes on, results."""

from __future__ import annotations

import json
import shutil
import sys
from dataclasses import replace

import pytest
from filelock import FileLock, Timeout

from repro.era import RELEASES, notebook_runs
from repro.era.notebook_records import NotebookRun, Plan, read_written
from repro.era.notebook_runs import EPOCHS, location, run
from repro.era.releases import NEWEST, for_long_runs
from repro.errors import OptionError, RecordError, WeightsError
from tests.era.fabricated import ENVIRONMENT

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
    ("name", "plan"),
    [(NEWEST, Plan(changes=("gradients-first",))), ("2.0.8", Plan(1, changes=("unfrozen",)))],
)
def test_a_change_that_there_is_not_is_refused(split, name, plan):
    with pytest.raises(OptionError, match=f"--but.*{plan.changes[0] if name == NEWEST else 1}"):
        run(replace(RELEASES[name], python=HERE), split, None, plan)


def written(path, *epochs):
    """Writes epochs as a listing does."""
    path.parent.mkdir(parents=True, exist_ok=True)
    found = {"environment": ENVIRONMENT.model_dump(), "epochs": epochs}
    path.write_text(json.dumps(found))


@pytest.mark.parametrize(
    "changes",
    [{"changed": -1}, {"accuracy": 1.5}, {"loss": float("nan")}, {"phase": "sleep"}, {"x": 1},
     {"seconds": "72"}],
    ids=str,
)  # fmt: skip
def test_results_that_are_none_are_refused(tmp_path, changes):
    written(tmp_path / EPOCHS, EPOCH)
    assert read_written(tmp_path / EPOCHS).epochs[0].changed == 26
    written(tmp_path / EPOCHS, EPOCH, {**EPOCH, **changes})
    with pytest.raises(RecordError, match=r"epochs\.json"):
        read_written(tmp_path / EPOCHS)


def test_a_record_from_before_digests_were_kept_is_read():
    old = {"release": "2.0.8", "requirements": ["keras==2.0.8"], "plan": {"epochs": 1}}
    record = NotebookRun.model_validate_json(json.dumps({**old, "epochs": [EPOCH]}))
    assert (record.digests, record.environment) == ({}, None)


def test_another_picture_is_another_split_and_another_place_is_not(split, tmp_path):
    picture = split / "train" / "cats" / "cat.1.jpg"
    picture.write_bytes(b"one")
    first = notebook_runs._digests(split, None)
    assert "weights" not in first
    assert notebook_runs._digests(shutil.copytree(split, tmp_path / "moved"), None) == first
    picture.write_bytes(b"two")
    assert notebook_runs._digests(split, None) != first


def test_other_weights_are_refused(split, tmp_path):
    (tmp_path / "other.h5").write_bytes(b"none")
    with pytest.raises(WeightsError, match=r"other\.h5"):
        run(replace(RELEASES["2.0.8"], python=HERE), split, tmp_path / "other.h5", Plan())


def test_only_more_epochs_of_the_same_run_go_on_in_its_place():
    release, digests = RELEASES["2.0.8"], {"split": "a", "weights": "b"}
    plan = Plan(epochs=1)
    place = location(release, digests, plan)
    assert location(release, digests, replace(plan, epochs=3)) == place
    others = (
        replace(plan, seed=1),
        replace(plan, steps=2),
        replace(plan, technique=1),
        replace(plan, fine_tuning_epochs=1),
        replace(plan, fine_tuning_epochs=1, epochs=2),
        replace(plan, fine_tuning_epochs=1, edition="r"),
        replace(plan, changes=("unfrozen",)),
    )
    found = {location(release, digests, other) for other in others}
    found |= {location(release, {**digests, "split": "c"}, plan)}
    found |= {location(for_long_runs(release), digests, plan)}
    assert len(found | {place}) == len(others) + 3


def test_technique_1_has_no_fine_tuning_after_it(split):
    with pytest.raises(OptionError, match="fine-tuning-epochs"):
        run(replace(RELEASES["2.0.8"], python=HERE), split, None, Plan(1, fine_tuning_epochs=1))


def test_two_calls_of_the_same_run_wait_for_each_other(split, monkeypatch):
    def train(python, listing, plan):
        with pytest.raises(Timeout):
            FileLock(f"{plan.parent}.lock", timeout=0).acquire()
        written(plan.parent / EPOCHS, EPOCH)

    monkeypatch.setattr(notebook_runs.environments, "prepare", lambda *_: sys.executable)
    monkeypatch.setattr(notebook_runs, "_call", train)
    made = run(replace(RELEASES["2.0.8"], python=HERE), split, None, Plan(epochs=1))
    assert len(made.epochs) == 1


def test_a_run_that_has_had_more_epochs_gives_as_many_as_were_asked_for(split, monkeypatch):
    def train(python, listing, plan):
        written(plan.parent / EPOCHS, *[EPOCH] * 3)

    monkeypatch.setattr(notebook_runs.environments, "prepare", lambda *_: sys.executable)
    monkeypatch.setattr(notebook_runs, "_call", train)
    release = replace(RELEASES["2.0.8"], python=HERE)
    for asked in (1, 2, 3):
        assert len(run(release, split, None, Plan(epochs=asked)).epochs) == asked


@pytest.mark.parametrize(("kept", "goes_on"), [(1, False), (2, True), (3, False)])
def test_fine_tuning_begins_where_as_many_kept_epochs_have_come(tmp_path, kept, goes_on):
    before, folder = tmp_path / "before", tmp_path / "tuned"
    notebook_runs._go_on(folder, before, 2)
    assert not folder.exists()
    written(before / EPOCHS, *[EPOCH] * kept)
    notebook_runs._go_on(folder, before, 2)
    assert (folder / EPOCHS).is_file() == goes_on
    written(before / EPOCHS)
    notebook_runs._go_on(folder, before, 2)  # what has begun is left alone
    assert not goes_on or len(read_written(folder / EPOCHS).epochs) == kept


@pytest.mark.parametrize("name", ["2.0.8", "2.1.2", "2.0.7", "2.2.2", "2.3.1"])
def test_a_long_run_is_of_the_same_keras(name):
    release, long = RELEASES[name], for_long_runs(RELEASES[name])
    assert (long.name, long.requirements[0]) == (name, f"keras=={name}")
    assert (long == release) == (name not in ("2.0.8", "2.1.2"))
