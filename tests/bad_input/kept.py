"""Checkpoints and caches: files of the project's own that something has damaged."""

from __future__ import annotations

import io
import json
import os
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from repro import checkpoint, features, pictures
from repro.checkpoint import Checkpoint
from repro.features import FeatureKey
from tests.bad_input.case import Action, Case
from tests.bad_input.pictures import drawn

Damage = Callable[[bytes, np.random.Generator], bytes]

META = {"history": {name: [0.5] * 3 for name in ("accuracy", "loss", "val_accuracy", "val_loss")}}
ARRAYS = {"weight-0": np.arange(12, dtype=np.float32).reshape(3, 4), "optimizer-0": np.int64(7)}


def flip(content: bytes, places: list[int], generator: np.random.Generator) -> bytes:
    changed = bytearray(content)
    changed[places[int(generator.integers(len(places)))]] ^= 1 << int(generator.integers(8))
    return bytes(changed)


def kinds(content: bytes) -> dict[str, list[int]]:
    """Returns the places of each field of an npz archive that NumPy wrote."""
    found: dict[str, list[int]] = {}

    def note(name: str, start: int, length: int) -> None:
        found.setdefault(name, []).extend(range(start, start + length))

    local = [("signature", 4), ("version", 2), ("flags", 2), ("method", 2), ("time", 4), ("CRC", 4),
             ("packed size", 4), ("size", 4), ("name length", 2), ("extra length", 2)]  # fmt: skip
    central = [("signature", 4), ("made by", 2), *local[1:8], ("name length", 2),
               ("extra length", 2), ("comment length", 2), ("disk", 2), ("attributes", 6),
               ("offset", 4)]  # fmt: skip
    end = [*((name, 4) for name in ("signature", "disks", "counts", "size", "offset")),
           ("comment", 2)]  # fmt: skip
    for title, mark, fields in (
        ("local", b"PK\x03\x04", local),
        ("central", b"PK\x01\x02", central),
        ("end", b"PK\x05\x06", end),
    ):
        start = content.find(mark)
        while start >= 0:
            place = start
            for name, length in fields:
                note(f"{title} {name}", place, length)
                place += length
            if title == "central":
                length = int.from_bytes(content[start + 28 : start + 30], "little")
                note("central name", start + 46, length)
            start = content.find(mark, start + 4)
    start = content.find(b"\x93NUMPY")
    while start >= 0:
        note("array's magic", start, 8)
        note("array's header length", start + 8, 2)
        note("array's header", start + 10, 60)
        note("array's values", start + 128, 4)
        start = content.find(b"\x93NUMPY", start + 4)
    return found


def saved(folder: Path) -> Path:
    checkpoint.save(folder, Checkpoint(2, ARRAYS, META))
    return checkpoint.save(folder, Checkpoint(3, ARRAYS, META))


def same(found: Checkpoint, epoch: int = 3) -> None:
    assert (found.epoch, found.meta) == (epoch, META)
    assert found.arrays.keys() == ARRAYS.keys()
    for name, value in ARRAYS.items():
        np.testing.assert_array_equal(found.arrays[name], value)


def read(damage: Damage) -> Callable[..., Action]:
    """The damaged checkpoint is read as it was, or refused; then the one before is taken."""

    def make(folder: Path, generator: np.random.Generator) -> Action:
        path = saved(folder / "run")
        path.write_bytes(damage(path.read_bytes(), generator))

        def act() -> None:
            found = checkpoint.latest(folder / "run")
            assert found is not None, "nothing is left of two checkpoints"
            same(found, found.epoch)
            same(checkpoint.read(path))

        return act

    return make


def at(kind: str) -> Damage:
    return lambda content, generator: flip(content, kinds(content)[kind], generator)


def made_of(arrays: dict[str, Any], meta: Any) -> Damage:
    def damage(_: bytes, __: np.random.Generator) -> bytes:
        stream = io.BytesIO()
        text = np.frombuffer(meta if isinstance(meta, bytes) else json.dumps(meta).encode(), "u1")
        np.savez(stream, **{"meta.json": text}, **arrays)
        return stream.getvalue()

    return damage


def bomb(content: bytes, _: np.random.Generator) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as made:
        head = io.BytesIO()
        np.lib.format.write_array_header_1_0(
            head, {"descr": "<f8", "fortran_order": False, "shape": (2**34,)}
        )
        made.writestr("weight-0.npy", head.getvalue() + bytes(2**20))
    return stream.getvalue()


