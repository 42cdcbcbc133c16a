"""The run record: everything a verdict rests on, as one JSON file.

A record is data and never code: it is validated field by field when it is read, whoever wrote it.
"""

from __future__ import annotations

import errno
import json
import os
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, BinaryIO, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, JsonValue, ValidationError, model_validator

from repro.errors import RecordError

SCHEMA: Literal["repro.run-record"] = "repro.run-record"
VERSION = 1
#: No record comes near this size; a larger file is refused unread.
LARGEST_BYTES = 64 * 2**20

Share = Annotated[float, Field(ge=0, le=1)]
Count = Annotated[int, Field(ge=0)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, ser_json_inf_nan="strings")


class History(_Part):
    """What happened epoch by epoch; every list has one value per epoch.

    Args:
        accuracy: training accuracy over the epoch's batches, a share.
        loss: training binary cross-entropy, in nats.
        val_accuracy: validation accuracy after the epoch, a share.
        val_loss: validation binary cross-entropy, in nats.
        seconds: wall time of the epoch; if seeds share a pass, of the shared epoch.
    """

    accuracy: tuple[Share, ...]
    loss: tuple[float, ...]
    val_accuracy: tuple[Share, ...]
    val_loss: tuple[float, ...]
    seconds: tuple[float, ...]

    @model_validator(mode="after")
    def _lengths_agree(self) -> History:
        lengths = {name: len(getattr(self, name)) for name in type(self).model_fields}
        if len(set(lengths.values())) != 1:
            raise ValueError(f"the lists of a history differ in length: {lengths}")
        return self


class Evaluation(_Part):
    """A trained model on a whole fold.

    Args:
        n: number of pictures.
        correct: how many were classified correctly at threshold 0.5.
        accuracy: correct / n.
        loss: mean binary cross-entropy, in nats.
        confusion: counts, [[cats as cats, cats as dogs], [dogs as cats, dogs as dogs]].
        probabilities: of "dog", one per picture, in the fold's order (see ``RunRecord.names``).
    """

    n: Count
    correct: Count
    accuracy: Share
    loss: float
    confusion: tuple[tuple[Count, Count], tuple[Count, Count]]
    probabilities: tuple[Share, ...]


class SeedRun(_Part):
    """One training run from one seed.

    Args:
        seed: of the classifier's initial weights, the order of pictures, dropout and augmentation.
        history: the epochs.
        evaluations: the trained model on whole folds ("validation", "test").
    """

    seed: int
    history: History
    evaluations: dict[Literal["train", "validation", "test"], Evaluation]


class RunRecord(_Part):
    """A run, or the set of runs that one command made.

    Args:
        schema_name: always ``repro.run-record``.
        version: of this schema; an older version is read, a newer one refused.
        experiment: the name of what was run ("technique-1", "unfrozen", …).
        technique: the chapter's technique, 0 to 3; None where nothing was trained.
        demonstration: True where the pictures or the weights are not the real ones. Such a record
            is no evidence about the chapter.
        recipe: the switches of :class:`repro.recipe.Recipe`.
        settings: everything else that shaped the run (precision, epochs, numbering, …).
        runs: one entry per seed.
        names: file names of each evaluated fold's pictures, in order.
        observations: what was measured without training, by name (layer tables, counts, …).
        environment: processor, versions, backend, device.
        digests: SHA-256 of data, weights, code.
        timings: seconds and rates of the run's parts.
        command: the exact command that makes this record again.
        started: ISO 8601, UTC.
        finished: ISO 8601, UTC.
    """

    schema_name: Literal["repro.run-record"] = SCHEMA
    version: Annotated[int, Field(ge=1, le=VERSION)] = VERSION
    experiment: str
    technique: Literal[0, 1, 2, 3] | None = None
    demonstration: bool = False
    recipe: dict[str, JsonValue] = Field(default_factory=dict)
    settings: dict[str, JsonValue] = Field(default_factory=dict)
    runs: tuple[SeedRun, ...] = ()
    names: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    observations: dict[str, JsonValue] = Field(default_factory=dict)
    environment: dict[str, JsonValue] = Field(default_factory=dict)
    digests: dict[str, str] = Field(default_factory=dict)
    timings: dict[str, float] = Field(default_factory=dict)
    command: str = ""
    started: str = ""
    finished: str = ""

    @property
    def engine(self) -> str:
        """What computed the frozen base; records from before there was a choice do not say."""
        return str(self.settings.get("engine", "keras"))

    @property
    def computed_in(self) -> str:
        """The base's precision, with its engine where that is not Keras: "float32 on ncnn"."""
        precision = str(self.settings.get("precision", ""))
        return precision if self.engine == "keras" else f"{precision} on {self.engine}"


