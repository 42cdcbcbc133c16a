"""Which engine computes a frozen base, in which precision, and what its bits depend on."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from repro import chapter, environment
from repro.engines import ncnn
from repro.errors import OptionError
from repro.experiments import Engine, Experiment, Precision, frozen_base


def choose(
    engine: str, precision: str, experiments: Sequence[Experiment]
) -> tuple[Engine, Precision]:
    """Returns the engine and the precision of frozen bases.

    "auto" takes a GPU or bfloat16 hardware first, then ncnn if it is installed, then Keras. A plan
    takes ncnn only if it has a frozen VGG16 to compute, see :class:`repro.plans.Plan`.

    Raises:
        OptionError: what :func:`check` finds.
    """
    check(engine, precision, experiments)
    if engine == "ncnn":
        return "ncnn", "float32"
    chosen = choose_precision(precision)
    if engine == "keras" or chosen != "float32" or not ncnn.available():
        return "keras", chosen
    from repro import _keras

    return ("ncnn" if _keras.accelerator() is None else "keras"), chosen


def check(engine: str, precision: str, experiments: Sequence[Experiment]) -> None:
    """Checks, without importing a backend, that the engine that was asked for is possible.

    Raises:
        OptionError: ncnn was asked for, but is not installed or cannot do what is wanted.
    """
    if engine != "ncnn":
        return
    if precision == "bfloat16":
        raise OptionError(
            "--engine",
            found="ncnn with --precision bfloat16",
            expected="float32, which is what ncnn computes in",
            remedy="Leave --precision out, or choose --engine keras.",
        )
    for experiment in experiments:
        base = frozen_base(experiment.training)
        if base != chapter.BASE_NAME:
            raise OptionError(
                "--engine",
                found=f"ncnn for {experiment.name}, which applies {base or 'no frozen base'}",
                expected=f"an experiment that applies {chapter.BASE_NAME}, frozen, as technique-1",
                remedy="Choose --engine auto or keras.",
            )
    ncnn.module()


def choose_precision(wanted: str = "auto") -> Precision:
    """Returns the base's precision: for "auto" bfloat16 if the hardware computes in it."""
    if wanted == "float32" or wanted == "bfloat16":
        return wanted  # type: ignore[return-value]
    from repro import _keras

    fast = _keras.accelerator() is not None or _processor_has_bfloat16()
    return "bfloat16" if fast else "float32"


def _processor_has_bfloat16() -> bool:
    try:
        flags = Path("/proc/cpuinfo").read_text(encoding="ascii", errors="replace")
    except OSError:
        return False
    return "amx_bf16" in flags or "avx512_bf16" in flags


def software(engine: Engine) -> str:
    """Returns what decides an engine's bits besides its inputs, in one line.

    ncnn's do not depend on the number of threads.
    """
    if engine == "keras":
        return environment.software()
    return f"ncnn {environment.version('ncnn')}, {environment.processor()}"
