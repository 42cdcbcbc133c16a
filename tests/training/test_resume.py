"""An interrupted run that goes on is, bit for bit, the run that was never interrupted."""

from __future__ import annotations

import logging

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from repro import checkpoint, model
from repro.checkpoint import Checkpoint
from repro.errors import CheckpointError
from repro.experiments import FastFeatureExtraction, FeatureExtraction, FineTuning
from repro.techniques import fast_feature_extraction, feature_extraction, fine_tuning
from repro.training import shared_passes
from tests.small import materials, plain, tensors, tiny_base, trial


class Killed(BaseException):
    """Stands for the process being gone: nothing catches it."""


def _final(one, seed):
    kept = checkpoint.latest(one.seed_folder(seed))
    return {name: value.tobytes() for name, value in kept.arrays.items()}


#: Each technique's run and what it trains.
TECHNIQUES = {
    "one": (fast_feature_extraction.run, FastFeatureExtraction()),
    "two": (feature_extraction.run, FeatureExtraction()),
    "three": (fine_tuning.run, FineTuning(start=None)),
}


@pytest.fixture
def trials(monkeypatch, tmp_path):
    """Makes a technique's trial with caches of its own."""
    monkeypatch.setattr(model, "conv_base", tiny_base)

    def make(name, home, epochs):
        monkeypatch.setenv("REPRO_HOME", str(tmp_path / home))
        technique, training = TECHNIQUES[name]
        seeds = (0, 1) if name == "two" else (0,)
        on = materials(tensors=tensors())
        return technique, trial(training, seeds=seeds, epochs=epochs, rate=1e-3, on=on)

    return make


#: Each technique at more moments: the same code.
AGAIN = pytest.mark.slow


@pytest.mark.parametrize(
    ("name", "epochs", "moments"),
    [
        ("one", 2, [(1, "after")]),
        ("two", 2, [(1, "after")]),
        ("three", 2, [(1, "after")]),
        pytest.param("two", 2, [(1, "after"), (4, "before")], marks=AGAIN),
        pytest.param("two", 3, [(1, "after"), (4, "after"), (6, "before")], marks=AGAIN),
        pytest.param("one", 3, [(1, "before")], marks=AGAIN),
        pytest.param("two", 3, [(1, "before"), (4, "before")], marks=AGAIN),
        pytest.param("two", 3, [(2, "before")], marks=AGAIN),
        pytest.param("three", 3, [(2, "before")], marks=AGAIN),
    ],
    ids=lambda value: "-".join(f"{w}-{n}" for n, w in value) if isinstance(value, list) else None,
)
def test_killed_and_resumed_is_uninterrupted(trials, monkeypatch, name, epochs, moments):
    """Killed right before or right after some checkpoints are written, then called again."""
    technique, undisturbed = trials(name, "whole", epochs)
    whole = technique(undisturbed).runs
    wanted = [_final(undisturbed, run.seed) for run in whole]
    calls, pending = 0, list(moments)
    real = checkpoint.save

    def save(folder, kept):
        nonlocal calls
        calls += 1
        for when in ("before", "after"):
            if (calls, when) in pending:
                pending.remove((calls, when))
                if when == "after":
                    real(folder, kept)
                raise Killed
        real(folder, kept)

    monkeypatch.setattr(checkpoint, "save", save)
    _, cut = trials(name, "cut", epochs)
    for _ in moments:
        with pytest.raises(Killed):
            technique(cut)
    resumed = technique(cut).runs
    assert not pending
    assert plain(resumed) == plain(whole)
    assert [_final(cut, run.seed) for run in whole] == wanted
    if name == "two":  # what is finished is not trained again
        monkeypatch.setattr(shared_passes, "fit_epoch", None)
        assert plain(technique(cut).runs) == plain(whole)


def _checkpoint(epoch, seed=0):
    generator = np.random.default_rng([epoch, seed])
    arrays = {
        "weight-0": generator.normal(size=(3, 4)).astype(np.float32),
        "optimizer-0": np.int64(epoch),
    }
    return Checkpoint(epoch, arrays, {"history": {"loss": [0.1] * epoch}})


