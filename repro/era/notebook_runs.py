"""The notebook's section 5.3 on real pictures, by a release of Keras of its time.

An epoch takes many minutes on a processor. A run goes on where it was interrupted.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from repro import settings
from repro.era import environments
from repro.era.environments import EraError
from repro.era.releases import Release
from repro.era.running import LISTINGS
from repro.errors import OptionError, RecordError
from repro.record import read_bounded, write_text

SCHEMA: Literal["repro.era-notebook"] = "repro.era-notebook"
LARGEST_BYTES = 2**20
Share = Annotated[float, Field(ge=0, le=1)]
Count = Annotated[int, Field(ge=0)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)


class Epoch(_Part):
    """One epoch.

    Args:
        phase: of the notebook.
        loss: training binary cross-entropy, in nats; val_loss: validation's.
        accuracy: training accuracy; val_accuracy: validation's.
        seconds: wall time.
        printed: ``len(model.trainable_weights)``.
        collected: tensors that compiling collected for training.
        changed: tensors of the base that changed in any bit.
        tensors: of the base.
    """

    phase: Literal["feature extraction", "fine-tuning"]
    loss: float
    accuracy: Share
    val_loss: float
    val_accuracy: Share
    seconds: Annotated[float, Field(ge=0)]
    printed: Count
    collected: Count | None
    changed: Count
    tensors: Count


class NotebookRun(_Part):
    """A run's record.

    Args:
        schema_name: always ``repro.era-notebook``.
        release: of Keras.
        requirements: what was installed.
        plan: what was run, see :class:`Plan`.
        epochs: in their order.
    """

    schema_name: Literal["repro.era-notebook"] = SCHEMA
    release: str
    requirements: tuple[str, ...]
    plan: dict[str, int]
    epochs: tuple[Epoch, ...]


@dataclass(frozen=True)
class Plan:
    """How much of the notebook is run; the defaults are the notebook's.

    Args:
        epochs: of feature extraction.
        fine_tuning_epochs: after them, from block5_conv1 on.
        seed: of the classifier and of each epoch's chance.
        size: of the pictures, in pixels.
        batch: pictures a step.
        steps: an epoch.
        validation_steps: the same of validation.
    """

    epochs: int = 30
    fine_tuning_epochs: int = 0
    seed: int = 0
    size: int = 150
    batch: int = 20
    steps: int = 100
    validation_steps: int = 50


def run(release: Release, data: Path, weights: Path | None, plan: Plan) -> NotebookRun:
    """Runs the notebook with one release, or goes on.

    Args:
        release: of Keras on its own.
        data: folder with train and validation, each with cats and dogs.
        weights: VGG16's; None leaves the base with random weights, which shows nothing but that
            it runs.
        plan: how much.

    Raises:
        OptionError: the release has no ``fit_generator`` of the notebook's kind, its Python is
            missing, or the folder is no such folder.
        EraError: it cannot be installed or run.
        RecordError: what it wrote is not what it should be.
    """
    interpreter = environments.find_interpreter(release.python)
    _check(release, data, interpreter)
    assert interpreter is not None
    python = environments.prepare(release, interpreter)
    given = {"flavour": release.flavour, "data": str(data.absolute()),
             "weights": str(weights.absolute()) if weights else ""}  # fmt: skip
    # More epochs of the same run go on from those that are there.
    what = {**given, **asdict(plan), "epochs": 0 if not plan.fine_tuning_epochs else plan.epochs,
            "fine_tuning_epochs": 0}  # fmt: skip
    digest = hashlib.sha256(json.dumps([what, release.requirements]).encode()).hexdigest()[:12]
    folder = settings.home() / "era" / f"notebook-{release.name}-{digest}"
    results = folder / "epochs.json"
    whole = {**given, **asdict(plan), "results": str(results), "state": str(folder / "state.npz")}
    path = write_text(json.dumps(whole, indent=1), folder / "plan.json")
    _call(python, path, folder)
    return NotebookRun(
        release=release.name, requirements=release.requirements, plan=asdict(plan),
        epochs=_read(results),
    )  # fmt: skip


def _check(release: Release, data: Path, interpreter: Path | None) -> None:
    if interpreter is None:
        raise OptionError(release.name, found=f"no Python {release.python}", expected="one",
                          remedy=environments.how_to_get(release.python))  # fmt: skip
    if release.flavour != "keras":
        raise OptionError("--notebook", found=release.name, expected="releases of Keras on its own",
                          remedy="Name one of 2.0.5 to 2.3.1.")  # fmt: skip
    wanted = [data / fold / kind for fold in ("train", "validation") for kind in ("cats", "dogs")]
    missing = [path for path in wanted if not path.is_dir()]
    if missing:
        raise OptionError("--notebook", found=f"no folder {missing[0]}",
                          expected="the small set, as folders of files",
                          remedy="Make it with `repro prepare --numbering python`.")  # fmt: skip


def _call(python: Path, plan: Path, folder: Path) -> None:
    """Runs the listing; its progress goes to the terminal."""
    variables = {**environments.clean_environment(), "HOME": str(folder), "PYTHONNOUSERSITE": "1"}
    command = [python, LISTINGS / "notebook.py", plan]
    done = subprocess.run(command, env={**variables, "KERAS_HOME": str(folder)}, check=False)  # noqa: S603
    if done.returncode:
        raise EraError(f"the notebook's listing ended with exit code {done.returncode}")


def _read(path: Path) -> tuple[Epoch, ...]:
    try:
        return TypeAdapter(tuple[Epoch, ...]).validate_json(read_bounded(path, LARGEST_BYTES))
    except (OSError, ValueError) as error:
        found, expected = str(error).splitlines()[0], "epochs, as the listing writes them"
        remedy = "Run the same command again."
        raise RecordError(path, found=found, expected=expected, remedy=remedy) from error


def write(record: NotebookRun, path: Path) -> Path:
    """Writes a run's record atomically, as JSON."""
    return write_text(json.dumps(record.model_dump(mode="json"), indent=1) + os.linesep, path)
