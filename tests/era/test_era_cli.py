"""``repro era``: what it lists, what it refuses, what it skips."""

from __future__ import annotations

from pathlib import Path

import pytest

from repro import settings
from repro.era import RELEASES, notebook_runs


@pytest.fixture
def no_pythons(monkeypatch, tmp_path):
    """A machine without the releases' interpreters; asking those that it has takes a second."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("PYENV_ROOT", str(tmp_path))


def test_the_list_has_every_release_and_what_it_is_measured_on(call, no_pythons):
    code, out, _ = call("era", "--list")
    assert code == 0 and "missing" in out
    for name in RELEASES:
        assert name in out
    assert "numpy==1.13.3" in out


@pytest.mark.parametrize(
    ("arguments", "named"),
    [((), "--all"), (("2.0.8", "--all"), "--all"), (("2.0.88",), "'2.0.88'"),
     (("2.0.8", "--weights", "none.h5"), "none.h5"),
     (("2.0.8", "--notebook", ".", "--but", "frozen"), "unfrozen, gradients-first"),
     (("2.0.8", "--but", "unfrozen"), "--notebook")],
)  # fmt: skip
def test_what_it_cannot_do_is_refused_before_anything_is_made(call, arguments, named):
    code, _, errors = call("era", *arguments)
    assert code == 2 and named in errors and "Traceback" not in errors
    assert not settings.home().exists()


def test_a_listing_that_cannot_be_run_is_refused_before_the_others_run(call, monkeypatch, tmp_path):
    for folder in ("train/cats", "train/dogs", "validation/cats", "validation/dogs"):
        (tmp_path / folder).mkdir(parents=True)
    ran = []
    monkeypatch.setattr(notebook_runs, "run", lambda *_: ran.append(1))
    monkeypatch.setattr(notebook_runs.environments, "find_interpreter", lambda _: Path("python"))
    code, _, errors = call("era", "2.0.8", "tf2.9", "--notebook", tmp_path)
    assert code == 2 and "tf2.9" in errors and not ran


def test_other_weights_are_refused_before_anything_is_installed(call, no_pythons, tmp_path):
    (tmp_path / "w.h5").write_bytes(b"none")
    code, _, errors = call("era", "2.0.8", "--weights", tmp_path / "w.h5")
    assert code == 2 and "w.h5" in errors


def test_a_release_without_its_python_is_skipped_aloud(call, no_pythons):
    code, out, _ = call("era", "2.0.8")
    assert code == 0
    assert "SKIPPED" in out and "pyenv install 3.6" in out
