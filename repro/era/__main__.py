"""``python -m repro.era``: renews the tables that the documents print, from results/era/."""

from __future__ import annotations

import sys

from repro import generated
from repro.era.tables import refresh

if __name__ == "__main__":
    sys.exit(generated.main(refresh))
