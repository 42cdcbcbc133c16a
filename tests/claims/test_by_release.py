"""What the ledger says of past releases is what their records say."""

from __future__ import annotations

import pytest

from repro.era import records
from repro.era.readings import fact, frozen
from tests.claims.fabricated import judged
from tests.claims.shipped import ROOT

FOUND = records.committed(ROOT)
#: In the order of their dates; the first five have the fault.
NAMES = list(FOUND)
FAULTY = NAMES[: NAMES.index("2.1.0")]
#: TensorFlow 2.16 is the first with Keras 3.
KERAS_3 = NAMES[NAMES.index("tf2.16") :]


def evidence(claim: str) -> str:
    return judged(claim).evidence


def test_a_base_that_comes_first_is_frozen_by_compiling_again_or_up_to_2_0_9_by_nothing() -> None:
    measured = 0
    for name, record in FOUND.items():
        changed = {
            when: frozen("first_layer", "container", when)(record)
            for when in ("before_compile", "after_compile", "after_a_step", "recompiled")
        }
        if None in changed.values():
            continue
        measured += 1
        honoured = "4 of 4" if name in FAULTY else "0 of 4"
        assert changed == {
            "before_compile": honoured,
            "after_compile": "0 of 4" if name in KERAS_3 else "4 of 4",
            "after_a_step": "4 of 4",
            "recompiled": honoured,
        }, name
    assert FAULTY[-1] == "2.0.9"
    assert f"Measured on {measured} releases" in evidence("compile-after-freezing")


def test_the_ledger_counts_the_releases_whose_listing_was_measured() -> None:
    """What they printed: tests/era/test_committed_records.py."""
    told = (name[0].isdigit() and fact(one, "listing.tensors") is not None
            for name, one in FOUND.items())  # fmt: skip
    measured = sum(told)
    assert f"Measured on {measured} releases" in evidence("printed-four-are-trained")


@pytest.mark.parametrize("claim", ["compile-after-freezing", "printed-four-are-trained"])
def test_it_says_that_it_is_not_about_the_installation_at_hand(claim: str) -> None:
    assert "not on the installed one" in evidence(claim)
    assert judged(claim).standing.basis.records > 0
