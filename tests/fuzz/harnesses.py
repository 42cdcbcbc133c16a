"""What a fuzzer calls: each function takes any bytes and raises only where a reader is at fault.

The readers may refuse with :class:`repro.errors.ReproError`. Everything else that they let
through is a crash. The first byte of the input chooses between the bytes themselves as a file, and
a file built from them that gets past the outermost checks.
"""

from __future__ import annotations

import io
import json
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from copy import deepcopy
from pathlib import Path
from typing import Any
from unittest import mock

from repro import claims, probe, record, weights
from repro.cli import reporting
from repro.dataset import archives
from repro.dataset.decoding import UndecodableError, decode
from repro.errors import ReproError
from repro.probe import drift, tables
from repro.report import _page, compare, compare_table
from repro.weights import _apart, _finding, _hdf5
from tests.claims import fabricated
from tests.fuzz import forked, small_weights
from tests.fuzz.tape import Tape
from tests.probe import fabricated as fabricated_probes

RAW = 0


@contextmanager
def _file(content: bytes, name: str) -> Iterator[Path]:
    shared = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=shared if shared.is_dir() else None) as folder:
        path = Path(folder) / name
        path.write_bytes(content)
        yield path


# ----------------------------------------------------------------------------------------- archives


def archive(data: bytes) -> None:
    """Opens a zip archive of originals, reads every picture in it and decodes it."""
    content = data[1:] if data[:1] == bytes([RAW]) else _archive(Tape(data[1:]))
    # Without the checksum: a fuzzer would never get past it, an attacker would.
    with (
        _file(content, "originals.zip") as path,
        mock.patch.object(zipfile.ZipExtFile, "_update_crc", lambda *_: None),
        suppress(ReproError),
        archives.opened(path, path.parent) as (layout, read),
    ):
        for candidate in list(layout.candidates.values())[:16]:
            with suppress(ReproError, UndecodableError):
                decode(read(candidate), draft=(32, 32))


NAMES = (
    "cat.1.jpg", "train/dog.2.jpg", "PetImages/Cat/0.jpg", "PetImages\\Dog\\1.jpg", "train.zip",
    "dogs-vs-cats.zip", "../cat.3.jpg", "/cat.4.jpg", "C:cat.5.jpg", "cat.1.jpg/",
    "cat.999999999.jpeg",
)  # fmt: skip


def _archive(tape: Tape, depth: int = 0) -> bytes:
    """Builds an archive of members by the tape's choices, then overwrites some of its bytes."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as made:
        for _ in range(1 + tape.number(6)):
            name = tape.choice(NAMES)
            if tape.number(8) == 0:
                name += tape.take(tape.number(12)).decode("latin-1")
            info = zipfile.ZipInfo(name.replace("\0", "") or "x")
            info.compress_type = tape.choice((zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED))
            info.external_attr = tape.choice((0, 0o100644 << 16, 0o120777 << 16, 0x10))
            info.extra = b"\x99\x99\x04\x00" + tape.take(4).ljust(4) if tape.number(4) == 0 else b""
            if name.endswith(".zip") and depth < 2:
                content = _archive(tape, depth + 1)
            else:
                content = PICTURE[: tape.number(2000)] + tape.take(tape.number(40))
            made.writestr(info, content)
    return _overwritten(stream.getvalue(), tape)


def _overwritten(content: bytes, tape: Tape) -> bytes:
    """Changes up to seven spots, most of them near the end, where a zip keeps its directory."""
    changed = bytearray(content)
    for _ in range(tape.number(8)):
        place = tape.number(1 << 16) % min(len(changed), tape.choice((120, 400, 1 << 20)))
        new = tape.choice((b"\0", b"\xff", b"\xff" * 4, b"\xff" * 8, None))
        new = tape.take(1 + tape.number(4)) if new is None else new
        start = len(changed) - 1 - place
        changed[start : start + len(new)] = new
    return bytes(changed)


def _picture() -> bytes:
    from tests.dataset import drawing

    return drawing.encode(drawing.draw(("cats", 1)), quality=40)


PICTURE = _picture()


# ------------------------------------------------------------------------------- records and probes


def read_record(data: bytes) -> None:
    """Reads a run record, judges it, compares it and prints what a page prints of it."""
    if data[:1] == bytes([RAW]):
        content = data[1:]
    else:
        content = json.dumps(_edited(RECORD, Tape(data[1:]))).encode()
    with _file(content, "record.json") as path:
        record.is_record(path)
        with suppress(ReproError):
            reporting.read_records([path.parent])
        with suppress(ReproError):
            use_records([record.read(path)])


def use_records(records: list[record.RunRecord]) -> None:
    """Does with records what the commands do, short of drawing curves."""
    judgements = claims.judge(records)
    json.dumps(claims.ledger(judgements), allow_nan=False)
    claims.table(judgements, demonstration=False)
    compare_table(compare(records, SOUND))
    compare_table(compare(SOUND, records))
    with mock.patch.object(_page, "_figures"):
        _page.page(records)


def read_probe(data: bytes) -> None:
    """Reads a drift probe and makes the drift table of it beside a sound one."""
    if data[:1] == bytes([RAW]):
        content = data[1:]
    else:
        content = json.dumps(_edited(PROBE, Tape(data[1:]))).encode()
    with _file(content, "probe.json") as path:
        probe.is_probe(path)
        reporting.are_probes(path.parent)
        with suppress(ReproError):
            found = probe.read(path)
            for order in ([SOUND_PROBE, found], [found, SOUND_PROBE], [found]):
                with suppress(ReproError):
                    compared = drift.drift(tables.columns(order), order[0].label)
                    tables.terminal(compared)
                    tables.markdown(compared)


def records(data: bytes) -> None:
    """A run record or a drift probe, as the second byte says."""
    (read_probe if data[1:2] == b"p" else read_record)(data[:1] + data[2:])


VALUES: tuple[Any, ...] = (
    None, True, False, 0, 1, -1, 0.5, 2, 3, 1000, 2**31, 2**63, 2**70, -(2**70), 1e308, -1e-320,
    float("nan"), float("inf"), "", "NaN", "Infinity", "x", "cat", "\ud800", "\0", "<script>",
    "\u202e",
    [], [0], [0, 1], ["a", "b"], [[1, 2], [3, 4]], {}, {"a": 1}, {"name": "today"}, {"name": []},
    "technique-1", "technique-2", "technique-3", "from-scratch", "unfrozen", "repro.run-record",
)  # fmt: skip


def _edited(plain: Any, tape: Tape) -> Any:
    """Replaces, removes, repeats or adds values of a JSON tree, by the tape's choices."""
    plain = json.loads(plain)
    for _ in range(1 + tape.number(5)):
        parent: Any = None
        key: Any = None
        node = plain
        for _ in range(1 + tape.number(8)):
            if not isinstance(node, (dict, list)) or not node:
                break
            keys = list(node) if isinstance(node, dict) else range(len(node))
            parent, key = node, tape.choice(keys)
            node = parent[key]
        if parent is None:
            break
        match tape.number(6):
            case 0:
                del parent[key]
            case 1 if isinstance(parent, dict):
                parent[tape.choice(VALUES[18:27])] = deepcopy(tape.choice(VALUES))
            case 2 if isinstance(parent, list):
                parent.append(deepcopy(node))
            case 3 if isinstance(node, (int, float)):
                parent[key] = node + tape.choice((-1, 1, 0.5, 1e-9))
            case _:
                parent[key] = deepcopy(tape.choice(VALUES))
    return plain


