"""Shows run records and their verdicts on one self-contained page; compares sets of records."""

from collections.abc import Sequence
from functools import partial

from repro import generated
from repro.record import RunRecord
from repro.report import _differences, _findings
from repro.report._compare import compare, compare_page, compare_table
from repro.report._page import build


def makers(records: Sequence[RunRecord]) -> generated.Makers:
    """Returns the makers of the documents' blocks about experiments, by kind."""
    return {
        "curves": partial(_findings.curves, records),
        "findings": partial(_findings.findings, records),
        "differences": partial(_differences.markdown, records),
        "layers": partial(_differences.layers, records),
    }


__all__ = ["build", "compare", "compare_page", "compare_table", "makers"]
