"""Where the weights are looked for, in which order, and how they are downloaded."""

from __future__ import annotations

import shutil
import sys
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from types import SimpleNamespace

import pytest

from repro import weights
from repro.errors import DownloadError, WeightsError
from repro.weights import _finding


@pytest.fixture
def keras_home(tmp_path, monkeypatch) -> Path:
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))
    (tmp_path / "keras" / "models").mkdir(parents=True)
    return tmp_path / "keras"


@pytest.fixture
def network(monkeypatch) -> SimpleNamespace:
    """Stands for the download: ``content`` is the file that arrives, ``asked`` what was asked."""
    state = SimpleNamespace(asked=[], content=None)

    def fetch(url, destination, **_):
        state.asked.append(url)
        if state.content is None:
            raise DownloadError(url, found="no network", expected="a file", remedy="Connect.")
        shutil.copyfile(state.content, destination)
        return destination

    module = SimpleNamespace(fetch=fetch)
    monkeypatch.setitem(sys.modules, "repro.download", module)
    monkeypatch.setattr("repro.download", module, raising=False)
    return state


def test_given_then_variable_then_keras_then_download(
    file, tmp_path, keras_home, network, monkeypatch
) -> None:
    network.content = file
    downloaded = weights.find()
    assert network.asked == [_finding.URL]
    assert downloaded.is_relative_to(Path(_finding.settings.home()))
    assert downloaded.read_bytes() == file.read_bytes()
    assert weights.find() == downloaded
    assert len(network.asked) == 1, "what is there is not downloaded again"
    own = Path(shutil.copyfile(file, keras_home / "models" / weights.FILE_NAME))
    assert weights.find() == own == weights.cached()
    variable = Path(shutil.copyfile(file, tmp_path / "variable.h5"))
    monkeypatch.setenv("REPRO_WEIGHTS", str(variable))
    assert weights.find() == variable
    assert weights.find(file) == file
    assert len(network.asked) == 1


def test_a_given_folder_is_searched(file, tmp_path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    with pytest.raises(WeightsError, match=weights.FILE_NAME):
        weights.find(folder)
    copied = Path(shutil.copyfile(file, folder / weights.FILE_NAME))
    assert weights.find(folder) == copied


def test_a_given_path_that_is_missing_is_never_passed_over(tmp_path, keras_home, network, file):
    shutil.copyfile(file, keras_home / "models" / weights.FILE_NAME)
    with pytest.raises(WeightsError, match="no such file") as caught:
        weights.find(tmp_path / "typo.h5")
    assert "REPRO_WEIGHTS" in caught.value.remedy
    assert network.asked == []


def test_keras_home_defaults_to_the_users(tmp_path, monkeypatch, file) -> None:
    monkeypatch.delenv("KERAS_HOME", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path / "user"))
    monkeypatch.setenv("USERPROFILE", str(tmp_path / "user"))
    assert weights.cached() is None
    (tmp_path / "user/.keras/models").mkdir(parents=True)
    copied = shutil.copyfile(file, tmp_path / "user/.keras/models" / weights.FILE_NAME)
    assert weights.cached() == Path(copied)


def test_a_download_of_something_else_leaves_nothing(tmp_path, keras_home, network, tensors):
    page = tmp_path / "page"
    page.write_text("<html>sign in to this network</html>")
    for content, error in ((page, WeightsError), (None, DownloadError)):
        network.content = content
        with pytest.raises(error):
            weights.find()
        folder = _finding.settings.home() / "weights"
        assert not list(folder.glob("*.h5"))


def test_the_download_over_a_real_connection(file, tmp_path, keras_home, monkeypatch) -> None:
    served = tmp_path / "served"
    served.mkdir()
    shutil.copyfile(file, served / weights.FILE_NAME)

    class Handler(SimpleHTTPRequestHandler):
        def __init__(self, *arguments):
            super().__init__(*arguments, directory=str(served))

        def log_message(self, *_):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        address = f"http://127.0.0.1:{server.server_port}/{weights.FILE_NAME}"
        monkeypatch.setattr(_finding, "URL", address)
        found = weights.find()
        server.shutdown()
    assert found.read_bytes() == file.read_bytes()
    assert weights.find() == found