def _wrong() -> Iterator[tuple[str, Damage]]:
    whole = {"version": checkpoint.VERSION, "epoch": 3, "arrays": sorted(ARRAYS), **META}
    for version in (0, checkpoint.VERSION + 1, 99, str(checkpoint.VERSION), None, [1]):
        yield f"version {version!r}", made_of(ARRAYS, {**whole, "version": version})
    for epoch in ("3", None, -1, 2.5, [3], True):
        yield f"epoch {epoch!r}", made_of(ARRAYS, {**whole, "epoch": epoch})
    for arrays in (None, 3, [], [[]], {"weight-0": 1}, ["weight-0"], "weight-0"):
        yield f"arrays {arrays!r}", made_of(ARRAYS, {**whole, "arrays": arrays})
    for meta in ([], None, 3, "text", {}, {"version": 1}, {"epoch": 3}):
        yield f"notes {meta!r}", made_of(ARRAYS, meta)
    yield "notes that are no JSON", made_of(ARRAYS, b"{'version': 1}")
    yield "notes that are no text", made_of(ARRAYS, b"\xff\xfe")
    yield "notes without end", made_of(ARRAYS, b"[" * 100_000)
    pickled = np.array([{"a": 1}, None], dtype=object)
    yield "a pickle", made_of({**ARRAYS, "weight-1": pickled}, whole)
    yield "128 GiB", bomb
    yield "empty", lambda *_: b""
    yield "one array", lambda *_: b"\x93NUMPY\x01\x00v\x00" + b" " * 118
    yield "text", lambda *_: b"the checkpoint"
    yield "zeros", lambda content, _: bytes(len(content))
    yield "cut by one", lambda content, _: content[:-1]
    yield "doubled", lambda content, _: content[:-9] + content


# ------------------------------------------------------------------------------------------ caches


def remade(name: str, damage: Damage) -> Callable[..., Action]:
    """A damaged cache gives the same bits: it is made anew."""

    def make(folder: Path, generator: np.random.Generator) -> Action:
        paths = []
        for number in (1, 2, 3):
            paths.append(folder / f"cat.{number}.jpg")
            paths[-1].write_bytes(drawn()["cats", number])
        cache = folder.parent / "home"
        os.environ["REPRO_HOME"] = str(cache)  # where the action looks, too
        key = FeatureKey("p", "w", "b", "r", "float32", "s")

        def load() -> tuple[bytes, bytes]:
            values = pictures.load(paths, size=(8, 9))
            mean = lambda v: v.mean((1, 2), dtype=np.float32)  # noqa: E731
            maps = features.extract(mean, values, key, shape=(3,))
            return values.tobytes(), np.array(maps).tobytes()

        before = load()
        (path,) = cache.rglob(name)
        path.write_bytes(damage(path.read_bytes(), generator))

        def act() -> None:
            assert load() == before

        return act

    return make


def _anywhere(content: bytes, generator: np.random.Generator) -> bytes:
    return flip(content, list(range(len(content))), generator)


def _cut(content: bytes, generator: np.random.Generator) -> bytes:
    return content[: int(generator.integers(len(content)))]


def cases() -> Iterator[Case]:
    stream = io.BytesIO()
    np.savez(stream, **{"meta.json": np.zeros(200, "u1")}, **ARRAYS)  # type: ignore[arg-type]
    for kind in kinds(stream.getvalue()):
        for number in range(4):
            yield Case("checkpoints: damaged", f"{kind} {number}", read(at(kind)), None, "epoch-")
    for number in range(20):
        yield Case("checkpoints: truncated", f"{number}", read(_cut), False, "epoch-00003.npz")
    for name, damage in _wrong():
        kind = "checkpoints: wrong, of the future"
        yield Case(kind, name, read(damage), None if name == "doubled" else False, "epoch-00003")
    files = ("pictures/*.npy", "pictures/*.json", "features/*.npy", "features/*.sha256",
             "features/*.seconds")  # fmt: skip
    for file in files:
        for name, damage in {
            **{f"flipped {number}": _anywhere for number in range(6)},
            **{f"cut {number}": _cut for number in range(3)},
            "empty": lambda *_: b"",
            "noise": lambda content, generator: generator.bytes(len(content)),
            "nested": lambda *_: b"[" * 100_000,
        }.items():
            yield Case("caches: damaged", f"{file} {name}", remade(file, damage), True)
