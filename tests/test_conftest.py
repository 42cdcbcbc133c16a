from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from repro import weights
from tests.spreading import LONGEST

ROOT = Path(__file__).parents[1]
MARKED = """
    import os
    import pytest

    @pytest.mark.gpu
    def test_gpu(device): print("on", device)

    @pytest.mark.slow
    def test_slow(): pass

    @pytest.mark.originals
    def test_originals(originals): print("pictures at", originals)

    @pytest.mark.weights
    def test_weights(weights_path): print("weights at", weights_path)

    def test_fixture_alone(originals): pass
"""


@pytest.fixture
def suite(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch):
    """Runs this project's conftest.py over a suite of one file, on a machine without a GPU.

    In the same process: what the conftest changes in the environment is put back.
    """
    monkeypatch.setenv("KERAS_HOME", str(pytester.path / "no-keras-home"))
    for name in ("CUDA_VISIBLE_DEVICES", "JAX_PLATFORMS"):
        monkeypatch.setenv(name, os.environ.get(name, ""))
    # The ledger is another plugin's business, and pytester's plugin is loaded already.
    text = (ROOT / "conftest.py").read_text(encoding="utf-8")
    text = text.replace('"repro.ledger_plugin", ', "")
    assert "ledger_plugin" not in text
    pytester.makeconftest(text + "\n\n_gpu = lambda: os.environ.get('FAKE_GPU')\n")
    pytester.makepyfile(MARKED)

    def run(*arguments: str) -> pytest.RunResult:
        alone = ("-p", "no:randomly", "-p", "no:cacheprovider")
        return pytester.runpytest_inprocess("-rs", "--strict-markers", "-s", *alone, *arguments)

    return run


def test_what_cannot_run_says_how_to_make_it_run_and_the_header_what_is_there(suite) -> None:
    result = suite()
    result.assert_outcomes(skipped=5)
    result.stdout.fnmatch_lines_random(
        [
            "*SKIPPED*GPU*--device cpu*",
            "*SKIPPED*--slow*",
            "*SKIPPED*--originals PATH*REPRO_ORIGINALS*",
            "*SKIPPED*--weights PATH*REPRO_WEIGHTS*",
        ]
    )
    result.stdout.fnmatch_lines(
        [
            "repro: device auto (*",
            "repro: TensorFlow *, Keras *, backend *",
            "repro: pictures none (--originals PATH)",
            "repro: weights none (--weights PATH)",
        ]
    )


def test_everything_runs_where_everything_is(suite, pytester, monkeypatch) -> None:
    pictures, file = pytester.mkdir("pictures"), pytester.path / "weights.h5"
    file.touch()
    monkeypatch.setenv("FAKE_GPU", "a GPU")
    result = suite("--slow", f"--originals={pictures}", f"--weights={file}")
    result.assert_outcomes(passed=5)
    result.stdout.fnmatch_lines_random(
        ["*on gpu*", f"*pictures at {pictures}*", f"*weights at {file}*", f"repro: weights {file}"]
    )


@pytest.mark.parametrize("as_folder", [False, True])
def test_variables_stand_for_the_options(suite, pytester, monkeypatch, as_folder) -> None:
    pictures, folder = pytester.mkdir("pictures"), pytester.mkdir("weights")
    file = folder / weights.FILE_NAME
    file.touch()
    monkeypatch.setenv("REPRO_ORIGINALS", str(pictures))
    monkeypatch.setenv("REPRO_WEIGHTS", str(folder if as_folder else file))
    result = suite("-k", "originals or weights or alone")
    result.assert_outcomes(passed=3)
    result.stdout.fnmatch_lines([f"*pictures at {pictures}*", f"*weights at {file}*"])


def test_keras_own_copy_of_the_weights_is_used(suite, pytester) -> None:
    models = pytester.path / "no-keras-home" / "models"
    models.mkdir(parents=True)
    (models / weights.FILE_NAME).touch()
    result = suite("-k", "test_weights")
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines([f"*weights at {models / weights.FILE_NAME}*"])


@pytest.mark.parametrize("option", ["originals", "weights"])
def test_a_path_that_is_not_there_is_an_error_and_no_skip(suite, option) -> None:
    result = suite(f"--{option}=/nowhere/at/all")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([f"*--{option}*REPRO_{option.upper()}*/nowhere/at/all*"])


