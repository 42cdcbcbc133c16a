"""``python -m repro.era``: renews what the documents show of the releases, from results/era/."""

from __future__ import annotations

import sys
from pathlib import Path

from repro import generated
from repro.era import committed, listing_figure, notebook_records, tables, timeline


def refresh(root: Path) -> list[Path]:
    """Renews a checkout's tables and figures; returns the files that changed."""
    return [
        *tables.refresh(root),
        *timeline.refresh(root, committed(root)),
        *listing_figure.refresh(root, notebook_records.committed(root)),
    ]


if __name__ == "__main__":
    sys.exit(generated.main(refresh))
