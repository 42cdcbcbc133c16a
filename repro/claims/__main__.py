"""``python -m repro.claims``: renews the verdicts that the documents print, from results/."""

from __future__ import annotations

import sys
from pathlib import Path

from repro.claims import CLAIMS, judge
from repro.claims._documents import committed, refresh

if __name__ == "__main__":
    root = Path(sys.argv[1]) if len(sys.argv) > 1 else Path.cwd()
    for path in refresh(root, CLAIMS, judge(committed(root))):
        print(path)