@pytest.mark.parametrize("gpu", ["", "a GPU"])
def test_device_cpu_hides_gpus_and_runs_their_tests(suite, monkeypatch, gpu) -> None:
    monkeypatch.setenv("FAKE_GPU", gpu)
    result = suite("--device=cpu", "-m", "gpu")
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(["repro: device cpu (--device cpu)", "*on cpu*"])
    assert os.environ["CUDA_VISIBLE_DEVICES"] == "-1"
    assert os.environ["JAX_PLATFORMS"] == "cpu"


def test_device_gpu_without_one_fails(suite) -> None:
    result = suite("--device=gpu", "-m", "gpu")
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.stdout.fnmatch_lines(["*--device gpu: the backend sees no GPU*"])


def test_markers_are_strict_and_described(suite, pytester) -> None:
    result = suite("--markers")
    for name in ("gpu", "slow", "originals", "weights"):
        result.stdout.fnmatch_lines([f"@pytest.mark.{name}: *--*"])
    pytester.makepyfile("import pytest\n@pytest.mark.gpuu\ndef test_typo(): pass\n")
    assert suite().ret == pytest.ExitCode.INTERRUPTED


@pytest.mark.parametrize(
    ("option", "number"),
    [
        ("extraction-epochs", "0"),
        ("fine-tune-epochs", "-3"),
        ("training-seeds", "many"),
        ("training-seeds", "1.5"),
    ],
)
def test_lengths_are_whole_numbers(suite, option, number) -> None:
    assert suite(f"--{option}={number}").ret == pytest.ExitCode.USAGE_ERROR


def test_lengths_reach_their_fixtures(suite, pytester) -> None:
    lengths = "extraction_epochs, fine_tune_epochs, training_seeds"
    pytester.makepyfile(f"def test_lengths({lengths}): print('lengths', {lengths})\n")
    suite().stdout.fnmatch_lines(["*lengths 30 100 (0, 1, 2)*"])
    options = ("--extraction-epochs=2", "--fine-tune-epochs=3", "--training-seeds=2")
    suite(*options).stdout.fnmatch_lines(["*lengths 2 3 (0, 1)*"])


def test_no_test_sees_the_users_caches_pictures_or_weights(suite, pytester, monkeypatch) -> None:
    mine = pytester.mkdir("mine")
    for name in ("REPRO_HOME", "REPRO_ORIGINALS", "REPRO_WEIGHTS"):
        monkeypatch.setenv(name, str(mine))
    pytester.makepyfile(
        f"""
        import os
        import pytest
        from pathlib import Path
        from repro import settings

        homes = []

        @pytest.fixture(scope="session")
        def session_home(): return settings.home()

        @pytest.mark.parametrize("n", range(3))
        def test_isolated(n, session_home):
            home = settings.home()
            assert Path({str(mine)!r}) not in (home, session_home)
            assert home != session_home and home not in homes
            homes.append(home)
            home.mkdir(parents=True)
            assert not os.environ.get(settings.ORIGINALS) and settings.weights() is None
        """
    )
    suite().assert_outcomes(passed=3)
    assert os.environ["REPRO_HOME"] == str(mine)
    assert list(mine.iterdir()) == []


def test_the_files_that_take_longest_are_there_and_begin_first(suite, pytester) -> None:
    for path in reversed(LONGEST):
        assert (ROOT / path).is_file()
        (pytester.path / path).parent.mkdir(parents=True, exist_ok=True)
        (pytester.path / path).write_text("def test_it(): pass\n")
    found = [line.partition("::")[0] for line in suite("--collect-only", "-q").outlines]
    assert tuple(found[: len(LONGEST)]) == LONGEST


def test_starting_pytest_imports_no_framework(tmp_path: Path) -> None:
    """The header needs versions, not seconds; and a machine may have another backend."""
    (tmp_path / "conftest.py").write_text(
        (ROOT / "conftest.py").read_text(encoding="utf-8") + "\n\ndef pytest_unconfigure(config):\n"
        "    import sys\n"
        "    heavy = {'keras', 'tensorflow', 'jax', 'torch'}\n"
        "    print('imported:', sorted(heavy & set(sys.modules)))\n",
        encoding="utf-8",
    )
    (tmp_path / "test_one.py").write_text("def test_one(): pass\n")
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-s", str(tmp_path)]
    # Only what the project's own side imports; the plugins installed beside it take longer.
    variables = {**os.environ, "PYTHONPATH": str(ROOT), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    result = subprocess.run(
        command, cwd=tmp_path, env=variables, capture_output=True, text=True, check=False
    )
    assert "1 passed" in result.stdout, result.stdout + result.stderr
    assert "imported: []" in result.stdout
