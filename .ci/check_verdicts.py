"""Compares a run's ledger with the verdicts that the project ships; exits with 1 where they differ.

    python .ci/check_verdicts.py LEDGER [--real] [--expected results/expected-verdicts.json]

What a run judged has to come out as it does from the shipped records, give or take a note. A claim
that the shipped records leave open must not come out against the chapter unannounced. Every claim
that needs no input has to be judged; with ``--real`` technique 1 has to be reproduced, too.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Mapping
from pathlib import Path

NOT_RUN = "not run here"
#: Verdicts that agree with each other. The note is about how, not whether, a claim holds.
AGREEING = {"reproduced with a note": "reproduced"}
AGAINST = ("not reproduced", "refuted")
#: What the main job with real input must find, whatever the shipped records say.
TECHNIQUE_1 = (
    "picture-format",
    "small-set-sizes",
    "split-ranges",
    "folds-disjoint",
    "fast-extraction-accuracy",
)


def problems(
    found: Mapping[str, str],
    expected: Mapping[str, str],
    judgeable: frozenset[str],
    *,
    real: bool,
) -> Iterator[str]:
    """Yields a sentence a verdict that is not what it should be.

    Args:
        found: verdicts of the run, by claim.
        expected: verdicts of the shipped records, by claim.
        judgeable: the claims that need no input.
        real: whether the run had the real pictures and weights.
    """
    for claim in sorted(set(found) ^ set(expected)):
        where = "the expected verdicts" if claim in found else "the ledger"
        yield f"{claim}: missing from {where}"
    for claim, verdict in found.items():
        wanted = expected.get(claim, NOT_RUN)
        if verdict == NOT_RUN:
            if claim in judgeable:
                yield f"{claim}: not run, although it needs no input"
        elif wanted == NOT_RUN:
            if verdict in AGAINST:
                yield f"{claim}: {verdict}, and no shipped record says so"
        elif AGREEING.get(verdict, verdict) != AGREEING.get(wanted, wanted):
            yield f"{claim}: {verdict}; the shipped records say {wanted}"
    if real:
        for claim in TECHNIQUE_1:
            verdict = found.get(claim, NOT_RUN)
            if AGREEING.get(verdict, verdict) != "reproduced":
                yield f"{claim}: {verdict}; the main job has to reproduce it"


def main() -> int:
    """Reads the two files and prints what is wrong."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("ledger", type=Path)
    parser.add_argument("--real", action="store_true", help="real pictures and weights were there")
    parser.add_argument("--expected", type=Path, default=Path("results/expected-verdicts.json"))
    options = parser.parse_args()
    from repro import claims

    judgeable = frozenset(one.id for one in claims.CLAIMS if one.needs == ("nothing",))
    found = {one["id"]: one["verdict"] for one in json.loads(options.ledger.read_text("utf-8"))}
    expected = json.loads(options.expected.read_text("utf-8"))
    wrong = list(problems(found, expected, judgeable, real=options.real))
    judged = sum(verdict != NOT_RUN for verdict in found.values())
    print("\n".join(wrong) or f"{judged} verdicts of {len(found)} claims are what they should be")
    return 1 if wrong else 0


if __name__ == "__main__":
    raise SystemExit(main())
