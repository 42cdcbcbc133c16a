"""Options and arguments that are out of range, given to each command that has them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from tests.bad_input.case import Action, Case

KIND = "options"
WORDS = (
    *("", " ", "x", "-1", "0x10", "1e3", "nan", "None"),
    *("тест", "🐈", "a" * 3000, "--", "%s", "../.."),
)
#: Options by what they take; values that are out of range for it, and what the error must name.
WRONG: dict[str, tuple[str, ...]] = {
    "--seeds": (*WORDS, "0,0", "0,,1", ",", "0..", "..3", "3..0", "0..1..2", "1.5", "4294967296",
                "0,4294967296", "-1..3", "0,1,1", "９" * 30, "0..99999999999"),
    "--epochs": (*WORDS, "0", "-5", "10001", "1.5", "99999999999999999999", "1_0_0_0_1"),
    "--recipe": (*WORDS, "2017", "Published", "TODAY", "today,published"),
    "--precision": (*WORDS, "float16", "FLOAT32", "bf16", "float64"),
    "--engine": (*WORDS, "NCNN", "tensorflow", "onnx", "keras,ncnn"),
}  # fmt: skip


def called(*arguments: str) -> Callable[..., Action]:
    def make(folder: Path, _: np.random.Generator) -> Action:
        return [word.replace("{folder}", str(folder)) for word in arguments]

    return make


def with_files(*arguments: str) -> Callable[..., Action]:
    """The arguments, beside a file, a folder and a link that leads to itself."""

    def make(folder: Path, generator: np.random.Generator) -> Action:
        (folder / "file").write_text("the user's own")
        (folder / "folder").mkdir()
        (folder / "loop").symlink_to("loop")
        return called(*arguments)(folder, generator)

    return make


def _values() -> Iterator[Case]:
    for option, values in WRONG.items():
        for value in values:
            made = called("run", "technique-1", option, value)
            yield Case(KIND, f"run {option} {value:.40}", made, False, option)
            if option != "--epochs":
                made = called(option, value, "--originals", "{folder}")
                yield Case(KIND, f"main {option} {value:.40}", made, False, option)
    for value in (*WORDS, "R", "julia"):
        for option in ("--numbering", "--link"):
            made = called("prepare", "{folder}", option, value)
            yield Case(KIND, f"prepare {option} {value:.40}", made, False, option)
        yield Case(KIND, f"run {value:.40}", called("run", value), False)
        if value and value != "--":
            yield Case(KIND, f"command {value:.40}", called(value or "x"), False)


READING = {
    "verify --originals": ["verify", "--originals"],
    "verify --weights": ["verify", "--weights"],
    "prepare": ["prepare"],
    "run --originals": ["run", "technique-1", "--originals"],
    "run --weights": ["run", "technique-1", "--weights"],
    "main --originals": ["--originals"],
    "report": ["report", "--output", "{folder}/../out/page.html"],
    "compare": ["compare", "{folder}/file"],
    "probe --technique-1": ["probe", "--technique-1"],
}
WRITING = {
    "run": ["run", "technique-1", "--output"],
    "probe": ["probe", "--output"],
    "main --ledger": ["--ledger"],
    "report": ["report", "{folder}/file", "--output"],
    "compare": ["compare", "{folder}/file", "{folder}/file", "--output"],
}


def _paths() -> Iterator[Case]:
    paths = ("", "missing", "~nobody-of-that-name/x", "{folder}/a/b/c", "x" * 300,
             "{folder}/loop/x", "/proc/self/mem/x")  # fmt: skip
    for path in paths:
        for name, before in READING.items():
            # Nothing is this folder, which may well hold what is asked for.
            if path or name in ("prepare", "verify --originals", "verify --weights"):
                yield Case(KIND, f"{name} {path:.40}", with_files(*before, path), False)
    for path in ("{folder}/file/x.json", "{folder}/folder", "/proc/x/y.json", "/dev/full/x"):
        for name, before in WRITING.items():
            yield Case(KIND, f"{name} to {path:.40}", with_files(*before, path), False)
    for path in ("{folder}/file", "{folder}/file/x", "{folder}/loop"):
        yield Case(KIND, f"main --output {path}", with_files("--output", path), False, "--output")


def cases() -> Iterator[Case]:
    yield from _values()
    yield from _paths()
    for line in (
        *("verify", "prepare", "run", "report", "compare", "--no-such-option"),
        *(f"run technique-1 {more}" for more in ("--stacked", "--untrained", "technique-2")),
        *("run technique-1 --epochs", "report {folder}/file --no-pictures=maybe"),
        "compare {folder}/file {folder}/file {folder}/file",
        *("compare {folder}/folder {folder}/folder", "report {folder}/folder"),
    ):
        yield Case(KIND, line, with_files(*line.split()), False)
    for command in ([], ["prepare"], ["verify"], ["run"], ["report"], ["compare"], ["probe"]):
        yield Case(KIND, f"{' '.join(command)} --help", called(*command, "--help"), True)
