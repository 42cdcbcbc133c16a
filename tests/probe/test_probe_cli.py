"""``repro compare`` on probes, and ``repro probe``'s refusals."""

from __future__ import annotations

import pytest

from repro import probe as probes
from repro.probe._schema import Fact
from tests.probe.fabricated import probe


@pytest.fixture
def folder(tmp_path):
    probes.write(probe("tf221"), tmp_path / "tf221.json")
    other = Fact(value="honoured")
    probes.write(probe("torch", **{"freezing.after_a_step": other}), tmp_path / "torch.json")
    (tmp_path / "else.json").write_text("{}")
    return tmp_path


def test_a_folder_of_probes_is_compared_with_its_newest(call, folder):
    table = folder / "drift.md"
    code, out, _ = call("compare", folder, "--output", table)
    assert code == 0
    assert "against tf221" in out and "honoured" in out
    text = table.read_text(encoding="utf-8")
    assert "| **honoured** |" in text and "TensorFlow keeps the compiled step" in text


def test_of_single_probes_the_first_is_the_reference(call, folder):
    files = folder / "torch.json", folder / "tf221.json"
    code, out, _ = call("compare", *files)
    assert code == 0 and "against torch" in out


def test_what_is_no_probe_is_refused(call, folder):
    code, _, errors = call("compare", folder / "torch.json", folder / "else.json")
    assert code == 2 and "else.json" in errors and "Traceback" not in errors
    code, _, errors = call("compare", folder / "else.json")
    assert code == 2 and "expected two" in errors


def test_probe_refuses_what_it_is_given_before_it_measures(call, folder):
    code, _, errors = call("probe", "--technique-1", folder / "torch.json")
    assert code == 2 and "torch.json" in errors
    code, _, errors = call("probe", "--weights", folder / "none.h5")
    assert code == 2 and "none.h5" in errors
