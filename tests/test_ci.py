from __future__ import annotations

import runpy
import subprocess
from pathlib import Path
from types import SimpleNamespace

import pytest

SCRIPT = Path(__file__).parents[1] / ".ci" / "check_verdicts.py"
CHECK = runpy.run_path(str(SCRIPT))
EXPECTED = {
    "layers": "reproduced",
    "shear": "reproduced with a note",
    "layers-printed": "erratum",
    "hours": "not run here",
    "epochs": "refuted",
    **dict.fromkeys(CHECK["TECHNIQUE_1"], "reproduced"),
}


def problems(real: bool = True, **changes: str | None) -> list[str]:
    """What the check says when a run finds ``EXPECTED`` but for ``changes``."""
    found = {**EXPECTED, **{name.replace("_", "-"): verdict for name, verdict in changes.items()}}
    kept = {name: verdict for name, verdict in found.items() if verdict is not None}
    judgeable = frozenset({"layers", "shear", "layers-printed"})
    return list(CHECK["problems"](kept, EXPECTED, judgeable, real=real))


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"layers": "reproduced with a note"},
        {"shear": "reproduced"},
        {"hours": "reproduced"},
        {"hours": "erratum"},
        {"epochs": "not run here"},
    ],
)
def test_agreement_is_quiet(changes) -> None:
    assert problems(**changes) == []


@pytest.mark.parametrize(
    "changes",
    [
        {"layers": "refuted"},
        {"layers": "not reproduced"},
        {"layers": "erratum"},
        {"layers": "not run here"},
        {"layers": None},
        {"another": "reproduced"},
        {"layers_printed": "reproduced"},
        {"epochs": "reproduced"},
        {"epochs": "not reproduced"},
        {"hours": "refuted"},
        {"hours": "not reproduced"},
        {"fast_extraction_accuracy": "not reproduced"},
        {"fast_extraction_accuracy": "not run here"},
        {"split_ranges": "not run here"},
    ],
)
def test_disagreement_names_the_claim(changes) -> None:
    (name,) = changes
    said = problems(**changes)
    assert said
    assert all(line.startswith(name.replace("_", "-") + ":") for line in said)


def test_technique_1_is_not_asked_of_a_demonstration() -> None:
    assert problems(real=False, **dict.fromkeys(CHECK["TECHNIQUE_1"], "not run here")) == []


def test_technique_1_has_to_come_out_whatever_the_shipped_records_say() -> None:
    unknown = dict.fromkeys(EXPECTED, "not run here")
    found = {**unknown, "fast-extraction-accuracy": "erratum"}
    said = list(CHECK["problems"](found, unknown, frozenset(), real=True))
    assert len(said) == len(CHECK["TECHNIQUE_1"])


def test_its_claims_are_the_ledgers() -> None:
    from repro import claims

    assert set(CHECK["TECHNIQUE_1"]) <= {claim.id for claim in claims.CLAIMS}


MATRIX = runpy.run_path(str(SCRIPT.with_name("technique_1.py")))


@pytest.mark.parametrize("missing", MATRIX["INPUTS"])
def test_an_environment_without_the_inputs_says_that_technique_1_was_skipped(
    monkeypatch, capsys, tmp_path, missing
):
    for variable in MATRIX["INPUTS"]:
        monkeypatch.setenv(variable, "somewhere")
    monkeypatch.delenv(missing)
    assert MATRIX["main"]("tf215", tmp_path) == 0
    said = capsys.readouterr().out
    assert "SKIPPED in tf215" in said and missing in said


@pytest.mark.parametrize("codes", [[0, 0], [3, 0], [0, 4]])
def test_a_failure_of_technique_1_or_of_the_probe_is_the_environments(monkeypatch, tmp_path, codes):
    for variable in MATRIX["INPUTS"]:
        monkeypatch.setenv(variable, "somewhere")
    ran = []

    def call(command, **_):
        ran.append(command)
        return SimpleNamespace(returncode=codes[len(ran) - 1])

    monkeypatch.setattr(subprocess, "run", call)
    assert MATRIX["main"]("jax", tmp_path) == max(codes)
    written = [command[command.index("--output") + 1] for command in ran]
    assert written == [str(tmp_path / f"jax{end}.json") for end in ("-technique-1", "")][: len(ran)]
