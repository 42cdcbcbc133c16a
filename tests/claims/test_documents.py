"""The verdicts that README and docs print are generated from the shipped records, and not stale."""

from __future__ import annotations

import json
from pathlib import Path

from repro import claims
from repro.claims import _documents
from repro.record import write
from tests.claims import shipped
from tests.claims.fabricated import looked, record
from tests.claims.shipped import ROOT


def test_the_shipped_records_still_give_the_shipped_verdicts() -> None:
    kept = json.loads((ROOT / _documents.EXPECTED).read_text(encoding="utf-8"))
    now = {one.id: one.verdict for one in shipped.judgements()}
    assert now == kept, "Run `python -m repro.claims` and look at what changed."


def test_no_document_prints_a_stale_verdict() -> None:
    makers = _documents.makers(claims.CLAIMS, shipped.judgements())
    assert shipped.stale(makers) == [], "Run `python -m repro.claims`."


def project(root: Path) -> Path:
    write(record(), root / "results" / "technique-1.json")
    (root / "results" / "other.json").write_text('{"schema_name": "another"}')
    (root / "docs").mkdir()
    (root / "docs" / "claims.md").write_text(
        "# Claims\n<!-- generated: ledger -->\nSTALE\n<!-- end generated -->\nafter\n"
        "<!-- generated: somebody-elses -->\nkept\n<!-- end generated -->\n"
    )
    (root / "README.md").write_text("<!-- generated: verdicts -->\n<!-- end generated -->\n")
    return root


def renew(root: Path) -> list[Path]:
    return _documents.refresh(root, claims.CLAIMS, claims.judge(claims.committed(root)))


def test_refreshing_writes_the_verdicts_once(tmp_path: Path) -> None:
    root = project(tmp_path)
    assert len(renew(root)) == 3
    assert renew(root) == []
    text = (root / "docs" / "claims.md").read_text(encoding="utf-8")
    assert "STALE" not in text
    assert "`fast-extraction-accuracy`" in text
    assert text.count("after\n") == 1
    assert "kept" in text
    assert "**reproduced**" in (root / "README.md").read_text(encoding="utf-8")


def test_another_result_makes_the_documents_stale(tmp_path: Path) -> None:
    root = project(tmp_path)
    renew(root)
    write(record(accuracies=(0.96, 0.961, 0.962)), root / "results" / "technique-1.json")
    changed = {path.name for path in renew(root)}
    assert changed == {"README.md", "claims.md", "expected-verdicts.json"}
    assert "**not reproduced**" in (root / "README.md").read_text(encoding="utf-8")


def test_a_cell_cannot_break_out_of_its_table(tmp_path: Path) -> None:
    judged = claims.judge([looked(data__fold_sizes="a | b\nc")])
    lines = _documents.KINDS["ledger"](claims.CLAIMS, judged).splitlines()
    table = [line for line in lines if line.startswith("|")]
    assert len(table) == len(claims.CLAIMS) + 2
    assert all(line.replace("\\|", "").count("|") == 10 for line in table)
