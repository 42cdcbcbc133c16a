"""Getting the originals, for those with a network: from Kaggle or Microsoft."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from repro.errors import DownloadError, check_known

COMPETITION = "dogs-vs-cats"
MICROSOFT_URL = (
    "https://download.microsoft.com/download/3/E/1/"
    "3E1C3F21-ECDB-4869-8368-6DEBA77B919F/kagglecatsanddogs_5340.zip"
)
#: As published by projects that use the archive, not by Microsoft; see docs/data.md.
MICROSOFT_SHA256 = "b7974bd00a84a99921f36ee4403f089853777b5ae8d151c76a86e64900334af9"
#: The archive has 824,887,076 bytes.
MICROSOFT_LARGEST = 2**30

_TOKEN = (
    f"Accept the rules at https://www.kaggle.com/competitions/{COMPETITION}/rules, make a token "
    "under https://www.kaggle.com/settings (API), and save it as ~/.kaggle/kaggle.json or set "
    "KAGGLE_USERNAME and KAGGLE_KEY. Microsoft's copy needs no token."
)


def download(source: Literal["kaggle", "microsoft"], destination: Path) -> Path:
    """Downloads the originals.

    Args:
        source: "kaggle" is the competition itself and needs the user's token; "microsoft" is the
            public copy, 787 MiB, whose pictures are recognised by their fingerprints.
        destination: the folder for the downloads.

    Returns:
        What to give to :func:`repro.dataset.prepare`.

    Raises:
        DownloadError: the transfer failed, or Kaggle doesn't let the user in.
        OptionError: unknown source.
    """
    check_known("source", source, ("kaggle", "microsoft"))
    destination = Path(destination).expanduser()
    if source == "microsoft":
        from repro import download as downloads  # with all of requests: not needed on most runs

        target = destination / MICROSOFT_URL.rsplit("/", 1)[1]
        return downloads.fetch(
            MICROSOFT_URL, target, sha256=MICROSOFT_SHA256, largest_bytes=MICROSOFT_LARGEST
        )
    return _from_kaggle(destination / COMPETITION)


def _from_kaggle(destination: Path) -> Path:
    subject = f"Kaggle's competition {COMPETITION!r}"
    try:
        import kagglehub
    except ImportError as error:
        remedy = f"Run `python -m pip install -e '.[kaggle]'`. {_TOKEN}"
        expected = "the package kagglehub"
        raise DownloadError(subject, found="none", expected=expected, remedy=remedy) from error
    try:
        return Path(kagglehub.competition_download(COMPETITION, output_dir=str(destination)))
    except Exception as error:  # kagglehub's own classes, requests', and input() without a terminal
        found = f"{type(error).__name__}: {error}"
        expected = "the pictures"
        raise DownloadError(subject, found=found, expected=expected, remedy=_TOKEN) from error
