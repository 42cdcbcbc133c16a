"""A probe file is read as it was written, or refused with a reason."""

from __future__ import annotations

import json

import pytest

from repro import probe as probes
from repro.errors import OptionError, RecordError
from repro.probe import agreement
from repro.record import RunRecord
from tests.claims.fabricated import record
from tests.probe.fabricated import probe, ran


def test_written_and_read_is_the_same(tmp_path):
    made = probe("jax").model_copy(update={"technique_1": ran(0.9, 0.8)})
    path = probes.write(made, tmp_path / "deep" / "jax.json")
    assert probes.read(path) == made
    assert probes.is_probe(path)
    text = path.read_text(encoding="utf-8")
    # A list of numbers is one line, so that a diff of two probes is a line a quantity.
    assert max(text.count("\n"), 1) < 80
    assert json.loads(text) == made.model_dump(mode="json")


@pytest.mark.parametrize(
    ("change", "word"),
    [
        (lambda plain: plain.update(version=99), "version"),
        (lambda plain: plain.update(surplus=1), "surplus"),
        (lambda plain: plain.update(label="../x"), "label"),
        (lambda plain: plain.update(weights="other"), "weights"),
        (lambda plain: plain["quantities"]["pictures"].update(sha256="abc"), "sha256"),
        (lambda plain: plain["quantities"]["features"].update(values=[]), "values"),
        (lambda plain: plain["quantities"]["features"].update(kind="code"), "kind"),
    ],
)
def test_damaged_probes_are_refused(tmp_path, change, word):
    plain = probe().model_dump(mode="json")
    change(plain)
    path = tmp_path / "probe.json"
    path.write_text(json.dumps(plain))
    with pytest.raises(RecordError, match=word):
        probes.read(path)


def test_other_files_are_refused(tmp_path):
    path = tmp_path / "probe.json"
    with pytest.raises(RecordError, match="No such file"):
        probes.read(path)
    for content in ("", "[]", "{", '{"schema_name": "repro.run-record"}'):
        path.write_text(content)
        assert not probes.is_probe(path)
        with pytest.raises(RecordError):
            probes.read(path)
    path.write_text(" " * 2**21)
    with pytest.raises(RecordError, match="bytes"):
        probes.read(path)


def real_run() -> RunRecord:
    """A record of technique 1 on four validation pictures, of which the seeds miss some."""
    made = record()
    names = tuple(f"{kind}.{number}.jpg" for kind in ("cat", "dog") for number in (1001, 1002))
    run = made.runs[0]
    said = {"probabilities": (0.1, 0.7, 0.8, 0.5)}
    validation = run.evaluations["validation"].model_copy(update=said)
    evaluations = {"validation": validation, "test": validation}
    digests = {f"pixels-{fold}": "a" * 64 for fold in ("train", "validation", "test")}
    return made.model_copy(
        update={
            "technique": 1,
            "runs": (run.model_copy(update={"evaluations": evaluations}),),
            "names": {"validation": names, "test": names},
            "digests": {**digests, "weights": "b" * 64},
        }
    )


def test_agreement_is_taken_from_a_record_of_technique_1():
    run = real_run()
    found = agreement(run)
    assert found.validation_correct == ("1010",)
    assert found.val_accuracy == (run.runs[0].history.val_accuracy[-1],)
    assert found.seeds == (run.runs[0].seed,)


@pytest.mark.parametrize(
    "change",
    [{"technique": 2}, {"demonstration": True}, {"runs": ()}, {"settings": {"engine": "ncnn"}},
     {"digests": {}}, {"runs": (real_run().runs[0].model_copy(update={"evaluations": {}}),)}],
)  # fmt: skip
def test_agreement_of_anything_else_is_refused(change):
    with pytest.raises(OptionError, match="technique 1"):
        agreement(real_run().model_copy(update=change))
