"""``repro era``: what it lists, what it refuses, what it skips."""

from __future__ import annotations

import sys

import pytest

from repro.cli import application
from repro.era import RELEASES


def call(monkeypatch, capsys, *arguments):
    monkeypatch.setattr(sys, "argv", ["repro", "era", *map(str, arguments)])
    with pytest.raises(SystemExit) as ended:
        application.main()
    shown = capsys.readouterr()
    return ended.value.code or 0, shown.out, shown.err


def test_the_list_has_every_release_and_what_it_is_measured_on(monkeypatch, capsys):
    code, out, _ = call(monkeypatch, capsys, "--list")
    assert code == 0
    for name in RELEASES:
        assert name in out
    assert "numpy==1.13.3" in out


@pytest.mark.parametrize(
    ("arguments", "named"),
    [((), "--all"), (("2.0.8", "--all"), "--all"), (("2.0.88",), "'2.0.88'"),
     (("2.0.8", "--weights", "none.h5"), "none.h5")],
)  # fmt: skip
def test_what_it_cannot_do_is_refused_before_anything_is_made(
    monkeypatch, capsys, tmp_path, arguments, named
):
    monkeypatch.setenv("REPRO_HOME", str(tmp_path / "home"))
    code, _, errors = call(monkeypatch, capsys, *arguments)
    assert code == 2 and named in errors and "Traceback" not in errors
    assert not (tmp_path / "home").exists()


def test_a_release_without_its_python_is_skipped_aloud(monkeypatch, capsys, tmp_path):
    monkeypatch.setenv("REPRO_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("PYENV_ROOT", str(tmp_path))
    code, out, _ = call(monkeypatch, capsys, "2.0.8")
    assert code == 0
    assert "SKIPPED" in out and "pyenv install 3.6" in out
