"""Where the project keeps its caches, and how the environment variables reach it."""

from __future__ import annotations

import os
from pathlib import Path

import platformdirs

ORIGINALS = "REPRO_ORIGINALS"
WEIGHTS = "REPRO_WEIGHTS"
HOME = "REPRO_HOME"


def home() -> Path:
    """Returns the folder of all caches: ``REPRO_HOME``, else the platform's cache folder."""
    given = os.environ.get(HOME)
    return Path(given).expanduser() if given else Path(platformdirs.user_cache_dir("repro", False))


def originals() -> Path | None:
    """Returns where the user says the Kaggle pictures are (``REPRO_ORIGINALS``), if anywhere."""
    given = os.environ.get(ORIGINALS)
    return Path(given).expanduser() if given else None


def weights() -> Path | None:
    """Returns where the user says the VGG16 weights are (``REPRO_WEIGHTS``), if anywhere."""
    given = os.environ.get(WEIGHTS)
    return Path(given).expanduser() if given else None
