"""Standard error while a framework is imported: its noise is gone, and nothing else."""

from __future__ import annotations

import subprocess
import sys

import pytest

from repro._quiet import NOISE

START = "import os, sys\nfrom repro._quiet import NOISE, quietly\n"


def ran(code: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", START + code]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def errors(code: str) -> tuple[int, str]:
    done = ran(code)
    return done.returncode, done.stderr


def test_noise_is_dropped_and_everything_else_passed_on_in_order() -> None:
    code = """
with quietly():
    os.write(2, b"first\\n" + b"W0000 " + NOISE[0] + b" are written\\n")
    print("second", file=sys.stderr)
    os.write(2, b"I0000 port.cc] " + NOISE[1] + b" You may see\\nlast without an end")
print("\\nafter", file=sys.stderr)
"""
    assert errors(code) == (0, "first\nsecond\nlast without an end\nafter\n")


def test_what_was_said_before_an_error_is_not_lost() -> None:
    code = """
with quietly():
    os.write(2, b"why\\n")
    raise ImportError("no framework")
"""
    returned, said = errors(code)
    assert returned == 1
    assert said.startswith("why\n") and "ImportError: no framework" in said


@pytest.mark.parametrize(
    "without",
    ["os.close(2)", "import tempfile; tempfile.TemporaryFile = lambda: os.stat('/nowhere')"],
    ids=["closed", "no temporary files"],
)
def test_where_it_cannot_be_held_back_nothing_breaks(without: str) -> None:
    done = ran(f"{without}\nwith quietly():\n    print('done')\n")
    assert (done.returncode, done.stdout) == (0, "done\n")


@pytest.mark.slow
def test_importing_keras_through_the_project_is_quiet() -> None:
    _, said = errors("import repro._keras")
    assert not any(noise.decode() in said for noise in NOISE)
