"""Says whose change it was where the newest versions compute what the committed probe does not.

    python .ci/whose_change.py --packages STEP    what a step installs, for pip install -r
    python .ci/whose_change.py FOLDER             STEP.json of each step, told as Markdown

Each step changes one thing more than the one before. A quantity that drifts at a step drifts by
what that step changed: the machine, a package or the framework. Exits with 1 where something
differs by more than rounding.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from repro.generated import table
from repro.probe import Probe, read, tables
from repro.probe.drift import Cell, drift

#: By step: packages as in the reference, and packages at their newest.
STEPS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "1-as-committed": (("tensorflow-cpu", "keras", "numpy", "numba", "pillow"), ()),
    "2-other-packages": (("tensorflow-cpu", "keras"), ("numpy", "numba", "pillow")),
    "3-newest-keras": (("tensorflow-cpu",), ("keras", "numpy", "numba", "pillow")),
    "4-newest-tensorflow": ((), ("tensorflow-cpu", "keras", "numpy", "numba", "pillow")),
    # The lower bound lets pip take a development version of this package, and of no other. With it
    # comes keras-nightly, which takes Keras's place.
    "5-nightly": ((), ("tf-nightly-cpu>=2.0.dev0", "numpy", "numba", "pillow")),
}


@dataclass(frozen=True)
class Step:
    """One step against the one before it.

    Args:
        name: of the step.
        changed: what differs between the two environments, as "keras 3.15.1 → 3.16.0".
        drifted: (quantity, state, what it was and what it is) of what is not the same.
    """

    name: str
    changed: tuple[str, ...]
    drifted: tuple[tuple[str, str, str], ...]


def packages(step: str, reference: Probe) -> list[str]:
    """Returns a step's requirements, as pip reads them."""
    pinned, newest = STEPS[step]
    versions = _versions(reference)
    return [*(f"{name}=={versions[name]}" for name in pinned), *newest]


def compare(reference: Probe, probes: dict[str, Probe]) -> list[Step]:
    """Compares each step that has a probe with the last one before it that has one.

    Args:
        reference: the committed probe.
        probes: by step.
    """
    found, before = [], reference.model_copy(update={"label": "before", "technique_1": None})
    for name in STEPS:
        if name not in probes:
            continue
        after = probes[name].model_copy(update={"label": "after", "technique_1": None})
        rows = drift([before, after], "before").rows
        drifted = tuple(
            (row.name, row.cells[1].state, _shown(*row.cells))
            for row in rows
            if row.cells[1].state != "same"
        )
        found.append(Step(name, _changed(before, after), drifted))
        before = after.model_copy(update={"label": "before"})
    return found


def markdown(steps: Sequence[Step], missing: Sequence[str] = ()) -> str:
    """Returns the answer first, then a row a step."""
    blamed = [
        f"- **{', '.join(step.changed) or 'nothing that the probe knows of'}** changed "
        f"`{quantity}`: {values}"
        for step in steps
        for quantity, state, values in step.drifted
        if state != "rounding"
    ]
    answer = "\n".join(blamed) or "Nothing differs by more than rounding."
    rows = [
        (
            step.name,
            ", ".join(step.changed) or "nothing",
            ", ".join(f"{name} ({state})" for name, state, _ in step.drifted) or "nothing",
        )
        for step in steps
    ]
    told = "".join(f"\n\nNo probe from {name}: its job says why." for name in missing)
    heads = ("step", "changed since the step before", "computes otherwise")
    return f"## Whose change it was\n\n{answer}\n\n{table(heads, rows)}{told}"


def _shown(was: Cell, now: Cell) -> str:
    return now.text if was.text == "=" else f"{was.text} → {now.text}"


def _versions(probe: Probe) -> dict[str, str]:
    versions = probe.environment.get("versions")
    found = versions if isinstance(versions, dict) else {}
    return {name: str(version) for name, version in found.items()}


def _changed(before: Probe, after: Probe) -> tuple[str, ...]:
    one, two = (
        {"processor": str(probe.environment.get("processor")), **_versions(probe)}
        for probe in (before, after)
    )
    names = sorted(one.keys() | two.keys())
    return tuple(
        f"{name} {one.get(name, 'none')} → {two.get(name, 'none')}"
        for name in names
        if one.get(name) != two.get(name)
    )


def main() -> int:
    """Reads the options and prints what is asked for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    wanted = parser.add_mutually_exclusive_group(required=True)
    wanted.add_argument("folder", type=Path, nargs="?")
    wanted.add_argument("--packages", choices=STEPS)
    options = parser.parse_args()
    # The newest TensorFlow with a committed probe.
    reference = [one for one in tables.committed(Path()) if one.label.startswith("tf")][-1]
    if options.packages is not None:
        print("\n".join(packages(options.packages, reference)))
        return 0
    paths = {name: options.folder / f"{name}.json" for name in STEPS}
    probes = {name: read(path) for name, path in paths.items() if path.is_file()}
    steps = compare(reference, probes)
    print(markdown(steps, [name for name in STEPS if name not in probes]))
    differs = any(state != "rounding" for step in steps for _, state, _ in step.drifted)
    return 1 if differs or not steps else 0


if __name__ == "__main__":
    raise SystemExit(main())
