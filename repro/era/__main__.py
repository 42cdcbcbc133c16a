"""``python -m repro.era``: renews the tables that the documents print, from results/era/."""

from __future__ import annotations

import sys
from pathlib import Path

from repro.era.tables import refresh

if __name__ == "__main__":
    for path in refresh(Path(sys.argv[1]) if len(sys.argv) > 1 else Path.cwd()):
        print(path)
