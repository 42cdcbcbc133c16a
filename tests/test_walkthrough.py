"""The walkthrough: every block of it runs, and the notebook is the same."""

from __future__ import annotations

import ast
import json
import re
import runpy
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from repro import demonstration

ROOT = Path(__file__).parents[1]
TEXT = (ROOT / "docs" / "walkthrough.md").read_text(encoding="utf-8")
NOTEBOOK = runpy.run_path(str(ROOT / ".ci" / "notebook.py"))
BLOCKS = NOTEBOOK["blocks"](TEXT)
#: Of the demonstration's folds, both classes together.
SIZES = {fold: 2 * len(numbers) for fold, numbers in demonstration.SPLIT.items()}


def cells(kind: str) -> list[str]:
    whole = json.loads((ROOT / "docs" / "walkthrough.ipynb").read_text(encoding="utf-8"))
    return ["".join(cell["source"]) for cell in whole["cells"] if cell["cell_type"] == kind]


def test_the_notebook_is_made_from_the_document() -> None:
    kept = (ROOT / "docs" / "walkthrough.ipynb").read_text(encoding="utf-8")
    assert kept == NOTEBOOK["notebook"](TEXT), "Run `python .ci/notebook.py`."
    assert cells("code") == BLOCKS
    prose = re.sub(r"\s+", " ", " ".join(cells("markdown")))
    assert all(line.strip() in prose for line in TEXT.splitlines() if line.startswith("#"))


def test_it_is_forty_lines_with_one_look_a_step() -> None:
    lines = [line for block in BLOCKS for line in block.splitlines() if line.strip()]
    assert len(lines) <= 40
    assert TEXT.count("\n## ") == TEXT.count("*Look at*") == len(BLOCKS)


def test_it_names_the_demonstrations_sizes() -> None:
    train, validation, test = SIZES.values()
    assert f"on {sum(SIZES.values())} pictures" in re.sub(r"\s+", " ", TEXT)
    assert f"{train}, {validation} and {test} drawn pictures" in re.sub(r"\s+", " ", TEXT)


def test_everything_that_it_imports_is_there() -> None:
    for block in BLOCKS:
        for node in ast.parse(block).body:
            if isinstance(node, ast.ImportFrom) and node.module != "__future__":
                module = import_module(str(node.module))
                for name in node.names:
                    if not hasattr(module, name.name):
                        import_module(f"{node.module}.{name.name}")


@pytest.mark.slow
def test_every_cell_of_the_notebook_runs_and_shows_what_it_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("REPRO_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {}
    printed = []
    for cell in cells("code"):
        exec(compile(cell, "walkthrough", "exec"), names)
        printed.append(capsys.readouterr().out)
    pictures, table, curves, counts, _, extracted, tuned, verdict = printed
    assert ast.literal_eval(pictures) == SIZES
    assert (
        len(table.splitlines()) == 19
        and "'block5_pool', shape=(4, 4, 512)" in table.splitlines()[-1]
    )
    assert [len(json.loads(line)) for line in curves.splitlines()] == [10, 10]
    assert counts == "30 4\n" and tuned.startswith("22\n")
    assert len(ast.literal_eval(extracted)) == 2
    with Image.open(tmp_path / "augmented.png") as strip:
        assert strip.size == (5 * 150, 150)
    assert "not run here" in verdict
    assert "Demonstration" in (tmp_path / "walkthrough.html").read_text(encoding="utf-8")
