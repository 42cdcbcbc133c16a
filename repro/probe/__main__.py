"""``python -m repro.probe`` renews the tables in the documents, from results/probes/."""

from __future__ import annotations

import sys

from repro import generated
from repro.probe.tables import refresh

if __name__ == "__main__":
    sys.exit(generated.main(refresh))
