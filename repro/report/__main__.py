"""``python -m repro.report``: renews what the documents print of experiments, from results/."""

from __future__ import annotations

import sys
from pathlib import Path

from repro import claims, generated
from repro.report import makers

if __name__ == "__main__":
    root = Path(sys.argv[1]) if len(sys.argv) > 1 else Path.cwd()
    for path in generated.renew(generated.documents(root), makers(claims.committed(root))):
        print(path)
