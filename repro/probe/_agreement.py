"""Technique 1 in an environment, from its run record: what all drift together does."""

from __future__ import annotations

from repro.errors import OptionError
from repro.probe._schema import Agreement
from repro.record import RunRecord

_INPUTS = ("pixels-train", "pixels-validation", "pixels-test", "weights")
_CATS = "cat."


def agreement(run: RunRecord) -> Agreement:
    """Takes from a run record of technique 1 what probes compare.

    Raises:
        OptionError: the record is of something else, or not on the real pictures.
    """
    names = run.names.get("validation", ())
    if run.technique != 1 or run.demonstration or not run.runs or not names:
        raise OptionError(
            "technique 1",
            found=f"a record of {run.experiment}{', a demonstration' if run.demonstration else ''}",
            expected="a record of technique 1 on the real pictures with the real weights",
            remedy="Make one with `repro run technique-1 --output FILE`.",
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
        str(int((p > 0.5) != name.rpartition("/")[2].startswith(_CATS))) for p, name in pairs
    )