def write(record: RunRecord, path: Path) -> Path:
    """Writes a record atomically: ``path`` holds the old or the new record, never half of one."""
    text = json.dumps(record.model_dump(mode="json"), indent=1, allow_nan=False)
    return write_text(text + "\n", path)


def write_text(text: str, path: Path) -> Path:
    """Writes a text file atomically, making its folder where it is missing."""
    with replacing(path) as stream:
        stream.write(text.encode())
    return path


@contextmanager
def replacing(path: Path) -> Iterator[BinaryIO]:
    """Opens a file that replaces ``path`` when the block ends; if it fails, nothing is left behind.

    The folder is made if it is missing. Only a killed process leaves something: ``.NAME.*``.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as stream:
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
        temporary.chmod(0o644)
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def says(path: Path, schema: str) -> bool:
    """Returns whether a file claims to follow a schema. It may still be damaged."""
    try:
        if not path.is_file():  # opening a pipe would never end
            return False
        with path.open("rb") as stream:
            return f'"{schema}"'.encode() in stream.read(400)
    except OSError:
        return False


def is_record(path: Path) -> bool:
    """Returns whether a file says of itself that it is a run record. It may still be damaged."""
    return says(path, SCHEMA)


def read_bounded(path: Path, largest: int) -> bytes:
    """Reads a file whole.

    Raises:
        OSError: it cannot be read, is no regular file, or has more than ``largest`` bytes.
    """
    with open(path, "rb", opener=_without_waiting) as stream:
        state = os.fstat(stream.fileno())
        if not stat.S_ISREG(state.st_mode):
            raise OSError(errno.EINVAL, "no regular file", str(path))
        if state.st_size > largest:
            raise OSError(errno.EFBIG, f"a file of {state.st_size:,} bytes", str(path))
        return stream.read(largest)


def _without_waiting(path: str, flags: int) -> int:
    # A pipe that nobody writes to would otherwise be waited for.
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))


def read(path: Path) -> RunRecord:
    """Reads and validates a record.

    Raises:
        RecordError: the file is missing, too large, no JSON, or not a record of a known version.
    """
    remedy = "Give the path of a record that `python -m repro --output DIR` wrote."
    return validated(RunRecord, path, LARGEST_BYTES, remedy=remedy)


_Model = TypeVar("_Model", bound=BaseModel)


def validated(model: type[_Model], path: Path, largest: int, *, remedy: str) -> _Model:
    """Reads a JSON file of at most ``largest`` bytes that has a ``schema_name`` and a ``version``.

    Raises:
        RecordError: the file cannot be read or does not fit the model; the error has the remedy.
    """
    schema, version = (model.model_fields[name].default for name in ("schema_name", "version"))
    try:
        return model.model_validate_json(read_bounded(path, largest))
    except OSError as error:
        found = error.strerror or "no readable file"
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"]) or "the file"
        found = f"{first['msg']} at {place} ({error.error_count()} problems in all)"
    expected = f"a {schema} JSON file of version 1 to {version}"
    raise RecordError(path, found=found, expected=expected, remedy=remedy)
