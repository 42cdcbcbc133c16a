"""The record of a run of the editions' listings: one JSON file, validated when it is read."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field

from repro.chapter import Numbering
from repro.era.records import Environment
from repro.era.releases import RELEASES
from repro.errors import RecordError
from repro.record import Count, Share, read_bounded, says, validated, write_text

SCHEMA: Literal["repro.era-notebook"] = "repro.era-notebook"
LARGEST_BYTES = 2**20
#: Where the project keeps its records.
FOLDER = Path("results", "era", "notebook")
#: What of a listing may be changed: its base is left trainable; all gradients are computed before
#: any weight is updated; pictures are transformed as Keras 2.0.5 to 2.1.2 do it.
Change = Literal["unfrozen", "gradients-first", "generator-of-2017"]


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
    __pydantic_config__: ClassVar = ConfigDict(extra="forbid", strict=True)

    @property
    def listing(self) -> str:
        """Names what is run, and with which seed."""
        which = "technique-1" if self.technique == 1 else self.edition
        return "-".join((which, *self.changes, f"seed{self.seed}"))


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
        version: of this schema.
        release: of Keras.
        requirements: what was installed.
        plan: what was run.
        digests: SHA-256 of the pictures ("split") and of the base's weights, as in a run record;
            empty in records from before they were kept, no weights where they were random.
        environment: what it ran on last; None in records from before it was kept.
        epochs: in their order.
    """

    schema_name: Literal["repro.era-notebook"] = SCHEMA
    version: Literal[1] = 1
    release: str
    requirements: tuple[str, ...]
    plan: Plan
    digests: dict[str, str] = Field(default_factory=dict)
    environment: Environment | None = None
    epochs: tuple[Epoch, ...]


def read_written(path: Path) -> Written:
    """Reads what a listing wrote.

    Raises:
        RecordError: it is missing, or something else.
    """
    try:
        return Written.model_validate_json(read_bounded(path, LARGEST_BYTES))
    except (OSError, ValueError) as error:
        found, expected = str(error).splitlines()[0], "epochs, as the listing writes them"
        remedy = "Run the same command again."
        raise RecordError(path, found=found, expected=expected, remedy=remedy) from error


def write(record: NotebookRun, path: Path) -> Path:
    """Writes a run's record atomically, as JSON."""
    return write_text(json.dumps(record.model_dump(mode="json"), indent=1) + "\n", path)


def committed(root: Path) -> tuple[NotebookRun, ...]:
    """Returns the records that a checkout ships: by release, listing and seed."""
    remedy = "Give the path of a record that `repro era --notebook` wrote, or run it again."
    paths = [path for path in (root / FOLDER).glob("*.json") if says(path, SCHEMA)]
    found = [validated(NotebookRun, path, LARGEST_BYTES, remedy=remedy) for path in paths]
    names = list(RELEASES)

    def place(run: NotebookRun) -> tuple[int, int, tuple[Change, ...], int]:
        plan = run.plan
        return names.index(run.release), plan.technique, plan.changes, plan.seed

    return tuple(sorted(found, key=place))