def _sound_record() -> record.RunRecord:
    # The other experiments' rules need runs on whole folds, which makes a record long; these are
    # the shortest that are judged.
    found = fabricated.sound()
    made = fabricated.record("technique-2", (0.9, 0.89), observations=found, timings={"seconds": 9})
    return made.model_copy(update={"technique": 2})


SOUND = [_sound_record()]
RECORD = SOUND[0].model_dump_json()
SOUND_PROBE = fabricated_probes.probe("other")
PROBE = (
    fabricated_probes.probe()
    .model_copy(update={"technique_1": fabricated_probes.ran(0.9, 0.89)})
    .model_dump_json()
)


# ------------------------------------------------------------------------------------------ weights


def read_weights(data: bytes) -> None:
    """Reads a file of weights against the table of a small model.

    First in a fork: what the HDF5 library crashes on or doesn't come to an end with must be an
    error. Then, where it does neither, in this process, whose coverage the fuzzer sees.
    """
    content = data[1:] if data[:1] == bytes([RAW]) else _overwritten_file(Tape(data[1:]))
    with (
        _file(content, "weights.h5") as path,
        mock.patch.object(_finding, "TABLE", small_weights.SMALL),
        mock.patch.object(_apart, "ask", forked.ask),
        mock.patch.object(_apart, "CPU_SECONDS", 2),
    ):
        apart = _refusal(path)
        # Out of memory there is a matter of the other process's limits; there are none here.
        if "HDF5 library fails" in apart or "emory" in apart or "llocat" in apart:
            return
        with mock.patch.object(_apart, "read", _hdf5.read):
            assert _refusal(path) == apart


def _refusal(path: Path) -> str:
    try:
        weights.load(path)
    except ReproError as error:
        return error.found
    return ""


def _overwritten_file(tape: Tape) -> bytes:
    """Changes up to eight spots of a sound file."""
    changed = bytearray(tape.choice(small_weights.FILES))
    for _ in range(1 + tape.number(8)):
        start = tape.number(1 << 20) % len(changed)
        new = tape.choice((b"\0", b"\xff", b"\xff" * 4, b"\xff" * 8, None))
        new = tape.take(1 + tape.number(8)) if new is None else new
        changed[start : start + len(new)] = new
    return bytes(changed)


#: By the name that the command line knows.
HARNESSES: dict[str, Callable[[bytes], None]] = {
    "archive": archive,
    "records": records,
    "weights": read_weights,
}


def seeds(name: str) -> list[bytes]:
    """Returns inputs to begin with: sound files as they are, and empty tapes."""
    raw = bytes([RAW])
    if name == "archive":
        tapes = [bytes([1, 3, position, *range(position)]) for position in range(24)]
        return [raw, *tapes, *(raw + _archive(Tape(tape[1:])) for tape in tapes[::5])]
    if name == "records":
        tapes = [bytes([1, letter, 2, *range(n, n + 12)]) for letter in b"rp" for n in range(30)]
        short = fabricated.looked().model_dump_json().encode()
        return [raw + b"r", raw + b"p", *tapes, raw + b"r" + short, raw + b"p" + PROBE.encode()]
    tapes = [bytes([1, n % 2, 3, *range(n, n + 12)]) for n in range(24)]
    return [raw, *tapes, *(raw + content for content in small_weights.FILES)]
