"""What messages tell users to do: nothing that could cost them a file of their own."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import repro

PACKAGE = Path(repro.__file__).parent
#: Where a remedy may name a file for deletion, because the project made that very file: a download
#: of its own, and a checkpoint.
OWN_FILES = {"weights/_table.py", "checkpoint.py"}
DESTRUCTIVE = re.compile(r"\b(delete|remove|erase|wipe|overwrite|rm)\b", re.IGNORECASE)


def remedies(source: str) -> Iterator[str]:
    """Yields the texts that are given as a remedy, under that name or assigned to it before."""
    for node in ast.walk(ast.parse(source)):
        named = isinstance(node, ast.keyword) and node.arg == "remedy"
        assigned = isinstance(node, ast.Assign) and "remedy" in ast.dump(node.targets[0]).lower()
        if named or assigned:
            yield from (
                one.value
                for one in ast.walk(node.value)  # type: ignore[attr-defined]
                if isinstance(one, ast.Constant) and isinstance(one.value, str)
            )


@pytest.mark.parametrize(
    "path", sorted(PACKAGE.rglob("*.py")), ids=lambda path: path.relative_to(PACKAGE).as_posix()
)
def test_no_remedy_costs_a_file_that_the_project_did_not_make(path: Path) -> None:
    found = [one for one in remedies(path.read_text(encoding="utf-8")) if DESTRUCTIVE.search(one)]
    if path.relative_to(PACKAGE).as_posix() not in OWN_FILES:
        assert found == []


@pytest.mark.parametrize(
    "source",
    [
        'refuse(path, remedy="Delete the file.")',
        'expected, remedy = "a folder", f"Remove {path} first."',
        'REMEDY = ("Give a folder, " "or rm the other.")',
    ],
)
def test_a_destructive_remedy_would_be_seen(source: str) -> None:
    assert any(DESTRUCTIVE.search(one) for one in remedies(source))
