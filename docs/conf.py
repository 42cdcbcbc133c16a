"""The documentation as a site, by Sphinx, from the Markdown as it stands.

``sphinx-build --fail-on-warning docs site``: a dead link is a warning. The Markdown is made for a
checkout, where README.md stands above this folder and links go to code and records, too. On the
site those lead to the repository where its address is known (``REPO_URL``), and are plain text
where it is not.
"""

from __future__ import annotations

import os
import posixpath
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
REPOSITORY = os.environ.get("REPO_URL", "")

project = "repro"
author = "The repro developers"
extensions = ["myst_parser"]
highlight_language = "none"
myst_heading_anchors = 3

html_theme = "sphinx_book_theme"
html_static_path = ["_static"]
html_css_files = ["figures.css"]
html_title = "repro"
html_show_copyright = False
html_theme_options = {
    "navbar_persistent": [],  # else a second search stands above the sidebar's
    "use_download_button": False,
    "use_fullscreen_button": False,
    "repository_url": REPOSITORY,
    "use_repository_button": bool(REPOSITORY),
}

_FENCED = re.compile(r"(^```.*?^```$)", re.DOTALL | re.MULTILINE)
_LINK = re.compile(r"(!?)\[([^\]]*)\]\((?!https?:|mailto:|#)([^)\s#]+)(#[^)\s]*)?\)")


def rewritten(
    text: str, folder: str, warn: Callable[[str], None], *, repository: str = REPOSITORY
) -> str:
    """Returns a page's Markdown with its links as the site needs them.

    Args:
        text: as it stands in the checkout.
        folder: of the file in the checkout: "docs", or "" for the README.
        warn: is told of each link that leads nowhere.
        repository: its address; empty turns links to what is not on the site into text.
    """

    def rewrite(match: re.Match[str]) -> str:
        image, words, target, anchor = match.groups(default="")
        path = posixpath.normpath(posixpath.join(folder, target))
        if path.startswith("../") or not (ROOT / path).exists():
            warn(f"a link to {target}, which does not exist")
            return match[0]
        if path == "README.md":
            return f"{image}[{words}](index.md{anchor})"
        if path.startswith("docs/"):
            return f"{image}[{words}]({path.removeprefix('docs/')}{anchor})"
        if not repository:
            return words
        kind = "tree" if (ROOT / path).is_dir() else "blob"
        return f"[{words}]({repository.rstrip('/')}/{kind}/main/{path}{anchor})"

    parts = _FENCED.split(text)
    parts[::2] = [_LINK.sub(rewrite, part) for part in parts[::2]]
    return "".join(parts)


def setup(app: Any) -> None:
    """Has every page's links rewritten, and puts the README on the first one."""
    from sphinx.util import logging

    logger = logging.getLogger(__name__)

    def read(_: Any, name: str, source: list[str]) -> None:
        def warn(problem: str) -> None:
            logger.warning(problem, location=name)

        source[0] = rewritten(source[0], "docs", warn)
        if name == "index":
            readme = (ROOT / "README.md").read_text(encoding="utf-8")
            source[0] = f"{rewritten(readme, '', warn)}\n\n{source[0]}"

    app.connect("source-read", read)
