"""What renews the documents works in a checkout, and elsewhere writes nothing."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from repro import generated

PARTS = ("docs", "results", "pyproject.toml")


def make(root: Path, *parts: str) -> Path:
    root.mkdir(exist_ok=True)
    for part in parts:
        (root / part).mkdir()
    return root


def test_in_a_checkout_what_changed_is_printed(monkeypatch, capsys, tmp_path) -> None:
    root = make(tmp_path / "checkout", *PARTS)
    monkeypatch.setattr(sys, "argv", ["repro.report", str(root)])
    assert generated.main(lambda found: [found / "docs" / "page.md"]) == 0
    assert capsys.readouterr().out == f"{root / 'docs' / 'page.md'}\n"
    monkeypatch.setattr(sys, "argv", ["repro.report"])
    monkeypatch.chdir(root)
    assert generated.main(lambda found: [found]) == 0
    assert capsys.readouterr().out == f"{root}\n"


@pytest.mark.parametrize("missing", PARTS)
def test_elsewhere_it_says_what_is_missing_and_does_nothing(
    monkeypatch, capsys, tmp_path, missing
) -> None:
    root = make(tmp_path / "elsewhere", *(part for part in PARTS if part != missing))
    monkeypatch.setattr(sys, "argv", ["repro.report", str(root)])
    assert generated.main(lambda _: pytest.fail("renewed")) == 2
    said = capsys.readouterr().err
    assert str(root) in said and f"no {missing}" in said and "checkout" in said
