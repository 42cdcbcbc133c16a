"""Where the project keeps its caches, and how the environment variables reach it."""

from __future__ import annotations

import os
from pathlib import Path

import platformdirs

from repro.errors import OptionError

ORIGINALS = "REPRO_ORIGINALS"
WEIGHTS = "REPRO_WEIGHTS"
HOME = "REPRO_HOME"


def home() -> Path:
    """Returns the folder of all caches: ``REPRO_HOME``, else the platform's cache folder.

    Raises:
        OptionError: there is neither.
    """
    given = _path(HOME)
    if given is not None:
        return given
    try:
        folder = Path(platformdirs.user_cache_dir("repro", False))
    except RuntimeError:  # of newer versions; older ones return a "~" that stands for nobody's home
        folder = Path("~")
    if not folder.is_absolute():
        raise OptionError(
            HOME,
            found="no value, and no home folder",
            expected="a folder for the caches",
            remedy=f"Set {HOME} to a folder with some gigabytes of room.",
        )
    return folder


def weights() -> Path | None:
    """Returns where the user says the VGG16 weights are (``REPRO_WEIGHTS``), if anywhere."""
    return _path(WEIGHTS)


def _path(variable: str) -> Path | None:
    given = os.environ.get(variable)
    try:
        return Path(given).expanduser() if given else None
    except RuntimeError as error:
        raise OptionError(
            variable,
            found=f"{given}, whose user's home is not known",
            expected="a path",
            remedy="Write the path out in full.",
        ) from error
