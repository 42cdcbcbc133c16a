"""``python -m repro.claims`` renews the verdicts in the documents, from the records in results/."""

from __future__ import annotations

import sys

from repro import generated
from repro.claims import CLAIMS, judge
from repro.claims._documents import committed, refresh

if __name__ == "__main__":
    sys.exit(generated.main(lambda root: refresh(root, CLAIMS, judge(committed(root)))))
