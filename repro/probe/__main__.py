"""``python -m repro.probe``: renews the tables that the documents print, from results/probes/."""

from __future__ import annotations

import sys

from repro import generated
from repro.probe.tables import refresh

if __name__ == "__main__":
    sys.exit(generated.main(refresh))
