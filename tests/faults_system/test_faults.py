"""What the machine does to a run: no room, no rights, no home, no memory, no mercy.

Afterwards the same command finishes, with the bits of an undisturbed run.
"""

from __future__ import annotations

import ast
import json
import os
import pwd
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

import repro
from repro import features, settings, weights
from repro.errors import OptionError, ReproError
from repro.features import FeatureKey
from tests.dataset import drawing
from tests.faults_system import work

KILLS, CHAIN = 50, 5
ROOT = Path(repro.__file__).parent


def start(folder: Path, pace: float = 0.0, **variables: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "tests.faults_system.work", str(folder), str(pace)],
        env={**os.environ, "REPRO_HOME": str(folder / "home"), **variables},
        cwd=ROOT.parent,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def finish(child: subprocess.Popen[bytes]) -> str:
    out, err = child.communicate(timeout=600)
    assert child.returncode == 0, err.decode()[-2000:]
    return str(json.loads(out.splitlines()[-1])["digest"])


def files(folder: Path) -> list[Path]:
    # Unlike a glob, a walk passes over folders that vanish meanwhile.
    return [Path(where, name) for where, _, names in os.walk(folder) for name in names]


def new(folder: Path) -> Path:
    drawing.write_flat(folder / "originals", drawing.contents())
    return folder


