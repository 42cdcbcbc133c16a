"""A virtual environment for each release, made once and kept."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
from pathlib import Path

from filelock import FileLock

from repro import settings
from repro.era.releases import Release
from repro.record import write_text

#: Written into an environment after everything else: without it, it is not finished.
MARKER = "complete.json"
#: Python 3.6 comes with pip 18.1, which cannot read what packages need today.
_PIP = {"3.6": ("pip==21.3.1",)}
#: Seconds that pip may take; TensorFlow has up to half a gigabyte.
PATIENCE = 1800


class EraError(Exception):
    """A release that cannot be installed or run; the text is pip's or Python's."""


def find_interpreter(python: str) -> Path | None:
    """Returns an interpreter of a version like "3.6": from PATH, or one that pyenv installed."""
    on_path = shutil.which(f"python{python}")
    pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv", "versions")
    installed = sorted(pyenv.glob(f"{python}.*/bin/python{python}"), reverse=True)
    candidates = [*([Path(on_path)] if on_path else []), *installed]
    return next((path for path in candidates if _is_python(path, python)), None)


def _is_python(path: Path, python: str) -> bool:
    """Asks an interpreter: pyenv's shims are on PATH whether their version is or not."""
    question = "import sys, venv, ensurepip; print('%d.%d' % sys.version_info[:2])"
    try:
        said = subprocess.run(  # noqa: S603 - the interpreter that was asked for
            [path, "-c", question], capture_output=True, text=True, timeout=60, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return said.stdout.strip() == python


def how_to_get(python: str) -> str:
    """Says how to get an interpreter of a minor version."""
    name = f"py{python.replace('.', '')}"
    return (
        f"Python {python} is not on PATH. `pyenv install {python}` gets it; so do `conda create "
        f"-n {name} python={python}`, its bin on PATH, and the container image `python:{python}`."
    )


def prepare(release: Release, interpreter: Path) -> Path:
    """Returns the Python of a release's environment, which is made where it is not there yet.

    The interpreter makes it with its own ``venv``, under another name; it gets its own when it is
    complete, so an interrupted installation is never taken for a finished one.

    Raises:
        EraError: pip or venv failed.
    """
    folder = location(release)
    folder.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(f"{folder}.lock"):
        # Its Python is a link to the interpreter that made it, which may be gone.
        if not (is_complete(folder, release) and _python(folder).exists()):
            part = folder.with_name(f"{folder.name}.part")
            for left in (part, folder):  # of an interrupted installation
                shutil.rmtree(left, ignore_errors=True)
            _install(release, interpreter, part)
            write_text(_receipt(release), part / MARKER)
            part.rename(folder)
    return _python(folder)


def location(release: Release) -> Path:
    """Returns where a release's environment is kept: other requirements, another place."""
    digest = hashlib.sha256(_receipt(release).encode()).hexdigest()[:12]
    return settings.home() / "era" / f"{release.name}-{digest}"


def is_complete(folder: Path, release: Release) -> bool:
    """Tells whether an environment was installed to its end, for these requirements."""
    try:
        return (folder / MARKER).read_text(encoding="utf-8") == _receipt(release)
    except OSError:
        return False


def _receipt(release: Release) -> str:
    return json.dumps({"python": release.python, "requirements": release.requirements})


def _python(folder: Path) -> Path:
    return folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def _install(release: Release, interpreter: Path, folder: Path) -> None:
    call([interpreter, "-m", "venv", folder], PATIENCE)
    options = ("-m", "pip", "install", "--no-compile", "--disable-pip-version-check")
    for wanted in _PIP.get(release.python, ()), release.requirements:
        if wanted:
            call([_python(folder), *options, *wanted], PATIENCE)


def call(
    command: list[str | Path], patience: float, environment: dict[str, str] | None = None
) -> None:
    """Runs a command.

    Args:
        command: program and arguments.
        patience: seconds that it may take.
        environment: its variables; None hands on this process's, without what would lead another
            Python astray.

    Raises:
        EraError: it ended with an error, or did not end; with the last that it said.
    """
    variables = environment if environment is not None else clean_environment()
    try:
        done = subprocess.run(  # noqa: S603 - an interpreter of a release, and pinned requirements
            command, capture_output=True, text=True, errors="replace", env=variables,
            timeout=patience, check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired as error:
        raise EraError(f"not finished after {patience:.0f} seconds") from error
    except OSError as error:
        raise EraError(f"{command[0]}: {error.strerror}") from error
    if done.returncode:
        raise EraError(_last_words(done.stderr or done.stdout, done.returncode))


def _last_words(text: str, code: int) -> str:
    """Returns what a failed command said about its failure, in a line or two."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    errors = [line for line in lines if line.startswith("ERROR")]
    said = " ".join(errors[-2:] or lines[-1:]) or "no word"
    return f"exit code {code}: {said}"[:500]


def clean_environment() -> dict[str, str]:
    """Returns this process's variables without those that steer Python, Keras or TensorFlow."""
    prefixes = ("PYTHON", "KERAS_", "TF_", "VIRTUAL_ENV")
    return {name: value for name, value in os.environ.items() if not name.startswith(prefixes)}
