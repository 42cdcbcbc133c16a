"""Folders of originals with files that are missing, surplus, doubled, swapped, or no files."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from repro.chapter import PREFIXES
from tests.bad_input.case import Action, Case
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


def _sparse(path: Path) -> None:
    with path.open("wb") as stream:
        stream.truncate(2**33)


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


def cases() -> Iterator[Case]:
    names = [f"{PREFIXES[name]}.{number}.jpg" for name, number in drawing.KEYS]
    kind = "files: missing, surplus"
    for name in names:
        yield Case(
            kind, f"no {name}", changed(lambda f, n=name: (f / n).unlink()), False, name[:-4]
        )
    for surplus, accepted in (("cat.99.jpg", True), ("notes.txt", True), ("cat.x.jpg", True),
                              (".DS_Store", True), ("cat.007.jpg", True), ("CAT.1.JPG", False),
                              ("cat.1.jpeg", False), ("Dog.8.jpg", False), ("cat.-1.jpg", True),
                              ("cat.1.jpg ", True),
                              ("<script>alert(1)<script>.jpg", True)):  # fmt: skip
        change: Change = lambda f, n=surplus: copy(f, "cat.1.jpg", n)  # type: ignore[misc]  # noqa: E731
        yield Case(kind, f"{surplus} too", changed(change), accepted, "two files")
    kind = "files: doubled, swapped"
    for first, second in zip(names, names[1:] + names[:1], strict=True):
        change = lambda f, a=first, b=second: copy(f, a, b)  # type: ignore[misc]  # noqa: E731
        yield Case(kind, f"{first} as {second}", changed(change), False, second[:-4])
        change = lambda f, a=first, b=second: swap(f, a, b)  # type: ignore[misc]  # noqa: E731
        yield Case(kind, f"{first} and {second} swapped", changed(change), False, first[:5])
    kind = "files: unreadable, links"
    others: dict[str, tuple[Change, bool | None]] = {
        "a folder": (Path.mkdir, False),
        "a pipe": (os.mkfifo, False),
        "a socket": (_socket, False),
        "a link to nowhere": (lambda path: path.symlink_to("nowhere"), False),
        "a link to itself": (lambda path: path.symlink_to(path.name), False),
        "a link outside": (_outside, True),
        "a link to a folder": (lambda path: path.symlink_to(path.parent), False),
        "a link to a device": (lambda path: path.symlink_to("/dev/zero"), False),
        "no permission": (_unreadable, False),
        "eight gigabytes": (_sparse, False),
    }
    for name in ("cat.1.jpg", "dog.8.jpg", "dog.12.jpg"):
        for what, (put, accepted) in others.items():
            if (what, name) == ("a link outside", "dog.8.jpg") or what != "a link outside":
                yield Case(
                    kind, f"{name} {what}", changed(replaced(name, put)), accepted, name[:-4]
                )
    kind = "originals: no such folder"
    wrong: dict[str, Change] = {
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
    for what, change in wrong.items():
        yield Case(kind, what, _instead(change), False, "originals")
    kind = "destinations"
    taken: dict[str, Change] = {
        "the user's folder": _foreign,
        "the user's folder with a manifest": _foreign_manifest,
        "a file": lambda path: path.write_text("the user's own"),
        "a link to nowhere": lambda path: path.symlink_to("nowhere"),
        "a link to itself": lambda path: path.symlink_to(path.name),
        "a link to the originals": lambda path: path.symlink_to("originals"),
        "a pipe": os.mkfifo,
    }
    for what, change in taken.items():
        yield Case(kind, what, _destination(change), False, "small")
