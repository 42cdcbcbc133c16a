"""``python -m tests.faults [ID …]``: runs the faults, all of them by default.

A full run renews ``docs/faults.md``; ``--table`` renews its table alone and runs nothing.
"""

from __future__ import annotations

import argparse
import os
import sys
import time

from repro import generated
from tests.faults import documents, running
from tests.faults.catalogue import FAULTS
from tests.faults.running import ROOT, Outcome


def main(arguments: list[str]) -> int:
    """Runs the command line; returns 1 where a fault was not caught."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("ids", nargs="*", help="the faults to run (default: all)")
    parser.add_argument("--workers", type=int, default=max(1, (os.cpu_count() or 1) // 2))
    parser.add_argument("--table", action="store_true", help="renew the document's table alone")
    asked = parser.parse_args(arguments)
    unknown = set(asked.ids) - {fault.id for fault in FAULTS}
    if unknown:
        parser.error(f"no such fault: {', '.join(sorted(unknown))}")
    if asked.table:
        _renew()
        return 0
    faults = [fault for fault in FAULTS if not asked.ids or fault.id in asked.ids]
    clock = time.perf_counter()
    outcomes = running.run(faults, workers=asked.workers, tell=_tell)
    seconds = time.perf_counter() - clock
    if not asked.ids:
        _renew(documents.last_run(outcomes, seconds))
    missed = [one.fault.id for one in outcomes if one.verdict != "caught"]
    print(f"{len(outcomes)} faults, {seconds:.0f} s; not caught: {', '.join(missed) or 'none'}")
    return 1 if missed else 0


def _renew(run: str | None = None) -> None:
    generated.renew([ROOT / documents.DOCUMENT], documents.makers(FAULTS, run))


def _tell(outcome: Outcome) -> None:
    why = " ".join(outcome.why.split())
    print(f"{outcome.verdict:9s}{outcome.fault.id}  {why[:160]}", flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
