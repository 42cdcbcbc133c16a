"""Folders of originals with files that are missing, surplus, doubled, swapped, or no files."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from repro.chapter import PREFIXES
from tests.bad_input.case import Action, Case, sparse
from tests.bad_input.pictures import drawn, prepare
from tests.dataset import drawing

Change = Callable[[Path], object]


def changed(change: Change) -> Callable[[Path, np.random.Generator], Action]:
    def make(folder: Path, _: np.random.Generator) -> Action:
        change(drawing.write_flat(folder / "originals", drawn()))
        return prepare(folder)

    return make


def swap(folder: Path, first: str, second: str) -> None:
    (folder / first).rename(folder / "kept")
    (folder / second).rename(folder / first)
    (folder / "kept").rename(folder / second)


def copy(folder: Path, source: str, target: str) -> None:
    (folder / target).write_bytes((folder / source).read_bytes())


def replaced(name: str, put: Change) -> Change:
    def change(folder: Path) -> None:
        (folder / name).unlink()
        put(folder / name)

    return change


def _socket(path: Path) -> None:
    place = os.open(path.parent, os.O_RDONLY)
    before = os.open(".", os.O_RDONLY)
    try:
        os.fchdir(place)  # a socket's address has to be short
        with socket.socket(socket.AF_UNIX) as made:
            made.bind(path.name)
    finally:
        os.fchdir(before)
        os.close(place)
        os.close(before)


def _outside(path: Path) -> None:
    target = path.parent.parent / "elsewhere.jpg"
    target.write_bytes(drawn()["dogs", 8])
    path.symlink_to(target)


def _unreadable(path: Path) -> None:
    path.write_bytes(b"unreadable but for root")
    path.chmod(0)


def _instead(change: Change) -> Callable[[Path, np.random.Generator], Action]:
    """What is given in place of a folder of originals."""

    def make(folder: Path, _: np.random.Generator) -> Action:
        change(folder / "originals")
        return prepare(folder)

    return make


def _destination(change: Change) -> Callable[[Path, np.random.Generator], Action]:
    def make(folder: Path, _: np.random.Generator) -> Action:
        drawing.write_flat(folder / "originals", drawn())
        change(folder / "small")
        return ["prepare", str(folder / "originals"), str(folder / "small")]

    return make


def _foreign(path: Path) -> None:
    path.mkdir()
    (path / "thesis.tex").write_text("the user's own")


def _foreign_manifest(path: Path) -> None:
    _foreign(path)
    (path / "manifest.json").write_text("{}")


def _inside_itself(path: Path) -> None:
    path.mkdir()
    (path / "train").symlink_to(path)


NAMES = [f"{PREFIXES[name]}.{number}.jpg" for name, number in drawing.KEYS]
#: A file beside the 24, and whether the set is accepted with it.
SURPLUS = {
    **dict.fromkeys(("cat.99.jpg", "notes.txt", "cat.x.jpg", ".DS_Store", "cat.007.jpg"), True),
    **dict.fromkeys(("CAT.1.JPG", "cat.1.jpeg", "Dog.8.jpg"), False),
    **dict.fromkeys(("cat.-1.jpg", "cat.1.jpg ", "<script>alert(1)<script>.jpg"), True),
}
#: What may stand in a picture's place.
OTHERS: dict[str, Change] = {
    "a folder": Path.mkdir,
    "a pipe": os.mkfifo,
    "a socket": _socket,
    "a link to nowhere": lambda path: path.symlink_to("nowhere"),
    "a link to itself": lambda path: path.symlink_to(path.name),
    "a link to a folder": lambda path: path.symlink_to(path.parent),
    "a link to a device": lambda path: path.symlink_to("/dev/zero"),
    "no permission": _unreadable,
    "eight gigabytes": sparse,
}
#: What may be given in place of a folder of originals.
WRONG: dict[str, Change] = {
    "missing": lambda path: None,
    "empty folder": Path.mkdir,
    "empty file": Path.touch,
    "a text": lambda path: path.write_text("cat.1.jpg"),
    "a pipe": os.mkfifo,
    "a link to itself": lambda path: path.symlink_to(path.name),
    "a link to nowhere": lambda path: path.symlink_to("nowhere"),
    "a device": lambda path: path.symlink_to("/dev/zero"),
    "a folder that holds itself": _inside_itself,
    "folders without pictures": lambda path: (path / "train" / "cats").mkdir(parents=True),
    "PetImages without pictures": lambda path: (path / "PetImages" / "Cat").mkdir(parents=True),
}
#: What may stand where the small set should go.
TAKEN: dict[str, Change] = {
    "the user's folder": _foreign,
    "the user's folder with a manifest": _foreign_manifest,
    "a file": lambda path: path.write_text("the user's own"),
    "a link to nowhere": lambda path: path.symlink_to("nowhere"),
    "a link to itself": lambda path: path.symlink_to(path.name),
    "a link to the originals": lambda path: path.symlink_to("originals"),
    "a pipe": os.mkfifo,
}


def cases() -> Iterator[Case]:
    kind = "files: missing, surplus"
    for name in NAMES:
        missing = changed(lambda folder, name=name: (folder / name).unlink())
        yield Case(kind, f"no {name}", missing, False, name[:-4])
    for name, accepted in SURPLUS.items():
        change = changed(lambda folder, name=name: copy(folder, "cat.1.jpg", name))
        yield Case(kind, f"{name} too", change, accepted, "two files")
    kind = "files: doubled, swapped"
    for first, second in zip(NAMES, NAMES[1:] + NAMES[:1], strict=True):
        change = changed(lambda folder, a=first, b=second: copy(folder, a, b))
        yield Case(kind, f"{first} as {second}", change, False, second[:-4])
        change = changed(lambda folder, a=first, b=second: swap(folder, a, b))
        yield Case(kind, f"{first} and {second} swapped", change, False, first[:5])
    kind = "files: unreadable, links"
    for name in ("cat.1.jpg", "dog.8.jpg", "dog.12.jpg"):
        for what, put in OTHERS.items():
            yield Case(kind, f"{name} {what}", changed(replaced(name, put)), False, name[:-4])
    outside = changed(replaced("dog.8.jpg", _outside))
    yield Case(kind, "dog.8.jpg a link outside", outside, True, "dog.8")
    for what, put in WRONG.items():
        yield Case("originals: no such folder", what, _instead(put), False, "originals")
    for what, put in TAKEN.items():
        yield Case("destinations", what, _destination(put), False, "small")
