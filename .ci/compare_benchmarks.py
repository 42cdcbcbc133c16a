"""Compares the GPU benchmarks with the last ones and names what got worse, as Markdown.

    python .ci/compare_benchmarks.py LAST NOW    two files of pytest-benchmark's

An epoch has got slower where its median takes a tenth longer and its quickest quarter of rounds is
slower than the last run's slowest quarter. An accuracy has got worse where its gate was passed and
no longer is. Times are compared on one machine with one GPU alone. Exits with 1 where something
got worse.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from repro.generated import table

#: How much longer a median may take.
SLOWER = 1.1


@dataclass(frozen=True)
class Change:
    """One benchmark, or one of its gates, then and now.

    Args:
        name: of the benchmark.
        quantity: what is compared.
        last: its value then, as people read it.
        now: its value now.
        worse: whether that is a regression.
    """

    name: str
    quantity: str
    last: str
    now: str
    worse: bool


def changes(last: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[Change]:
    """Yields every quantity that both files have.

    Args:
        last: what pytest-benchmark wrote, read as JSON.
        now: the same, of today.
    """
    before = {one["name"]: one for one in last["benchmarks"]}
    same_machine = _machine(last) == _machine(now)
    for one in now["benchmarks"]:
        if one["name"] not in before:
            continue
        then = before[one["name"]]
        gates = [name for name, held in one["extra_info"].items() if _is_gate(held)]
        for name in gates:
            if _is_gate(then["extra_info"].get(name)):
                yield _gate(one["name"], then["extra_info"][name], one["extra_info"][name])
        # A training's time is what the call took, and says nothing: see docs/benchmarks.md.
        if not gates and same_machine and _device(then) == _device(one):
            yield _epoch(one["name"], then["stats"], one["stats"])


def markdown(found: list[Change], missing: list[str]) -> str:
    """Returns the answer first, then a row a quantity."""
    worse = [f"- **`{one.name}`**: {one.quantity} was {one.last}, is {one.now}"
             for one in found if one.worse]  # fmt: skip
    answer = "\n".join(worse) or "Nothing got worse."
    gone = "".join(f"\n\n`{name}` did not run to its end this time." for name in missing)
    rows = [(f"`{one.name}`", one.quantity, one.last, one.now) for one in found]
    heads = ("benchmark", "quantity", "last", "now")
    return f"## Benchmarks against the last ones\n\n{answer}{gone}\n\n{table(heads, rows)}"


def missing(last: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    """Returns the benchmarks that only the last file has."""
    names = {one["name"] for one in now["benchmarks"]}
    return [one["name"] for one in last["benchmarks"] if one["name"] not in names]


def _epoch(name: str, then: Mapping[str, float], now: Mapping[str, float]) -> Change:
    slower = now["median"] > SLOWER * then["median"] and now["q1"] > then["q3"]
    last, today = (f"{1000 * stats['median']:.4g} ms" for stats in (then, now))
    return Change(name, "median", last, today, slower)


def _gate(name: str, then: Mapping[str, Any], now: Mapping[str, Any]) -> Change:
    last, today = (f"{held['mean']:.4f} ({_WORDS[held['passed']]})" for held in (then, now))
    worse = then["passed"] is True and now["passed"] is False
    return Change(name, "mean accuracy", last, today, worse)


_WORDS = {True: "passed", False: "failed", None: "not judged"}


def _is_gate(held: object) -> bool:
    return isinstance(held, dict) and {"mean", "passed", "gate"} <= held.keys()


def _machine(file: Mapping[str, Any]) -> tuple[object, ...]:
    info = file["machine_info"]
    return info.get("node"), info.get("cpu", {}).get("brand_raw")


def _device(benchmark: Mapping[str, Any]) -> object:
    return benchmark["extra_info"].get("device")


def main() -> int:
    """Reads the two files and prints what changed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("last", type=Path)
    parser.add_argument("now", type=Path)
    options = parser.parse_args()
    if not options.last.is_file():
        print("No earlier benchmarks are kept: there is nothing to compare with.")
        return 0
    last, now = (json.loads(path.read_text("utf-8")) for path in (options.last, options.now))
    found = list(changes(last, now))
    print(markdown(found, missing(last, now)))
    return 1 if any(one.worse for one in found) else 0


if __name__ == "__main__":
    raise SystemExit(main())