@pytest.fixture
def expected(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The digest of an undisturbed job."""
    return finish(start(new(tmp_path / "undisturbed")))


# --------------------------------------------------------------------------------------- processes


@pytest.mark.slow
def test_sigkill_at_random_moments(tmp_path: Path, expected: str) -> None:
    """Kills at 50 moments; after every fifth, the same command finishes with the same bits."""
    generator = np.random.default_rng(int(os.environ.get("PYTEST_KILL_SEED", "13")))
    killed = 0
    reached: set[str] = set()
    whole = len(files(tmp_path / "undisturbed"))
    for chain in range(KILLS // CHAIN):
        folder = new(tmp_path / f"{chain}")
        done = 0
        while done < CHAIN:
            child = start(folder, 0.03)
            # Moments of the work, not of the clock: a busy machine must not move them all together.
            moment = generator.integers(min(len(files(folder)), whole), whole + 1)
            while len(files(folder)) < moment and child.poll() is None:
                time.sleep(0.002)
            time.sleep(generator.uniform(0, 0.06))
            child.send_signal(signal.SIGKILL)
            was_killed = child.wait() == -signal.SIGKILL
            child.communicate()
            reached |= {path.parent.name for path in files(folder)}
            if not was_killed:  # it had come to its end: begin anew
                shutil.rmtree(folder)
                new(folder)
                continue
            done += 1
            killed += 1
        assert finish(start(folder)) == expected, chain
    assert killed == KILLS
    assert {"pictures", "features", "run"} <= reached


@pytest.mark.slow
def test_eight_processes_at_once(tmp_path: Path, expected: str) -> None:
    folder = new(tmp_path / "shared")
    children = [start(folder, 0.01) for _ in range(8)]
    assert {finish(child) for child in children} == {expected}
    left = [path for path in folder.rglob("*") if "partial" in path.name or path.suffix == ".tmp"]
    assert not left


@pytest.mark.slow
def test_out_of_memory(tmp_path: Path, expected: str) -> None:
    folder = new(tmp_path / "tight")
    failed = 0
    for limit in (0, 2**18, 2**21, 2**22, 2**23, 2**24):
        child = start(folder, JOB_MEMORY=str(limit))
        _, err = child.communicate(timeout=600)
        failed += child.returncode != 0
        assert b"damaged" not in err, "a lack of memory taken for damage"
    assert failed
    assert finish(start(folder)) == expected


def test_a_lack_of_memory_is_one_message(monkeypatch, capsys) -> None:
    from repro.cli import application

    def no_memory() -> None:
        raise MemoryError("Unable to allocate 9 GiB")

    monkeypatch.setattr(application, "application", no_memory)
    with pytest.raises(SystemExit) as ended:
        application.main()
    assert ended.value.code == 2
    assert "Unable to allocate 9 GiB" in capsys.readouterr().err


# ------------------------------------------------------------------------------------------- disks


@contextmanager
def mounted(folder: Path, size: str) -> Iterator[Path]:
    """A small disk; skips where this user may not mount one."""
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)]
    if shutil.which("mount") is None or subprocess.run(command, capture_output=True).returncode:
        pytest.skip("needs the right to mount a small disk (tmpfs)")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


@pytest.mark.slow
def test_a_full_disk(tmp_path: Path, expected: str) -> None:
    """Every disk from far too small on, in steps; each error is one of the project's or OSError."""
    with mounted(tmp_path / "disk", "4m") as disk:
        folder = new(disk / "job")
        used = sum(path.stat().st_size for path in folder.rglob("*.jpg"))
        failed = 0
        for spare in (8, 40, 80, 120, 200, 280, 400):  # kB
            shutil.rmtree(folder / "home", ignore_errors=True)
            shutil.rmtree(folder / "run", ignore_errors=True)
            size = used * 2 + spare * 1024
            subprocess.run(["mount", "-o", f"remount,size={size}", str(disk)], check=True)
            child = start(folder)
            _, err = child.communicate(timeout=600)
            failed += child.returncode != 0
            assert child.returncode >= 0, f"killed by signal {-child.returncode}"
            if child.returncode:
                last = err.decode().splitlines()[-1]
                assert "No space left" in last or "written" in last, err.decode()[-1500:]
                assert (
                    not list(folder.rglob("small/train"))
                    or (folder / "small" / "manifest.json").is_file()
                )
        assert failed
        subprocess.run(["mount", "-o", "remount,size=64m", str(disk)], check=True)
        assert finish(start(folder)) == expected


@pytest.mark.slow
def test_a_cache_that_cannot_be_written(tmp_path: Path, expected: str) -> None:
    with mounted(tmp_path / "disk", "16m") as disk:
        folder = new(disk / "job")
        subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
        environment = {**os.environ, "REPRO_HOME": str(folder / "home")}
        done = subprocess.run(
            [sys.executable, "-m", "repro", "prepare", str(folder / "originals")],
            env=environment,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        assert done.returncode == 2
        assert "Traceback" not in done.stderr
        with pytest.raises(ReproError, match=r"written|Read-only"):
            os.environ["REPRO_HOME"] = str(folder / "home")
            work.job(folder)
        subprocess.run(["mount", "-o", "remount,rw", str(disk)], check=True)
        assert finish(start(folder)) == expected


def test_features_on_a_full_disk_are_an_error_and_then_go_on(tmp_path, monkeypatch) -> None:
    """A write that fails in the middle leaves what was finished before, and nothing that is used.

    Mapped memory would end the process with a signal instead.
    """
    monkeypatch.setenv("REPRO_HOME", str(tmp_path))
    monkeypatch.setattr(features, "BATCH", 4)
    monkeypatch.setattr(features, "SAVE_EVERY", 0.0)
    values = np.arange(20 * 2 * 2 * 3, dtype=np.uint8).reshape(20, 2, 2, 3)
    key = FeatureKey("p", "w", "b", "r", "float32", "s")
    seen: list[int] = []

    def mean(part: np.ndarray) -> np.ndarray:
        seen.append(len(part))
        if len(seen) == 4:
            raise OSError(28, "No space left on device")
        return part.mean((1, 2), dtype=np.float32)

    with pytest.raises(OSError, match="No space"):
        features.extract(mean, values, key, shape=(3,))
    assert not list(tmp_path.rglob("*.npy"))
    found = features.extract(mean, values, key, shape=(3,))
    np.testing.assert_array_equal(found, values.mean((1, 2), dtype=np.float32))
    assert len(seen) == 6, "three batches were kept"
    assert not list(tmp_path.rglob("*.partial"))


# --------------------------------------------------------------------------------- home and clock


def test_without_a_home_the_user_is_asked_for_a_folder(monkeypatch, tmp_path) -> None:
    for name in ("REPRO_HOME", "HOME", "XDG_CACHE_HOME", "KERAS_HOME"):
        monkeypatch.delenv(name, raising=False)

    def nobody(_: int) -> None:
        raise KeyError("no such user")

    monkeypatch.setattr(pwd, "getpwuid", nobody)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(OptionError, match="REPRO_HOME"):
        settings.home()
    assert weights.cached() is None
    monkeypatch.setenv("REPRO_WEIGHTS", "~/weights.h5")
    with pytest.raises(OptionError, match="REPRO_WEIGHTS"):
        settings.weights()
    assert not list(tmp_path.iterdir())


@pytest.mark.slow
def test_a_home_that_is_none(tmp_path: Path) -> None:
    originals = drawing.write_flat(tmp_path / "originals", drawing.contents())
    kept = {k: v for k, v in os.environ.items() if k not in ("REPRO_HOME", "XDG_CACHE_HOME")}
    for home in ("/proc/nowhere", "/dev/null"):
        done = subprocess.run(
            [sys.executable, "-m", "repro", "prepare", str(originals)],
            env=kept | {"HOME": home},
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        assert done.returncode == 2
        assert "REPRO_HOME" in done.stderr or "missing" in done.stderr
        assert "Traceback" not in done.stderr


@pytest.mark.slow
def test_a_clock_set_back(tmp_path: Path, expected: str) -> None:
    """Files from the future and from 1980: what is kept is found or made anew, never mistaken."""
    folder = new(tmp_path / "clock")
    child = start(folder, 0.05)
    time.sleep(1.5)
    child.kill()
    child.communicate()
    for moment in (4_000_000_000, 315_532_800):
        for path in (*folder.rglob("*"), folder):
            os.utime(path, (moment, moment), follow_symlinks=False)
        assert finish(start(folder)) == expected


def test_no_file_is_judged_by_its_age() -> None:
    """Times of files are compared for equality alone, and nothing is ordered by the wall clock."""
    orders = (ast.Lt, ast.LtE, ast.Gt, ast.GtE)
    found = []
    for path in ROOT.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            text = ast.unparse(node) if isinstance(node, (ast.Compare, ast.Call)) else ""
            ordered = isinstance(node, ast.Compare) and any(isinstance(o, orders) for o in node.ops)
            if ordered and ("mtime" in text or "ctime" in text or "time.time(" in text):
                found.append(f"{path.name}: {text}")
            if isinstance(node, ast.Call) and text.startswith("time.time("):
                found.append(f"{path.name}: {text}")
    assert not found
