"""pytest's side of the project: options, markers, what is skipped and why, the session's header."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
from functools import lru_cache
from importlib import metadata
from pathlib import Path

import pytest

from repro.weights import FILE_NAME, cached

# Before any test imports a backend. The bits are the point: run after run, the same ones.
# Not TF_DETERMINISTIC_OPS: it makes every unseeded initialiser an error; a test that needs it calls
# repro._keras.make_deterministic.
for _variable, _value in {
    "TF_CPP_MIN_LOG_LEVEL": "3",
    "TF_CUDNN_DETERMINISTIC": "1",
    "TF_ENABLE_ONEDNN_OPTS": "1",
    "CUBLAS_WORKSPACE_CONFIG": ":4096:8",
    "MPLBACKEND": "agg",
}.items():
    os.environ.setdefault(_variable, _value)

#: Plugins of the suite itself, by module.
pytest_plugins = ["pytester", "repro.ledger_plugin", "tests.spreading"]

MARKERS = {
    "gpu": "needs a GPU; runs on the processor with --device cpu",
    "slow": "takes more than 5 seconds; runs with --slow",
    "originals": "needs the Kaggle pictures; runs with --originals or REPRO_ORIGINALS",
    "weights": "needs the ImageNet weights of VGG16; runs with --weights or REPRO_WEIGHTS",
}
_BACKENDS = {"tensorflow": "tensorflow", "jax": "jax", "torch": "torch"}
_TENSORFLOWS = ("tensorflow", "tensorflow-cpu", "tensorflow-macos", "tf-nightly")


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("repro", "the chapter's reproduction")
    group.addoption(
        "--originals",
        metavar="PATH",
        default=os.environ.get("REPRO_ORIGINALS") or None,
        help="the Kaggle pictures: a folder or an archive (default: $REPRO_ORIGINALS, else none)",
    )
    group.addoption(
        "--weights",
        metavar="PATH",
        default=os.environ.get("REPRO_WEIGHTS") or None,
        help="the ImageNet weights, an HDF5 file (default: $REPRO_WEIGHTS, else Keras's cache)",
    )
    group.addoption(
        "--device",
        choices=("auto", "cpu", "gpu"),
        default="auto",
        help="where to compute; 'gpu' fails without one (default: auto, a GPU if there is one)",
    )
    group.addoption(
        "--extraction-epochs",
        metavar="N",
        type=_positive,
        default=30,
        help="epochs of technique 2's accuracy benchmark (default: 30, the chapter's)",
    )
    group.addoption(
        "--fine-tune-epochs",
        metavar="N",
        type=_positive,
        default=100,
        help="epochs of the fine-tuning benchmarks (default: 100, the chapter's)",
    )
    group.addoption(
        "--training-seeds",
        metavar="N",
        type=_positive,
        default=3,
        help="seeds that the accuracy benchmarks train (default: 3, 0 to 2)",
    )
    group.addoption(
        "--slow", action="store_true", help="also run the tests marked slow (default: skip them)"
    )


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise ValueError(f"{text!r}: expected a whole number of at least 1")
    return int(text)


def pytest_configure(config: pytest.Config) -> None:
    for name, description in MARKERS.items():
        config.addinivalue_line("markers", f"{name}: {description}")
    for option in ("originals", "weights"):
        given = config.getoption(option)
        if given and not Path(given).expanduser().exists():
            raise pytest.UsageError(
                f"--{option} (or REPRO_{option.upper()}): found nothing at {given}; expected a "
                "file or folder. Correct the path, or leave it out to skip what needs it."
            )
    installed = [name for name, module in _BACKENDS.items() if importlib.util.find_spec(module)]
    if installed and "tensorflow" not in installed:
        os.environ.setdefault("KERAS_BACKEND", installed[0])
    if config.getoption("device") == "cpu":
        # Before the backend looks for GPUs; afterwards it would be too late.
        os.environ["CUDA_VISIBLE_DEVICES"] = "-1"
        os.environ["JAX_PLATFORMS"] = "cpu"


def pytest_report_header(config: pytest.Config) -> list[str]:
    """Says what the tests run on, without importing a backend, which would take seconds."""
    weights = _weights(config)
    return [
        f"repro: device {_device_line(config)}",
        f"repro: TensorFlow {_version(*_TENSORFLOWS)}, Keras {_version('keras')}, "
        f"backend {os.environ.get('KERAS_BACKEND', 'tensorflow')}",
        f"repro: pictures {config.getoption('originals') or 'none (--originals PATH)'}",
        f"repro: weights {weights or 'none (--weights PATH)'}",
    ]


def pytest_runtest_setup(item: pytest.Item) -> None:
    config = item.config
    if item.get_closest_marker("slow") and not config.getoption("slow"):
        pytest.skip("slow: run with --slow")
    if item.get_closest_marker("originals"):
        _originals(config)
    if item.get_closest_marker("weights"):
        _weights_or_skip(config)
    if item.get_closest_marker("gpu") and config.getoption("device") != "cpu" and not _gpu():
        if config.getoption("device") == "gpu":
            pytest.fail("--device gpu: the backend sees no GPU", pytrace=False)
        pytest.skip("the backend sees no GPU: run with --device cpu, or on a machine with a GPU")


@pytest.fixture(scope="session")
def originals(pytestconfig: pytest.Config) -> Path:
    """The Kaggle pictures as the user has them; skips if none are given."""
    return _originals(pytestconfig)


@pytest.fixture(scope="session")
def weights_path(pytestconfig: pytest.Config) -> Path:
    """The ImageNet weights' file; skips where there is none."""
    return _weights_or_skip(pytestconfig)


