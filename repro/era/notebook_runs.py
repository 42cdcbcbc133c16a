"""The editions' own listings on real pictures, by a release of Keras of their time.

An epoch takes minutes on a processor. A run goes on where it was interrupted.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from repro import settings, weights
from repro.chapter import CLASSES, FOLDS, Numbering
from repro.dataset.split import digest_of
from repro.era import environments
from repro.era.environments import EraError
from repro.era.records import Environment
from repro.era.releases import NEWEST, Release
from repro.era.running import LISTINGS
from repro.errors import OptionError, RecordError
from repro.record import read_bounded, write_text

SCHEMA: Literal["repro.era-notebook"] = "repro.era-notebook"
LARGEST_BYTES = 2**20
#: What the listings write.
EPOCHS = "epochs.json"
#: By technique; that of the second goes on with the third.
_LISTINGS = {1: "fast.py", 2: "notebook.py"}
#: What of a listing may be changed: its base is left trainable; all gradients are computed before
#: any weight is updated; pictures are transformed as Keras 2.0.5 to 2.1.2 do it.
Change = Literal["unfrozen", "gradients-first", "generator-of-2017"]
Share = Annotated[float, Field(ge=0, le=1)]
Count = Annotated[int, Field(ge=0)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)


class Epoch(_Part):
    """One epoch.

    Args:
        phase: of the edition; the first is technique 1.
        loss: training binary cross-entropy, in nats; val_loss: validation's.
        accuracy: training accuracy; val_accuracy: validation's.
        seconds: wall time.
        printed: ``len(model.trainable_weights)``.
        collected: tensors that compiling collected for training.
        changed: tensors of the base that changed in any bit.
        tensors: of the base; 0 where the base is no part of the model that trains.
        order: SHA-256 of the files' names in their order, and of each batch's labels and the state
            of chance after it: two epochs that have it in common saw the same pictures in the same
            order, with the same draws; None where it was not kept.
    """

    phase: Literal["fast feature extraction", "feature extraction", "fine-tuning"]
    loss: float
    accuracy: Share
    val_loss: float
    val_accuracy: Share
    seconds: Annotated[float, Field(ge=0)]
    printed: Count
    collected: Count | None
    changed: Count
    tensors: Count
    order: Annotated[str, Field(pattern="^[0-9a-f]{64}$")] | None = None


class Written(_Part):
    """What a listing wrote: what it ran on last, and its epochs in their order."""

    environment: Environment
    epochs: tuple[Epoch, ...]


class NotebookRun(_Part):
    """A run's record.

    Args:
        schema_name: always ``repro.era-notebook``.
        release: of Keras.
        requirements: what was installed.
        plan: what was run, see :class:`Plan`.
        digests: SHA-256 of the pictures ("split") and of the base's weights, as in a run record;
            empty in records from before they were kept, no weights where they were random.
        environment: what it ran on last; None in records from before it was kept.
        epochs: in their order.
    """

    schema_name: Literal["repro.era-notebook"] = SCHEMA
    release: str
    requirements: tuple[str, ...]
    plan: dict[str, int | str | tuple[Change, ...]]
    digests: dict[str, str] = Field(default_factory=dict)
    environment: Environment | None = None
    epochs: tuple[Epoch, ...]


@dataclass(frozen=True)
class Plan:
    """How much is run of which listing; the defaults are the notebook's.

    Args:
        technique: 1, or 2 with the third after it.
        edition: whose fine-tuning: "python" begins it at block5_conv1, "r" at block3_conv1.
        epochs: of technique 1 or 2.
        fine_tuning_epochs: after those of technique 2.
        seed: of the classifier and of each epoch's chance.
        size: of the pictures, in pixels.
        batch: pictures a step.
        steps: an epoch.
        validation_steps: the same of validation.
        changes: to the listing.
    """

    technique: Literal[1, 2] = 2
    edition: Numbering = "python"
    epochs: int = 30
    fine_tuning_epochs: int = 0
    seed: int = 0
    size: int = 150
    batch: int = 20
    steps: int = 100
    validation_steps: int = 50
    changes: tuple[Change, ...] = ()


def run(release: Release, data: Path, weights_file: Path | None, plan: Plan) -> NotebookRun:
    """Runs a listing with one release, or goes on.

    Args:
        release: of Keras on its own, or the newest.
        data: folder with train and validation, each with cats and dogs.
        weights_file: VGG16's; None leaves the base with random weights, which shows nothing but
            that it runs.
        plan: how much.

    Raises:
        OptionError: the release has no ``fit_generator`` of the notebook's kind, its Python is
            missing, or the folder is no such folder.
        WeightsError: the weights are others than VGG16's.
        EraError: it cannot be installed or run.
        RecordError: what it wrote is not what it should be.
    """
    interpreter = environments.find_interpreter(release.python)
    _check(release, data, interpreter, plan)
    assert interpreter is not None
    digests = _digests(data, weights_file)
    python = environments.prepare(release, interpreter)
    folder = location(release, digests, plan)
    pictures = [plan.size, plan.batch, plan.steps, plan.validation_steps]
    _go_on(folder, location(release, digests, replace(plan, fine_tuning_epochs=0)), plan.epochs)
    whole: dict[str, Any] = {
        **asdict(plan),
        "flavour": release.flavour,
        "data": str(data.absolute()),
        "weights": str(weights_file.absolute()) if weights_file else "",
        "results": str(folder / EPOCHS),
        "state": str(folder / "state.npz"),
        "features": str(folder.parent / f"features-{_short(release, digests, pictures)}.npz"),
    }
    path = write_text(json.dumps(whole, indent=1), folder / "plan.json")
    _call(python, LISTINGS / _LISTINGS[plan.technique], path)
    written = _read(folder / EPOCHS)
    return NotebookRun(
        release=release.name, requirements=release.requirements, plan=asdict(plan),
        digests=digests, environment=written.environment, epochs=written.epochs,
    )  # fmt: skip


def location(release: Release, digests: dict[str, str], plan: Plan) -> Path:
    """Returns where a run is kept: that with more epochs of technique 2 goes on in the same place.

    Args:
        release: whose run.
        digests: of what it runs on.
        plan: how much.
    """
    open_ended = plan.technique == 2 and not plan.fine_tuning_epochs
    decides = asdict(replace(plan, epochs=0 if open_ended else plan.epochs, fine_tuning_epochs=0))
    if not plan.changes:  # so a run from before there were any is found
        del decides["changes"]
    digest = _short(release, digests, decides, plan.fine_tuning_epochs > 0)
    return settings.home() / "era" / f"notebook-{release.name}-{digest}"


def _short(release: Release, digests: dict[str, str], *decides: object) -> str:
    text = json.dumps([release.flavour, release.requirements, digests, *decides], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def _digests(data: Path, weights_file: Path | None) -> dict[str, str]:
    contents = {
        path.relative_to(data).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for fold in FOLDS
        for kind in CLASSES
        for path in (data / fold / kind).glob("*")
    }
    found = {"split": digest_of(contents)}
    if weights_file is not None:
        found["weights"] = weights.digest(weights.load(weights_file))
    return found


def _go_on(folder: Path, before: Path, epochs: int) -> None:
    """Lets fine-tuning begin where that many kept epochs of technique 2 have come."""
    if folder.exists() or not (before / EPOCHS).is_file():
        return
    if len(_read(before / EPOCHS).epochs) == epochs:
        part = folder.with_name(f"{folder.name}.part")
        shutil.rmtree(part, ignore_errors=True)
        shutil.copytree(before, part)
        part.rename(folder)


def _check(release: Release, data: Path, interpreter: Path | None, plan: Plan) -> None:
    if interpreter is None:
        raise OptionError(release.name, found=f"no Python {release.python}", expected="one",
                          remedy=environments.how_to_get(release.python))  # fmt: skip
    if release.flavour != "keras" and release.name != NEWEST:
        raise OptionError("--notebook", found=release.name,
                          expected=f"releases of Keras on its own, or {NEWEST}",
                          remedy=f"Name one of 2.0.5 to 2.3.1, or {NEWEST}.")  # fmt: skip
    if "gradients-first" in plan.changes and release.name == NEWEST:
        raise OptionError("--but", found=f"gradients-first with {NEWEST}",
                          expected="a release of Keras on its own",
                          remedy="Leave it out: since 2.3.0 all gradients come first.")  # fmt: skip
    if plan.technique == 1 and plan.changes:
        raise OptionError("--but", found="technique 1", expected="technique 2",
                          remedy="Leave out --but or --technique 1.")  # fmt: skip
    wanted = [data / fold / kind for fold in ("train", "validation") for kind in ("cats", "dogs")]
    missing = [path for path in wanted if not path.is_dir()]
    if missing:
        raise OptionError("--notebook", found=f"no folder {missing[0]}",
                          expected="the small set, as folders of files",
                          remedy="Make it with `repro prepare --numbering python`.")  # fmt: skip


def _call(python: Path, listing: Path, plan: Path) -> None:
    """Runs a listing; its progress goes to the terminal."""
    home = str(plan.parent)
    variables = {**environments.clean_environment(), "HOME": home, "PYTHONNOUSERSITE": "1"}
    command = [python, listing, plan]
    done = subprocess.run(command, env={**variables, "KERAS_HOME": home}, check=False)  # noqa: S603
    if done.returncode:
        raise EraError(f"{listing.name} ended with exit code {done.returncode}")


def _read(path: Path) -> Written:
    try:
        return Written.model_validate_json(read_bounded(path, LARGEST_BYTES))
    except (OSError, ValueError) as error:
        found, expected = str(error).splitlines()[0], "epochs, as the listing writes them"
        remedy = "Run the same command again."
        raise RecordError(path, found=found, expected=expected, remedy=remedy) from error


def write(record: NotebookRun, path: Path) -> Path:
    """Writes a run's record atomically, as JSON."""
    return write_text(json.dumps(record.model_dump(mode="json"), indent=1) + os.linesep, path)
