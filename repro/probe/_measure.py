"""One environment's probe, from fixed inputs: small, deterministic, the same everywhere."""

from __future__ import annotations

from pathlib import Path

from repro import environment, weights
from repro.errors import OptionError
from repro.probe import _bits
from repro.probe._schema import Agreement, Probe
from repro.record import RunRecord

#: Of the tensors that stand in for the ImageNet weights.
SEED = 0
_INPUTS = ("pixels-train", "pixels-validation", "pixels-test", "weights")


def measure(weights_path: Path | None = None) -> Probe:
    """Measures the installed versions. Takes seconds; a second call gives the same probe.

    Args:
        weights_path: the ImageNet weights' file, or a folder that holds it. None uses seeded
            tensors, the same with every framework.

    Raises:
        WeightsError: the weights are not VGG16's.
    """
    from repro import _keras
    from repro.probe import _framework

    _keras.make_deterministic()
    path = weights.find(weights_path) if weights_path is not None else None
    tensors = weights.load(path) if path is not None else weights.seeded(SEED)
    return Probe(
        label=label(),
        weights="seeded" if path is None else "imagenet",
        weights_sha256=weights.digest(tensors),
        environment=environment.describe(),
        quantities={**_bits.measure(), **_framework.measure(tensors, path)},
    )


def label() -> str:
    """Returns the environment's short name: ``tf215``, ``jax``, ``torch``."""
    from repro import _keras

    backend = _keras.backend()
    if backend != "tensorflow":
        return backend
    major, minor = environment.backend_version().split(".")[:2]
    return f"tf{major}{minor}"


def agreement(run: RunRecord) -> Agreement:
    """Takes from a run record of technique 1 what probes compare.

    Raises:
        OptionError: the record is of something else, or not on the real pictures, or its base was
            not computed by Keras, which a probe is about.
    """
    names = run.names.get("validation", ())
    problem = None
    if run.engine != "keras":
        problem = f"a record whose base {run.engine} computed"
    elif run.technique != 1 or run.demonstration or not run.runs or not names:
        problem = f"a record of {run.experiment}{', a demonstration' if run.demonstration else ''}"
    elif not run.digests.keys() >= {*_INPUTS} or any(
        not one.evaluations.keys() >= {"validation", "test"} for one in run.runs
    ):
        problem = "a record without digests of its input, or without an evaluation"
    if problem is not None:
        raise OptionError(
            "technique 1",
            found=problem,
            expected="a record of technique 1 on the real pictures with the real weights, by Keras",
            remedy="Make one with `repro run technique-1 --engine keras --output FILE`.",
        )
    precision = run.settings.get("precision")
    return Agreement(
        precision="bfloat16" if precision == "bfloat16" else "float32",
        recipe=str(run.recipe.get("name")),
        seeds=tuple(one.seed for one in run.runs),
        val_accuracy=tuple(one.history.val_accuracy[-1] for one in run.runs),
        val_loss=tuple(one.history.val_loss[-1] for one in run.runs),
        test_accuracy=tuple(one.evaluations["test"].accuracy for one in run.runs),
        validation_correct=tuple(
            _correct(one.evaluations["validation"].probabilities, names) for one in run.runs
        ),
        inputs={name: run.digests[name] for name in _INPUTS},
    )


def _correct(probabilities: tuple[float, ...], names: tuple[str, ...]) -> str:
    pairs = zip(probabilities, names, strict=True)
    return "".join(
        str(int((p > 0.5) != name.rpartition("/")[2].startswith("cat."))) for p, name in pairs
    )
