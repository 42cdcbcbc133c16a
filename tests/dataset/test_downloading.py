from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType

import pytest

from repro import dataset, download
from repro.errors import DownloadError, OptionError


def test_kaggle_without_its_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "kagglehub", None)
    with pytest.raises(DownloadError, match=r"\.\[kaggle\].*kaggle\.json"):
        dataset.download("kaggle", tmp_path)


def test_kaggle_without_a_token(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> str:
        raise PermissionError("401 Unauthorized")

    module = ModuleType("kagglehub")
    module.competition_download = refuse  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "kagglehub", module)
    with pytest.raises(DownloadError, match=r"401.*rules.*kaggle\.json"):
        dataset.download("kaggle", tmp_path)


def test_kaggle(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def deliver(competition: str, *, output_dir: str) -> str:
        (Path(output_dir) / "train.zip").mkdir(parents=True)
        return f"{output_dir}/" + {"dogs-vs-cats": ""}[competition]

    module = ModuleType("kagglehub")
    module.competition_download = deliver  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "kagglehub", module)
    assert (dataset.download("kaggle", tmp_path) / "train.zip").exists()


def test_microsofts_archive_is_checked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = {}

    def fetch(url: str, destination: Path, **options: object) -> Path:
        asked.update(options, url=url)
        return destination

    monkeypatch.setattr(download, "fetch", fetch)
    assert dataset.download("microsoft", tmp_path) == tmp_path / "kagglecatsanddogs_5340.zip"
    assert asked["url"].startswith("https://download.microsoft.com/")
    assert len(bytes.fromhex(asked["sha256"])) == 32
    assert asked["largest_bytes"] >= 824_887_076


def test_elsewhere(tmp_path: Path) -> None:
    with pytest.raises(OptionError, match="torrent"):
        dataset.download("torrent", tmp_path)  # type: ignore[arg-type]
