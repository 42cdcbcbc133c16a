"""The HDF5 library is kept in a process of its own: whatever it does there, here it is an error."""

from __future__ import annotations

import os
from pathlib import Path
from unittest import mock

import numpy as np
import pytest

from repro import weights
from repro.errors import WeightsError
from repro.weights import _apart, _finding, _hdf5
from tests.fuzz import forked, small_weights

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork to be quick")


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(_finding, "TABLE", small_weights.SMALL)
    made = tmp_path / "weights.h5"
    made.write_bytes(small_weights.small_file())
    return made


def test_another_process_reads_the_same_bits(path: Path) -> None:
    found = weights.load(path)
    assert list(found) == list(small_weights.TENSORS)
    for name, tensor in found.items():
        assert tensor.dtype == np.float32
        np.testing.assert_array_equal(tensor, small_weights.TENSORS[name])
        tensor[...] = 0  # the caller's own


def test_another_process_says_what_is_wrong(path: Path) -> None:
    with _hdf5.h5py.File(path, "r+") as file:
        del file["block3_conv1"]
    with pytest.raises(WeightsError, match=r"another model \(no block3_conv1\)") as caught:
        weights.load(path)
    assert caught.value.subject == str(path)


def _endless(*_: object) -> None:
    while True:
        pass


FAULTS = {
    "crash": (lambda *_: os.abort(), "fails on"),
    "loop": (_endless, "fails on"),
    "all memory": (lambda *_: np.ones(2**36), "damaged HDF5 file"),
    "another error": (lambda *_: 1 / 0, "damaged HDF5 file"),
    "no answer": (lambda *_: os._exit(1), "fails on"),
}


#: It takes a second of processor time to be stopped: the least that a process can be limited to.
LOOP = pytest.param("loop", marks=pytest.mark.slow)


@pytest.mark.parametrize("fault", [LOOP, *(FAULTS.keys() - {"loop"})])
def test_what_the_library_does_is_an_error_like_any_other(path, monkeypatch, fault) -> None:
    done, said = FAULTS[fault]
    monkeypatch.setattr(_apart, "ask", forked.ask)
    monkeypatch.setattr(_apart, "CPU_SECONDS", 0)
    monkeypatch.setattr(_hdf5, "_read_tensor", done)
    with pytest.raises(WeightsError, match=said) as caught:
        weights.load(path)
    assert caught.value.remedy


def test_a_pipe_is_refused_and_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.h5")
    with pytest.raises(WeightsError, match="no regular file"):
        weights.load(tmp_path / "pipe.h5")


def test_the_process_that_reads_is_limited(path, monkeypatch) -> None:
    resource = pytest.importorskip("resource")

    def tell(*_: object) -> None:
        seconds, _ = resource.getrlimit(resource.RLIMIT_CPU)
        memory, _ = resource.getrlimit(resource.RLIMIT_AS)
        raise WeightsError("limits", found=f"{seconds} {memory}", expected="", remedy="")

    monkeypatch.setattr(_apart, "ask", forked.ask)
    monkeypatch.setattr(_hdf5, "_read_tensor", tell)
    with pytest.raises(WeightsError) as caught:
        weights.load(path)
    seconds, memory = map(int, caught.value.found.split())
    assert 0 < seconds <= _apart.CPU_SECONDS + 1
    assert 0 < memory < 2**45


def test_a_new_process_sets_its_limits_before_it_reads(path: Path) -> None:
    """The program that it gets runs the function that sets limits, then reads."""
    order: list[str] = []
    with (
        mock.patch.object(_apart, "limit", lambda: order.append("limit")),
        mock.patch.object(_hdf5, "read", lambda *_: order.append("read") or {}),
    ):
        _apart.answer({"path": "x", "shapes": {}}, open(os.devnull, "wb"))  # noqa: SIM115, PTH123
    assert order == ["limit", "read"]
    assert "_apart.answer(task, " in _apart._CHILD