@pytest.fixture(scope="session")
def device(pytestconfig: pytest.Config) -> str:
    """Where tests compute, "cpu" or "gpu"."""
    asked = str(pytestconfig.getoption("device"))
    if asked == "gpu" and not _gpu():
        pytest.fail("--device gpu: the backend sees no GPU", pytrace=False)
    return asked if asked != "auto" else ("gpu" if _gpu() else "cpu")


@pytest.fixture(scope="session")
def extraction_epochs(pytestconfig: pytest.Config) -> int:
    """Epochs of technique 2's accuracy benchmark."""
    return int(pytestconfig.getoption("extraction_epochs"))


@pytest.fixture(scope="session")
def fine_tune_epochs(pytestconfig: pytest.Config) -> int:
    """Epochs of the fine-tuning benchmarks."""
    return int(pytestconfig.getoption("fine_tune_epochs"))


@pytest.fixture(scope="session")
def training_seeds(pytestconfig: pytest.Config) -> tuple[int, ...]:
    """Seeds that the accuracy benchmarks train."""
    return tuple(range(int(pytestconfig.getoption("training_seeds"))))


@pytest.fixture(scope="session", autouse=True)
def _own_environment(tmp_path_factory: pytest.TempPathFactory) -> object:
    """Keeps fixtures of a whole session off the user's caches, pictures and weights."""
    with pytest.MonkeyPatch.context() as patch:
        _isolate(patch, tmp_path_factory.mktemp("session-home"))
        yield


@pytest.fixture(autouse=True)
def _own_home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Gives every test its own caches, so that none finds what another one left."""
    _isolate(monkeypatch, tmp_path_factory.getbasetemp() / "homes" / os.urandom(8).hex())


def _isolate(patch: pytest.MonkeyPatch, home: Path) -> None:
    patch.setenv("REPRO_HOME", str(home))
    # A test that wants them asks for the fixtures; a demonstration must not find them by itself.
    patch.delenv("REPRO_ORIGINALS", raising=False)
    patch.delenv("REPRO_WEIGHTS", raising=False)


def _originals(config: pytest.Config) -> Path:
    given = config.getoption("originals")
    if not given:
        pytest.skip("no Kaggle pictures: run with --originals PATH, or set REPRO_ORIGINALS")
    return Path(given).expanduser().resolve()


def _weights(config: pytest.Config) -> Path | None:
    given = config.getoption("weights")
    if not given:
        return cached()
    path = Path(given).expanduser().resolve()
    return path / FILE_NAME if path.is_dir() else path


def _weights_or_skip(config: pytest.Config) -> Path:
    path = _weights(config)
    if path is None:
        pytest.skip("no ImageNet weights: run with --weights PATH, or set REPRO_WEIGHTS")
    return path


@lru_cache(maxsize=1)
def _gpu() -> str | None:
    """Returns the name of the GPU that Keras's backend sees; imports the backend."""
    from repro import _keras

    return _keras.accelerator()


def _device_line(config: pytest.Config) -> str:
    asked = config.getoption("device")
    if asked == "cpu":
        return "cpu (--device cpu)"
    names = _nvidia_names()
    return f"{asked} ({names or 'no NVIDIA GPU on this machine'}, {os.cpu_count()} processor cores)"


def _nvidia_names() -> str:
    tool = shutil.which("nvidia-smi")
    if tool is None:
        return ""
    command = [tool, "--query-gpu=name", "--format=csv,noheader"]
    try:
        answer = subprocess.run(  # noqa: S603 (constant arguments)
            command, capture_output=True, text=True, timeout=20, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return ""
    return ", ".join(answer.stdout.split("\n")).strip(", ")


def _version(*names: str) -> str:
    for name in names:
        try:
            return metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return "not installed"
