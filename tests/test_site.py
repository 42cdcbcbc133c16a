"""The documents' links lead somewhere, in a checkout and on the site."""

from __future__ import annotations

import re
import runpy
from pathlib import Path

import pytest

from repro import generated

ROOT = Path(__file__).parents[1]
SITE = runpy.run_path(str(ROOT / "docs" / "conf.py"))
REPOSITORY = "https://example.org/repro"


def rewritten(text: str, folder: str = "docs", repository: str = "") -> tuple[str, list[str]]:
    problems: list[str] = []
    return SITE["rewritten"](text, folder, problems.append, repository=repository), problems


def test_every_link_leads_to_a_file() -> None:
    problems = []
    for path in generated.documents(ROOT):
        folder = path.parent.relative_to(ROOT).as_posix()
        text = path.read_text(encoding="utf-8")
        problems += [(path, one) for one in rewritten(text, folder.removeprefix("."))[1]]
    assert problems == []


def test_lines_have_120_characters_at_most_tables_aside() -> None:
    for path in [*generated.documents(ROOT), ROOT / "CHANGELOG.md"]:
        lines = path.read_text(encoding="utf-8").splitlines()
        assert [line for line in lines if len(line) > 120 and line[0] != "|"] == [], path


def test_the_readme_stays_short() -> None:
    assert len((ROOT / "README.md").read_text(encoding="utf-8").splitlines()) <= 120


def test_every_page_is_in_the_sites_contents() -> None:
    index = (ROOT / "docs" / "index.md").read_text(encoding="utf-8")
    listed = set(re.findall(r"^(?:.*<)?([a-z-]+)>?$", index, re.M))
    assert {path.stem for path in (ROOT / "docs").glob("*.md")} - {"index"} <= listed


@pytest.mark.parametrize(
    ("text", "folder", "expected"),
    [
        ("[a](claims.md#verdicts)", "docs", "[a](claims.md#verdicts)"),
        ("[a](docs/claims.md)", "", "[a](claims.md)"),
        ("[a](../README.md)", "docs", "[a](index.md)"),
        ("[`chapter`](../repro/chapter.py)", "docs", "`chapter`"),
        ("[a](https://example.org/x.md) [b](#here)", "docs", None),
        ("```\n[a](no-such-file)\n```", "docs", None),
    ],
)
def test_links_are_rewritten_for_the_site(text: str, folder: str, expected: str | None) -> None:
    assert rewritten(text, folder) == (text if expected is None else expected, [])


def test_with_a_repository_links_lead_to_its_files_and_folders() -> None:
    said, _ = rewritten("[a](repro/chapter.py) and [b](results/)", "", REPOSITORY)
    assert f"[a]({REPOSITORY}/blob/main/repro/chapter.py)" in said
    assert f"[b]({REPOSITORY}/tree/main/results)" in said


@pytest.mark.parametrize("target", ["nothing.md", "../repro/nothing.py", "../../outside"])
def test_a_dead_link_is_told(target: str) -> None:
    _, (problem,) = rewritten(f"[a]({target})")
    assert target in problem
