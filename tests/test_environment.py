"""The line that names the software tells apart whatever computes other bits."""

from __future__ import annotations

import sys
from itertools import product
from types import SimpleNamespace

import pytest

import repro
from repro import environment

KERAS = ("2.15.0", "3.15.1")
FRAMEWORKS = (("tensorflow", "2.15.0"), ("tensorflow", "2.15.1"), ("jax", "2.15.0"))
#: The backend's accelerator, and the processor.
DEVICES = ((None, "Xeon"), (None, "EPYC"), ("H100", "Xeon"), ("A100", "Xeon"))


def line(
    monkeypatch: pytest.MonkeyPatch,
    keras: str,
    framework: tuple[str, str],
    device: tuple[str | None, str],
) -> str:
    """What an installation with these parts calls its software."""
    backend, version = framework
    installed = SimpleNamespace(
        keras=SimpleNamespace(__version__=keras),
        backend=lambda: backend,
        accelerator=lambda: device[0],
    )
    with monkeypatch.context() as patch:
        patch.setattr(repro, "_keras", installed, raising=False)
        patch.setitem(sys.modules, "repro._keras", installed)
        patch.setitem(sys.modules, backend, SimpleNamespace(__version__=version))
        patch.setattr(environment, "processor", lambda: device[1])
        return environment.software()


def test_any_other_keras_backend_version_or_device_is_other_software(monkeypatch) -> None:
    installations = list(product(KERAS, FRAMEWORKS, DEVICES))
    lines = {line(monkeypatch, *parts) for parts in installations}
    assert len(lines) == len(installations)


def test_the_processor_does_not_matter_where_a_gpu_computes(monkeypatch) -> None:
    lines = {line(monkeypatch, KERAS[1], FRAMEWORKS[0], ("H100", cpu)) for cpu in ("Xeon", "EPYC")}
    assert len(lines) == 1
