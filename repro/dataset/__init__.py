"""The pictures: from what users have to the chapter's small set, checked picture by picture."""

from repro.dataset.downloading import download
from repro.dataset.preparation import prepare
from repro.dataset.split import Split
from repro.dataset.verification import Verification, verify

__all__ = ["Split", "Verification", "download", "prepare", "verify"]
