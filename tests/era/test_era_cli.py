"""``repro era``: what it lists, what it refuses, what it skips."""

from __future__ import annotations

import pytest

from repro import settings
from repro.era import RELEASES


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
     (("2.0.8", "--notebook", ".", "--but", "frozen"), "unfrozen, gradients-first")],
)  # fmt: skip
def test_what_it_cannot_do_is_refused_before_anything_is_made(call, arguments, named):
    code, _, errors = call("era", *arguments)
    assert code == 2 and named in errors and "Traceback" not in errors
    assert not settings.home().exists()


def test_a_release_without_its_python_is_skipped_aloud(call, no_pythons):
    code, out, _ = call("era", "2.0.8")
    assert code == 0
    assert "SKIPPED" in out and "pyenv install 3.6" in out
