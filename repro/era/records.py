"""The record of a release: one JSON file, validated field by field when it is read."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from repro.era.releases import RELEASES
from repro.errors import RecordError
from repro.probe import Fact, Floats
from repro.record import read_bounded, says, write_text

SCHEMA: Literal["repro.era-record"] = "repro.era-record"
VERSION = 1
#: A record has some 50 kB; a larger file is refused unread.
LARGEST_BYTES = 2**20
#: Where the project keeps the records of all releases.
FOLDER = Path("results", "era")

Word = Annotated[str, Field(max_length=200)]
Sentence = Annotated[str, Field(max_length=2000)]
Name = Annotated[str, Field(pattern=r"^[a-z0-9_.]{1,80}$")]
Model = TypeVar("Model", bound=BaseModel)
Quantity = Annotated[Floats | Fact, Field(discriminator="kind")]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Environment(_Part):
    """What a release was measured on.

    Args:
        python: version of the interpreter.
        versions: of Keras, TensorFlow, NumPy and others, as they say themselves.
        platform: the operating system.
        processor: its name.
        cores: how many.
    """

    python: Word
    versions: dict[Word, Word]
    platform: Word
    processor: Word
    cores: Annotated[int, Field(ge=1)] | None


class Measured(_Part):
    """What the listings wrote.

    Args:
        environment: see :class:`Environment`.
        quantities: by name.
        failures: what this release could not do, with its error, by the name of the measurement.
    """

    environment: Environment
    quantities: dict[Name, Quantity]
    failures: dict[Name, Sentence]


class EraRecord(_Part):
    """One release's record.

    Args:
        schema_name: always ``repro.era-record``.
        version: of this schema.
        release: its name.
        requirements: what was installed, pinned.
        measured: what its listings wrote; None where nothing could be installed or run.
        error: why not, in the words of pip or Python; None where it could.
    """

    schema_name: Literal["repro.era-record"] = SCHEMA
    version: Annotated[int, Field(ge=1, le=VERSION)] = VERSION
    release: Word
    requirements: tuple[Word, ...]
    measured: Measured | None
    error: Sentence | None = None


def parse_measured(path: Path) -> Measured:
    """Reads what the listings wrote.

    Raises:
        RecordError: the file is missing, too large, or something else.
    """
    return _validated(path, Measured, "what repro/era/listings writes")


def read(path: Path) -> EraRecord:
    """Reads and validates a record.

    Raises:
        RecordError: the file is missing, too large, no JSON, or no record of a known version.
    """
    return _validated(path, EraRecord, f"a {SCHEMA} JSON file of version 1 to {VERSION}")


def _validated(path: Path, model: type[Model], expected: str) -> Model:
    remedy = "Give the path of a record that `repro era` wrote, or run it again."
    try:
        return model.model_validate_json(read_bounded(path, LARGEST_BYTES))
    except OSError as error:
        found = error.strerror or "no readable file"
        raise RecordError(path, found=found, expected=expected, remedy=remedy) from error
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"]) or "the file"
        found = f"{first['msg']} at {place} ({error.error_count()} problems in all)"
        raise RecordError(path, found=found, expected=expected, remedy=remedy) from error


def write(record: EraRecord, path: Path) -> Path:
    """Writes a record atomically, as JSON with a line a quantity."""
    plain = record.model_dump(mode="json")
    quantities = (plain["measured"] or {}).pop("quantities", {})
    text = json.dumps(plain, allow_nan=False, indent=1)
    lines = [
        f"   {json.dumps(name)}: {json.dumps(found, allow_nan=False)}"
        for name, found in sorted(quantities.items())
    ]
    body = "".join(('  "quantities": {\n', ",\n".join(lines), "\n  },\n"))
    return write_text(text.replace('  "failures":', body + '  "failures":', 1) + "\n", path)


def committed(root: Path) -> dict[str, EraRecord]:
    """Returns the records that the project ships, by release, in the order of the releases.

    Args:
        root: of the checkout.
    """
    paths = sorted((root / FOLDER).glob("*.json"))
    found = {record.release: record for record in map(read, filter(_is_record, paths))}
    return {name: found[name] for name in RELEASES if name in found}


def _is_record(path: Path) -> bool:
    return says(path, SCHEMA)
