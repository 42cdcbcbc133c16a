"""Run records and their verdicts as one self-contained page, and two sets of records compared."""

from repro.report._compare import Comparison, Row, compare, compare_page, compare_table
from repro.report._page import build

__all__ = ["Comparison", "Row", "build", "compare", "compare_page", "compare_table"]
