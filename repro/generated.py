"""Blocks of Markdown between marker comments, which are generated and never typed."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

from repro.errors import OptionError, ReproError
from repro.record import write_text

_BLOCK = re.compile(
    r"(?P<start><!-- generated: (?P<kind>[a-z-]+) -->\n).*?(?P<end><!-- end generated -->)",
    re.DOTALL,
)

#: Kind of a block → what makes its text.
Makers = Mapping[str, Callable[[], str]]


def renewed(text: str, makers: Makers) -> str:
    """Returns a document with its generated blocks renewed.

    Args:
        text: Markdown with blocks between ``<!-- generated: KIND -->`` and
            ``<!-- end generated -->``.
        makers: of the kinds to renew; blocks of other kinds are left alone.
    """

    def renew(match: re.Match[str]) -> str:
        make = makers.get(match["kind"])
        return match[0] if make is None else f"{match['start']}\n{make()}\n\n{match['end']}"

    return _BLOCK.sub(renew, text)


def documents(root: Path) -> list[Path]:
    """Returns the README and the Markdown files under ``docs/`` of a checkout."""
    found = [root / "README.md", *sorted((root / "docs").rglob("*.md"))]
    return [path for path in found if path.is_file()]


def renew(paths: Iterable[Path], makers: Makers) -> list[Path]:
    """Renews the blocks of documents on disk; returns those that changed."""
    return replaced({path: renewed(path.read_text(encoding="utf-8"), makers) for path in paths})


def replaced(texts: Mapping[Path, str]) -> list[Path]:
    """Writes text files whose text is another one; returns those that changed."""
    return [
        write_text(text, path)
        for path, text in texts.items()
        if not path.is_file() or path.read_text(encoding="utf-8") != text
    ]


def table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Returns a Markdown table; no cell can break out of its row."""
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join(f"| {' | '.join(_cell(cell) for cell in line)} |" for line in lines)


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def main(refresh: Callable[[Path], Iterable[Path]]) -> int:
    """Renews the generated files of a checkout: the one in the current folder or the named one.

    Args:
        refresh: takes the checkout's root, returns the files that changed, which are printed.

    Returns the exit code: 2 where there is no checkout, and nothing is written.
    """
    try:
        root = _checkout(Path(sys.argv[1]) if len(sys.argv) > 1 else Path.cwd())
    except ReproError as error:
        print(f"repro: {error}", file=sys.stderr)
        return 2
    for path in refresh(root):
        print(path)
    return 0


def _checkout(root: Path) -> Path:
    missing = [name for name in ("docs", "results", "pyproject.toml") if not (root / name).exists()]
    if missing:
        raise OptionError(
            root,
            found=f"no {', no '.join(missing)}",
            expected="a checkout of the project, whose documents are renewed from its records",
            remedy="Run the command in a checkout, or give the checkout's path.",
        )
    return root