@settings(max_examples=10)
@given(last=st.integers(1, 12))
def test_the_newest_two_are_kept(tmp_path_factory, last):
    folder = tmp_path_factory.mktemp("run")
    for epoch in range(1, last + 1):
        checkpoint.save(folder, _checkpoint(epoch))
    names = sorted(path.name for path in folder.iterdir())
    expected = [f"epoch-{epoch:05d}.npz" for epoch in range(max(1, last - 1), last + 1)]
    assert names == expected
    newest = checkpoint.latest(folder)
    assert newest.epoch == last and newest.meta == _checkpoint(last).meta
    np.testing.assert_array_equal(newest.arrays["weight-0"], _checkpoint(last).arrays["weight-0"])


def test_what_is_saved_after_later_ones_were_damaged_stays(tmp_path):
    for epoch in (29, 30):
        checkpoint.save(tmp_path, _checkpoint(epoch)).write_bytes(b"damaged")
    for epoch in (1, 2, 3):
        checkpoint.save(tmp_path, _checkpoint(epoch))
        assert checkpoint.latest(tmp_path).epoch == epoch


@settings(max_examples=60)
@given(data=st.data())
def test_damage_falls_back_to_the_one_before_aloud(tmp_path_factory, data, caplog_at_warning):
    """Any changed byte either leaves the content as it was or is noticed; a cut always is."""
    folder = tmp_path_factory.mktemp("run")
    checkpoint.save(folder, _checkpoint(1))
    path = checkpoint.save(folder, _checkpoint(2))
    content = bytearray(path.read_bytes())
    if data.draw(st.booleans(), "cut"):
        path.write_bytes(content[: data.draw(st.integers(0, len(content) - 1), "length")])
        cut = True
    else:
        position = data.draw(st.integers(0, len(content) - 1), "position")
        content[position] ^= data.draw(st.integers(1, 255), "bits")
        path.write_bytes(content)
        cut = False
    caplog_at_warning.clear()
    newest = checkpoint.latest(folder)
    assert newest.epoch == 1 or not cut
    expected = _checkpoint(newest.epoch)
    for name, value in expected.arrays.items():
        np.testing.assert_array_equal(newest.arrays[name], value)
    if newest.epoch == 1:
        assert str(path) in caplog_at_warning.text


@pytest.mark.parametrize("bits", [0x01, 0x80])
def test_a_flipped_byte_of_the_directory_is_noticed_or_changes_nothing(tmp_path, bits):
    """An archive's arrays have checksums, its directory at the end has none."""
    path = checkpoint.save(tmp_path, _checkpoint(2))
    content, expected = path.read_bytes(), _checkpoint(2)
    for position in range(content.index(b"PK\x01\x02"), len(content)):
        path.write_bytes(
            content[:position] + bytes([content[position] ^ bits]) + content[position + 1 :]
        )
        try:
            found = checkpoint.read(path)
        except CheckpointError:
            continue
        assert found.epoch == 2 and found.meta == expected.meta, position
        assert {*found.arrays} == {*expected.arrays}, position
        for name, value in expected.arrays.items():
            np.testing.assert_array_equal(found.arrays[name], value, strict=True)


@pytest.fixture(scope="module")
def caplog_at_warning():
    """The warnings of the checkpoint module, as text, usable under hypothesis."""

    class Log(logging.Handler):
        text = ""

        def emit(self, entry):
            self.text += entry.getMessage() + "\n"

        def clear(self):
            self.text = ""

    handler = Log(logging.WARNING)
    checkpoint.logger.addHandler(handler)
    yield handler
    checkpoint.logger.removeHandler(handler)


def test_another_version_is_refused_by_name(tmp_path, monkeypatch):
    monkeypatch.setattr(checkpoint, "VERSION", 99)
    path = checkpoint.save(tmp_path, _checkpoint(3))
    monkeypatch.undo()
    with pytest.raises(CheckpointError, match=r"version 99.*version 2") as caught:
        checkpoint.read(path)
    assert str(path) in str(caught.value)


def test_a_pickle_is_not_opened(tmp_path):
    path = tmp_path / "epoch-00001.npz"
    np.savez(path, **{"meta.json": np.array([{"epoch": 1}], dtype=object)})
    with pytest.raises(CheckpointError, match="allow_pickle=False"):
        checkpoint.read(path)


def test_a_failed_write_leaves_the_one_before(tmp_path, monkeypatch):
    checkpoint.save(tmp_path, _checkpoint(1))

    def full(stream, **_):
        stream.write(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(np, "savez", full)
    with pytest.raises(OSError, match="No space"):
        checkpoint.save(tmp_path, _checkpoint(2))
    assert [path.name for path in tmp_path.iterdir()] == ["epoch-00001.npz"]
