"""``python -m repro.report``: renews what the documents show of experiments, from results/."""

from __future__ import annotations

import sys
from pathlib import Path

from repro import claims, generated
from repro.report import makers, story


def refresh(root: Path) -> list[Path]:
    """Renews a checkout's tables, findings and figures; returns the files that changed."""
    records = claims.committed(root)
    changed = generated.renew(generated.documents(root), makers(records))
    return [*changed, *story.refresh(root, records)]


if __name__ == "__main__":
    sys.exit(generated.main(refresh))
