"""What a case of bad input is, and how it is tried."""

from __future__ import annotations

import contextlib
import hashlib
import io
import logging
import os
import stat
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from unittest import mock

import numpy as np
from typer.main import get_command

from repro import cli
from repro.cli import application
from repro.dataset import fingerprints, naming
from repro.errors import ReproError
from repro.weights import _apart, _finding
from tests.dataset import drawing
from tests.fuzz import forked, small_weights

Action = list[str] | Callable[[], object]


@dataclass(frozen=True)
class Case:
    """Something that a user might give, or have given, to the project.

    Args:
        category: a row of the table in docs/faults-input.md.
        name: unique within the category.
        make: writes the input under a folder and returns the command line, or the function, that
            is given it. The command may write to ``folder.parent / "out"``.
        accepted: whether the input is documented to be accepted; None where damage may hit a
            place that does not matter.
        culprit: what an error must name.
    """

    category: str
    name: str
    make: Callable[[Path, np.random.Generator], Action]
    accepted: bool | None = False
    culprit: str = ""


@dataclass(frozen=True)
class Outcome:
    """How a case ended: the exit code (0 or 2), what was said, and what is wrong with it."""

    code: int | None
    said: str
    problems: tuple[str, ...]


def sparse(path: Path) -> None:
    """Makes a file of eight gigabytes that takes no room."""
    with path.open("wb") as stream:
        stream.truncate(2**33)


def states(folder: Path) -> dict[str, object]:
    """Returns everything about a folder's entries that a user could notice."""
    found: dict[str, object] = {}
    for path in sorted(folder.rglob("*")):
        state = path.lstat()
        if stat.S_ISDIR(state.st_mode) or path.suffix == ".lock":
            continue  # a lock beside a destination stays, and touches its folder
        content: object = state.st_size
        if stat.S_ISLNK(state.st_mode):
            content = str(path.readlink())
        elif stat.S_ISREG(state.st_mode) and state.st_size < 2**24 and os.access(path, os.R_OK):
            content = hashlib.sha256(path.read_bytes()).hexdigest()
        found[path.relative_to(folder).as_posix()] = (state.st_mode, state.st_mtime_ns, content)
    return found


def attempt(case: Case, folder: Path, seed: int) -> Outcome:
    """Makes a case's input, tries it, and looks at what it leaves.

    Args:
        case: to try.
        folder: empty; gets "input", "out" and "home".
        seed: of the corpus.
    """
    given, out, home = (folder / name for name in ("input", "out", "home"))
    for each in (given, out, home):
        each.mkdir(parents=True)
    key = hashlib.sha256(f"{seed} {case.category} {case.name}".encode()).digest()
    action = case.make(given, np.random.default_rng(list(key)))
    before = states(given)
    os.environ["REPRO_HOME"] = str(home)  # the test's own environment: restored behind it
    code, said, problems = _act(action)
    if states(given) != before:
        problems.append("the input was changed")
    problems += _left(out, home, code)
    if code == 2:
        problems += _unclear(said, case.culprit, usage=isinstance(action, list))
    if case.accepted is not None and code in (0, 2) and (code == 0) != case.accepted:
        problems.append(f"expected to be {'accepted' if case.accepted else 'refused'}")
    return Outcome(code, said, tuple(problems))


def _act(action: Action) -> tuple[int | None, str, list[str]]:
    said = io.StringIO()
    try:
        with contextlib.redirect_stderr(said), contextlib.redirect_stdout(io.StringIO()):
            if callable(action):
                action()
            else:
                run_command(action)
    except ReproError as error:
        return 2, f"repro: {error}", []
    except SystemExit as error:
        code = error.code if isinstance(error.code, int) else 0 if error.code is None else 1
        problem = [] if code in (0, 2) else [f"exit code {error.code}"]
        return code, said.getvalue(), problem
    except BaseException as error:
        return None, said.getvalue(), [f"a traceback: {type(error).__name__}: {error!s:.300}"]
    return 0, said.getvalue(), []


def run_command(arguments: list[str]) -> None:
    """Runs the command line in this process."""
    with mock.patch.object(sys, "argv", ["repro", *arguments]):
        cli.main()


def _left(out: Path, home: Path, code: int | None) -> list[str]:
    """Says what was left half-written."""
    names = [path for place in (out, home) for path in place.rglob("*")]
    problems = [
        f"left {path.name}"
        for path in names
        if "partial" in path.name or (path.name.startswith(".") and path.suffix != ".lock")
    ]
    results = [path for path in out.rglob("*") if path.is_file() and path.suffix != ".lock"]
    if code != 0 and results:
        problems.append(f"a result in spite of the error: {results[0].name}")
    small = out / "small"
    if code == 0 and small.exists():
        found = {path.name for path in small.rglob("*.jpg")}
        if len(found) != len(drawing.KEYS) or not (small / "manifest.json").is_file():
            problems.append(f"a set of {len(found)} pictures")
    return problems


def _unclear(said: str, culprit: str, *, usage: bool) -> list[str]:
    """Says what a message lacks. The parser's own messages about options have another form."""
    problems = ["a traceback was printed"] if "Traceback" in said else []
    plain = " ".join(said.replace("│", " ").split())
    parsed = usage and ("Usage:" in said or "─ Error" in said)
    if not parsed:
        for part in ("repro: ", ": found ", "; expected ", ". "):
            if part not in plain:
                problems.append(f"a message without {part!r}: {plain:.200}")
    if culprit and culprit not in plain:
        problems.append(f"{culprit!r} is not named: {plain:.300}")
    return problems


@contextlib.contextmanager
def small_world() -> Iterator[None]:
    """The chapter's split with 24 drawn pictures, and weights of 14 kB: a case in milliseconds."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    with (
        # Built once: that takes longer than most cases.
        mock.patch.object(application, "application", get_command(application.application)),
        mock.patch.object(naming, "SPLIT", {"r": drawing.SPLIT, "python": drawing.SPLIT}),
        mock.patch.object(fingerprints, "load", cache(drawing.table)),
        mock.patch.object(_finding, "TABLE", small_weights.SMALL),
        mock.patch.object(_apart, "ask", forked.ask),
        mock.patch.object(_apart, "CPU_SECONDS", 2),
        mock.patch.object(os, "fsync", lambda _: None),
        mock.patch.dict(os.environ),
    ):
        yield
    root.handlers[:], root.level = handlers, level
