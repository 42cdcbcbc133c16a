"""Makes docs/walkthrough.ipynb from docs/walkthrough.md: ``python .ci/notebook.py``."""

from __future__ import annotations

import json
import re
from pathlib import Path

DOCS = Path(__file__).parents[1] / "docs"
_BLOCK = re.compile(r"^```python\n(.*?)^```$\n?", re.DOTALL | re.MULTILINE)


def blocks(text: str) -> list[str]:
    """Returns the Python blocks of a document, in order."""
    return [match[1].rstrip("\n") for match in _BLOCK.finditer(text)]


def notebook(text: str) -> str:
    """Returns a document as a Jupyter notebook: prose and code in cells of their own.

    Args:
        text: Markdown with ``python`` blocks.
    """
    # Split at a pattern with one group: prose and code alternate.
    parts = [part.strip("\n") for part in _BLOCK.split(text)]
    cells = [
        _cell(number, "code" if number % 2 else "markdown", part)
        for number, part in enumerate(parts)
        if part
    ]
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    whole = {
        "cells": cells,
        "metadata": {"kernelspec": kernel, "language_info": {"name": "python"}},
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    return json.dumps(whole, indent=1, ensure_ascii=False) + "\n"


def _cell(number: int, kind: str, text: str) -> dict[str, object]:
    cell: dict[str, object] = {
        "cell_type": kind,
        "id": f"cell-{number}",
        "metadata": {},
        "source": text.splitlines(keepends=True),
    }
    return cell | ({"execution_count": None, "outputs": []} if kind == "code" else {})


if __name__ == "__main__":
    document = (DOCS / "walkthrough.md").read_text(encoding="utf-8")
    (DOCS / "walkthrough.ipynb").write_text(notebook(document), encoding="utf-8")
