"""Run records, ledgers and probes damaged at every kind of byte, of the future, or made up."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from repro import claims, record
from tests.bad_input.case import Action, Case, sparse
from tests.claims import fabricated
from tests.fuzz import harnesses
from tests.probe import fabricated as fabricated_probes

Made = bytes | Callable[[np.random.Generator], bytes]


@cache
def short() -> bytes:
    """A sound record of 20 kB, as it is written."""
    made = fabricated.record("technique-1", (0.9, 0.8), 12, n=40, observations=fabricated.sound())
    return (json.dumps(made.model_dump(mode="json"), indent=1) + "\n").encode()


@cache
def sound_probe() -> bytes:
    made = fabricated_probes.probe()
    made = made.model_copy(update={"technique_1": fabricated_probes.ran(0.9, 0.89)})
    return json.dumps(made.model_dump(mode="json"), indent=1).encode()


def other_probe() -> bytes:
    return edited(sound_probe, "label", value="other")


def compared(content: Made, sound: Callable[[], bytes] = short) -> Callable[..., Action]:
    """The file, given to ``repro compare`` beside a sound one."""

    def make(folder: Path, generator: np.random.Generator) -> Action:
        (folder / "given.json").write_bytes(
            content if isinstance(content, bytes) else content(generator)
        )
        (folder / "sound.json").write_bytes(sound())
        return ["compare", str(folder / "sound.json"), str(folder / "given.json")]

    return make


def judged(content: bytes) -> Callable[..., Action]:
    """The record, read and used as ``repro report`` uses it, but for the curves."""

    def make(folder: Path, _: np.random.Generator) -> Action:
        (folder / "given.json").write_bytes(content)
        return lambda: harnesses.use_records([record.read(folder / "given.json")])

    return make


def reported(content: Made) -> Callable[..., Action]:
    def make(folder: Path, generator: np.random.Generator) -> Action:
        path = folder / "given.json"
        path.write_bytes(content if isinstance(content, bytes) else content(generator))
        page = folder.parent / "out" / "page.html"
        return ["report", str(path), "--output", str(page)]

    return make


# ----------------------------------------------------------------------------------- kinds of bytes


def kinds(content: bytes) -> dict[str, list[int]]:
    """Returns the places of each kind of byte in a JSON text."""
    found: dict[str, list[int]] = {}
    inside = False
    for place, byte in enumerate(content):
        character = chr(byte)
        if character == '"':
            kind, inside = ("closing quote" if inside else "opening quote"), not inside
        elif inside:
            kind = "letter of a text" if character.isalpha() else "other byte of a text"
        elif character in "{}[],:":
            kind = character
        elif character.isdigit():
            kind = "digit"
        elif character in "+-.eE":
            kind = "sign, point, exponent"
        else:
            kind = "white space" if character.isspace() else "letter of a constant"
        found.setdefault(kind, []).append(place)
    return found


DAMAGES: dict[str, Callable[[bytes, int, np.random.Generator], bytes]] = {
    "flipped": lambda c, p, g: c[:p] + bytes([c[p] ^ 1 << int(g.integers(8))]) + c[p + 1 :],
    "lost": lambda c, p, g: c[:p] + c[p + 1 :],
    "zeroed": lambda c, p, g: c[:p] + b"\0" + c[p + 1 :],
    "no UTF-8": lambda c, p, g: c[:p] + b"\xff" + c[p:],
    "twice": lambda c, p, g: c[: p + 1] + c[p:],
    "cut": lambda c, p, g: c[:p],
}


def damaged(sound: Callable[[], bytes], kind: str, damage: str) -> Made:
    def make(generator: np.random.Generator) -> bytes:
        places = kinds(sound())[kind]
        return DAMAGES[damage](sound(), places[int(generator.integers(len(places)))], generator)

    return make


# --------------------------------------------------------------------------------------- wrong data


def edited(sound: Callable[[], bytes], *path: str | int, value: Any = None) -> bytes:
    """Replaces one value of a file; ``...`` in its place takes it out."""
    plain = json.loads(sound())
    node = plain
    for part in path[:-1]:
        node = node[part]
    if value is ...:
        del node[path[-1]]
    else:
        node[path[-1]] = value
    return json.dumps(plain).encode()


def _refused() -> Iterator[tuple[str, bytes]]:
    for version in (0, 2, 99, -1, "1", None, 1.5, [1], True):
        yield f"version {version!r}", edited(short, "version", value=version)
    yield "another schema", edited(short, "schema_name", value="repro.future")
    yield "an unknown field", edited(short, "added_in_version_2", value=1)
    for name in ("experiment", "runs", "names", "recipe", "observations", "timings", "started"):
        for value in (None, 1, "x", [1], {"a": [None]}, True):
            fits = (name in ("recipe", "observations") and isinstance(value, dict)) or (
                name in ("experiment", "started") and isinstance(value, str)
            )
            if not fits:
                yield f"{name} = {value!r}", edited(short, name, value=value)
    for name in ("accuracy", "loss", "val_accuracy", "val_loss", "seconds"):
        place = ("runs", 0, "history", name)
        yield f"{name} missing", edited(short, *place, value=...)
        yield f"{name} too short", edited(short, *place, value=[0.5])
        yield f"{name} of texts", edited(short, *place, value=["x"] * 12)
    for name, value in (("n", -1), ("n", 0.5), ("correct", -3), ("accuracy", 1.5),
                        ("accuracy", -0.1), ("accuracy", float("nan")), ("loss", None),
                        ("confusion", [[1, 2]]), ("probabilities", [2.0])):  # fmt: skip
        place = ("runs", 0, "evaluations", "test", name)
        yield f"test {name} = {value}", edited(short, *place, value=value)
    yield "a fold of another name", edited(short, "runs", 0, "evaluations", "holdout", value={})
    yield "an empty file", b""
    yield "a list", b"[]"
    yield "null", b"null"
    yield "no JSON", b"the record"
    yield "nested without end", b"[" * 100_000
    yield (
        "nested inside",
        edited(short, "observations", value={}).replace(
            b'"observations": {}', b'"observations": {"x": ' + b"[" * 5000 + b"]" * 5000 + b"}"
        ),
    )
    yield "UTF-16", short().decode().encode("utf-16")
    yield "a ledger", json.dumps(claims.ledger(claims.judge([]))).encode()
    yield "a probe", sound_probe()
    yield "a web page", b"<!DOCTYPE html><html>404</html>"
    yield "a pickle", b"\x80\x04cposix\nsystem\n(S'true'\ntR."


def _placed() -> Iterator[tuple[str, Callable[[Path], object]]]:
    yield "missing", lambda path: None
    yield "an empty folder", Path.mkdir
    yield "a pipe", os.mkfifo
    yield "a link to itself", lambda path: path.symlink_to(path.name)
    yield "a device", lambda path: path.symlink_to("/dev/zero")
    yield "eight gigabytes", sparse


def placed(put: Callable[[Path], object], first: bool) -> Callable[..., Action]:
    def make(folder: Path, _: np.random.Generator) -> Action:
        put(folder / "given.json")
        (folder / "sound.json").write_bytes(short())
        names = ["given.json", "sound.json"]
        return ["compare", *(str(folder / name) for name in (names if first else names[::-1]))]

    return make


WRONG: tuple[Any, ...] = (None, [], {"a": None}, 1e308, [1, "x"])


def cases() -> Iterator[Case]:
    for name, sound, beside in (("records", short, short), ("probes", sound_probe, other_probe)):
        kind = f"{name}: damaged"
        for byte in kinds(sound()):
            for damage in DAMAGES:
                made = damaged(sound, byte, damage)
                yield Case(kind, f"{byte} {damage}", compared(made, beside), None, "given.json")
    for name, content in _refused():
        yield Case("records: wrong, of the future", name, compared(content), False, "given.json")
    for version in (0, 2, 99, "1", None):
        content = edited(sound_probe, "version", value=version)
        kind = "probes: wrong, of the future"
        yield Case(
            kind, f"version {version!r}", compared(content, other_probe), False, "given.json"
        )
    for field in ("label", "weights", "weights_sha256", "environment", "quantities"):
        for value in (..., None, 3, "../x", {"x": 1}, {"x": {"kind": "floats"}}):
            if not (field == "environment" and isinstance(value, dict)):
                content = edited(sound_probe, field, value=value)
                yield Case(kind, f"{field} = {value!r}", compared(content, other_probe), False,
                           "given.json")  # fmt: skip
    for name, put in _placed():
        for first in (True, False):
            yield Case("records: wrong, of the future", f"{name}, {first}", placed(put, first),
                       False, "given.json")  # fmt: skip
    for observation in fabricated.sound():
        for number, value in enumerate(WRONG):
            content = edited(short, "observations", observation, value=value)
            yield Case("records: observations of other kinds", f"{observation} {number}",
                       judged(content), None)  # fmt: skip
    kind = "records: given to the page"
    for number in range(6):
        made = damaged(short, "digit", "flipped")
        yield Case(kind, f"{number}", reported(made), None, "given.json")
    yield Case(kind, "of the future", reported(edited(short, "version", value=2)), False, "given")
    yield Case(kind, "sound", reported(short()), True)
