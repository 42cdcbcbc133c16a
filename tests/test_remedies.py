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
    if "remedy" not in source.lower():
        return
    for node in ast.walk(ast.parse(source)):
        named = isinstance(node, ast.keyword) and node.arg == "remedy"
        assigned = isinstance(node, ast.Assign) and "remedy" in ast.dump(node.targets[0]).lower()
        if named or assigned:
            yield from (
                one.value
                for one in ast.walk(node.value)  # type: ignore[attr-defined]
                if isinstance(one, ast.Constant) and isinstance(one.value, str)
            )


def test_no_remedy_costs_a_file_that_the_project_did_not_make() -> None:
    sources = {path.relative_to(PACKAGE).as_posix(): path for path in PACKAGE.rglob("*.py")}
    for name in sources.keys() - OWN_FILES:
        given = remedies(sources[name].read_text(encoding="utf-8"))
        assert not [one for one in given if DESTRUCTIVE.search(one)], name


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
