"""The record of a release: one JSON file, validated field by field when it is read."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from repro.era.releases import RELEASES
from repro.errors import RecordError
from repro.probe import Fact, Floats
from repro.record import read_bounded, says, validated, write_text

SCHEMA: Literal["repro.era-record"] = "repro.era-record"
VERSION = 1
#: A record has some 50 kB; a larger file is refused unread.
LARGEST_BYTES = 2**20
#: Where the project keeps the records of all releases.
FOLDER = Path("results", "era")

Word = Annotated[str, Field(max_length=200)]
Sentence = Annotated[str, Field(max_length=2000)]
Name = Annotated[str, Field(pattern=r"^[a-z0-9_.]{1,80}$")]
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
    try:
        return Measured.model_validate_json(read_bounded(path, LARGEST_BYTES))
    except (OSError, ValueError) as error:
        raise RecordError(
            path,
            found=" ".join(str(error).split())[:500],
            expected="what repro/era/listings writes",
            remedy="Run `repro era` again.",
        ) from error


def read(path: Path) -> EraRecord:
    """Reads and validates a record.

    Raises:
        RecordError: the file is missing, too large, no JSON, or no record of a known version.
    """
    remedy = "Give the path of a record that `repro era` wrote, or run it again."
    return validated(EraRecord, path, LARGEST_BYTES, remedy=remedy)


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
    """Returns the records that a checkout ships, by release, in the order of the releases."""
    paths = [path for path in (root / FOLDER).glob("*.json") if says(path, SCHEMA)]
    found = {record.release: record for record in map(read, paths)}
    return {name: found[name] for name in RELEASES if name in found}
