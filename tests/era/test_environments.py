"""Environments: what was interrupted is never taken for finished; what is finished is kept."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from repro.era import RELEASES, environments, measure
from repro.era.environments import EraError
from repro.era.releases import Release

HERE = ".".join(map(str, sys.version_info[:2]))
METADATA = "Metadata-Version: 2.1\nName: tiny\nVersion: 1\n"
WHEEL = "Wheel-Version: 1.0\nGenerator: a test\nRoot-Is-Purelib: true\nTag: py3-none-any\n"


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("REPRO_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture
def release(tmp_path) -> Release:
    """A release whose one requirement is looked for in an empty folder, and nowhere else."""
    links = tmp_path / "links"
    links.mkdir()
    wanted = ("--no-index", "--find-links", str(links), "tiny==1")
    return Release("2.0.8", None, "keras", HERE, wanted)


#: What the listings' Python does when an environment is made: ``-m venv FOLDER`` copies it there,
#: ``-m pip install …`` finds its package or does not, ``-c "import tiny"`` tells.
SCRIPT = """#!/bin/sh
here=$(dirname "$0")
case "$1 $2" in
"-m venv") mkdir -p "$3/bin" && cp "$0" "$3/bin/python" ;;
"-m pip") cp "{links}/tiny-1-py3-none-any.whl" "$here" 2>/dev/null ||
  {{ echo "ERROR: No matching distribution found for tiny==1" >&2; exit 1; }} ;;
*) test -e "$here/tiny-1-py3-none-any.whl" ;;
esac
"""


@pytest.fixture(params=["a script", pytest.param("this Python", marks=pytest.mark.slow)])
def interpreter(request, tmp_path, release) -> Path:
    """What makes environments; the real one takes seconds."""
    if request.param == "this Python":
        return Path(sys.executable)
    path = tmp_path / "python"
    path.write_text(SCRIPT.format(links=release.requirements[2]))
    path.chmod(0o755)
    return path


def publish(release: Release) -> None:
    """Puts the required package where pip looks for it."""
    links = Path(release.requirements[2])
    with zipfile.ZipFile(links / "tiny-1-py3-none-any.whl", "w") as wheel:
        wheel.writestr("tiny.py", "")
        wheel.writestr("tiny-1.dist-info/METADATA", METADATA)
        wheel.writestr("tiny-1.dist-info/WHEEL", WHEEL)
        wheel.writestr("tiny-1.dist-info/RECORD", "")


def imports_tiny(python: Path) -> bool:
    return subprocess.run([python, "-c", "import tiny"], check=False).returncode == 0


@pytest.mark.skipif(os.name == "nt", reason="a shell script stands for the interpreter")
def test_a_failed_installation_is_named_and_made_anew(home, release, interpreter):
    with pytest.raises(EraError, match="tiny"):
        environments.prepare(release, interpreter)
    folder = environments.location(release)
    assert not folder.exists() and not environments.is_complete(folder, release)

    # What an interruption leaves behind, under either name, is not taken for finished.
    (folder / "bin").mkdir(parents=True)
    assert not environments.is_complete(folder, release)
    publish(release)
    python = environments.prepare(release, interpreter)
    assert imports_tiny(python) and environments.is_complete(folder, release)

    # Finished, it is kept: the package is gone from where pip would look, and is not needed.
    next(Path(release.requirements[2]).iterdir()).unlink()
    assert environments.prepare(release, interpreter) == python


def test_an_environment_whose_interpreter_is_gone_is_made_anew(monkeypatch, tmp_path):
    def install(release, interpreter, folder):
        environments._python(folder).parent.mkdir(parents=True)
        environments._python(folder).symlink_to(interpreter)

    monkeypatch.setenv("REPRO_HOME", str(tmp_path))
    monkeypatch.setattr(environments, "_install", install)
    first, second = tmp_path / "3.6.14", tmp_path / "3.6.15"
    first.touch()
    environments.prepare(RELEASES["2.0.8"], first)
    first.rename(second)
    assert environments.prepare(RELEASES["2.0.8"], second).resolve() == second.resolve()


def test_the_mark_of_completion_is_for_these_requirements_alone(tmp_path):
    old = RELEASES["2.0.8"]
    new = replace(old, requirements=(*old.requirements, "more==1"))
    assert environments.location(old) != environments.location(new)
    (tmp_path / environments.MARKER).write_text(environments._receipt(old))
    assert environments.is_complete(tmp_path, old)
    assert not environments.is_complete(tmp_path, new)
    (tmp_path / environments.MARKER).write_text(environments._receipt(old)[:-1])
    assert not environments.is_complete(tmp_path, old)


def fake_python(folder: Path, name: str, says: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_text(f"#!/bin/sh\n{says}\n")
    path.chmod(0o755)
    return path


@pytest.mark.skipif(os.name == "nt", reason="shell scripts stand for interpreters")
def test_an_interpreter_is_asked_before_it_is_believed(tmp_path, monkeypatch):
    """pyenv's shim of a version that is not chosen is on PATH, and runs nothing."""
    fake_python(tmp_path / "path", "python3.6", "echo 'not chosen' >&2; exit 127")
    right = fake_python(tmp_path / "pyenv/versions/3.6.15/bin", "python3.6", "echo 3.6")
    fake_python(tmp_path / "pyenv/versions/3.7.16/bin", "python3.7", "echo 3.8")
    monkeypatch.setenv("PATH", f"{tmp_path / 'path'}:/bin:/usr/bin")
    monkeypatch.setenv("PYENV_ROOT", str(tmp_path / "pyenv"))
    assert environments.find_interpreter("3.6") == right
    assert environments.find_interpreter("3.7") is None


def test_a_missing_interpreter_is_skipped_with_ways_to_get_it(home, tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("PYENV_ROOT", str(tmp_path))
    made = measure(RELEASES["2.0.8"])
    assert made.record is None and made.skipped is not None
    for way in ("pyenv install 3.6", "conda", "python:3.6"):
        assert way in made.skipped
    assert not home.exists()


def test_other_pythons_variables_are_not_handed_on(monkeypatch):
    for name in ("PYTHONPATH", "KERAS_BACKEND", "TF_USE_LEGACY_KERAS", "VIRTUAL_ENV"):
        monkeypatch.setenv(name, "x")
    monkeypatch.setenv("PIP_INDEX_URL", "kept")
    found = environments.clean_environment()
    assert found["PIP_INDEX_URL"] == "kept"
    assert not {"PYTHONPATH", "KERAS_BACKEND", "TF_USE_LEGACY_KERAS", "VIRTUAL_ENV"} & {*found}
