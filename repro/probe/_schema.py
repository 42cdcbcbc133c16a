"""The drift probe as one JSON file, validated field by field when it is read."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from repro import environment, record
from repro.record import Share

SCHEMA: Literal["repro.drift-probe"] = "repro.drift-probe"
VERSION = 1
#: A probe has some 50 kB; a larger file is refused unread.
LARGEST_BYTES = 2**20

Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)


class Bits(_Part):
    """Something that has to be the same bits everywhere; there is no "nearly".

    Args:
        kind: always ``bits``.
        shape: of the array that was digested.
        sha256: of its bytes in C order, little-endian.
    """

    kind: Literal["bits"] = "bits"
    shape: tuple[int, ...]
    sha256: Sha256


class Floats(_Part):
    """float32 values, all of them or evenly picked ones.

    Args:
        kind: always ``floats``.
        shape: of the whole array.
        sha256: of the whole array's float32 bytes in C order, little-endian.
        every: the distance between two picked values of the flattened array; 1 picks all.
        values: the picked ones, exact: every float32 is a number of JSON.
    """

    kind: Literal["floats"] = "floats"
    shape: tuple[int, ...]
    sha256: Sha256
    every: Annotated[int, Field(ge=1)]
    values: Annotated[tuple[float, ...], Field(min_length=1)]


class Fact(_Part):
    """A yes, a no, a count or a word.

    Args:
        kind: always ``fact``.
        value: None if this framework has nothing to look at.
    """

    kind: Literal["fact"] = "fact"
    value: bool | int | str | None


Quantity = Annotated[Bits | Floats | Fact, Field(discriminator="kind")]


class Agreement(_Part):
    """Technique 1 on the real pictures: what all drift together does to accuracy.

    Args:
        precision: of the base's computation.
        recipe: name of the recipe.
        seeds: of the runs.
        val_accuracy: after the last epoch, one value per seed.
        val_loss: the same.
        test_accuracy: of the trained classifier, one value per seed.
        validation_correct: for each seed, one character per validation picture: "1" classified
            correctly, "0" not, in the fold's order.
        inputs: SHA-256 of what the runs started from (pixels of each fold, weights).
    """

    precision: Literal["float32", "bfloat16"]
    recipe: str
    seeds: tuple[int, ...]
    val_accuracy: tuple[Share, ...]
    val_loss: tuple[float, ...]
    test_accuracy: tuple[Share, ...]
    validation_correct: tuple[Annotated[str, Field(pattern=r"^[01]+$")], ...]
    inputs: dict[str, Sha256]


class Probe(_Part):
    """What one environment computes from fixed inputs.

    Args:
        schema_name: always ``repro.drift-probe``.
        version: of this schema.
        label: the column's name: ``tf215``, …, ``jax``, ``torch``.
        weights: whether the base had the ImageNet tensors or seeded ones.
        weights_sha256: digest of those tensors.
        environment: processor, versions, backend, device.
        quantities: by name, in the order of the table.
        technique_1: where it was run in the same environment.
    """

    schema_name: Literal["repro.drift-probe"] = SCHEMA
    version: Annotated[int, Field(ge=1, le=VERSION)] = VERSION
    label: Annotated[str, Field(pattern=r"^[a-z0-9.-]{1,32}$")]
    weights: Literal["imagenet", "seeded"]
    weights_sha256: Sha256
    environment: dict[str, JsonValue]
    quantities: dict[str, Quantity]
    technique_1: Agreement | None = None

    def software(self) -> str:
        """Returns the versions that matter, as "TensorFlow 2.15.1, Keras 2.15.0"."""
        versions = self.environment.get("versions")
        found = versions if isinstance(versions, dict) else {}
        names = {"tensorflow": "TensorFlow", "jax": "JAX", "torch": "PyTorch"}
        backend = str(self.environment.get("backend"))
        packages = environment.TENSORFLOW if backend == "tensorflow" else (backend,)
        framework = next((str(found[name]) for name in packages if found.get(name)), "?")
        return f"{names.get(backend, backend)} {framework}, Keras {found.get('keras', '?')}"


def write(probe: Probe, path: Path) -> Path:
    """Writes a probe atomically, as JSON with a list a line: a diff is then a line a quantity."""
    text = json.dumps(probe.model_dump(mode="json"), allow_nan=False, indent=1)
    # No text holds a line break as such, so what begins with one is a list.
    plain_list = re.compile(r"\[\n[^][{}]*\n *\]")
    lines = plain_list.sub(lambda found: json.dumps(json.loads(found[0])), text)
    return record.write_text(lines + "\n", path)


def is_probe(path: Path) -> bool:
    """Tells whether a file says that it is a drift probe; it may still be damaged."""
    return record.says(path, SCHEMA)


def read(path: Path) -> Probe:
    """Reads and validates a probe.

    Raises:
        RecordError: the file is missing, too large, no JSON, or no probe of a known version.
    """
    remedy = "Give the path of a probe that `repro probe --output FILE` wrote."
    return record.validated(Probe, path, LARGEST_BYTES, remedy=remedy)
