"""``python -m repro.report`` renews what the documents show of experiments, from results/."""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path

from repro import claims, generated
from repro.cli.headline import excerpt
from repro.report import makers, story


def refresh(root: Path) -> list[Path]:
    """Renews a checkout's tables, findings and figures; returns the files that changed."""
    records = claims.committed(root)
    kinds: generated.Makers = {**makers(records), "demonstration": partial(excerpt, records)}
    changed = generated.renew(generated.documents(root), kinds)
    return [*changed, *story.refresh(root, records)]


if __name__ == "__main__":
    sys.exit(generated.main(refresh))
