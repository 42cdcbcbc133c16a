"""``python -m repro.report``: renews what the documents show of experiments, from results/."""

from __future__ import annotations

import sys
from pathlib import Path

from repro import claims, generated
from repro.report import makers, story

if __name__ == "__main__":
    root = Path(sys.argv[1]) if len(sys.argv) > 1 else Path.cwd()
    records = claims.committed(root)
    changed = generated.renew(generated.documents(root), makers(records))
    for path in [*changed, *story.refresh(root, records)]:
        print(path)
