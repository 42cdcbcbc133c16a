"""``python -m repro.claims`` renews the verdicts in the documents, from the records in results/."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path

from repro import generated
from repro.claims import CLAIMS, judge
from repro.claims._documents import committed, refresh


def _refresh(root: Path) -> Iterable[Path]:
    return refresh(root, CLAIMS, judge(committed(root)))


if __name__ == "__main__":
    sys.exit(generated.main(_refresh))
