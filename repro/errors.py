"""Errors whose text says what was found, what was expected, and what to do next."""

from __future__ import annotations

from collections.abc import Collection


class ReproError(Exception):
    """Bad input: an option, a file or a download that the project cannot use.

    The command line prints the text alone, without a traceback, and exits with code 2.

    Args:
        subject: the file, folder or option at fault, as the user knows it.
        found: what was found there.
        expected: what would have been right.
        remedy: what the user can do about it.
    """

    def __init__(self, subject: object, *, found: str, expected: str, remedy: str) -> None:
        self.subject = str(subject)
        self.found = found
        self.expected = expected
        self.remedy = remedy
        super().__init__(f"{self.subject}: found {found}; expected {expected}. {remedy}")


class DatasetError(ReproError):
    """The originals or the small split are not what the chapter starts from."""


class WeightsError(ReproError):
    """The weights are not the ImageNet tensors of the VGG16 base."""


class DownloadError(ReproError):
    """A download failed, or what arrived is not what was asked for."""


class RecordError(ReproError):
    """A run record cannot be read."""


class CheckpointError(ReproError):
    """A checkpoint cannot be read."""


class OptionError(ReproError):
    """An option or argument is out of range."""


def check_known(option: str, value: object, known: Collection[object]) -> None:
    """Refuses a value that is none of the known ones.

    Raises:
        OptionError: names them.
    """
    if value not in known:
        expected = f"one of {', '.join(map(str, known))}"
        raise OptionError(
            option, found=repr(value), expected=expected, remedy="Choose one of them."
        )
