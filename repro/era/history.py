"""The commits behind the changes, from Keras's own history and its tags."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from importlib import resources


@dataclass(frozen=True)
class Commit:
    """A commit that changed what the chapter's listings do.

    Args:
        reading: the quantity that it changed, a name of :data:`repro.era.readings.READINGS`.
        commit: its hash in keras-team/keras.
        date: of its author.
        first: the first of :data:`repro.era.releases.RELEASES` whose tag holds it. What was
            measured has to agree: a test compares them.
        what: in a few words, with the pull request where there is one.
    """

    reading: str
    commit: str
    date: str
    first: str
    what: str


def _commits() -> tuple[Commit, ...]:
    text = resources.files("repro.era").joinpath("history.csv").read_text(encoding="utf-8")
    return tuple(Commit(**row) for row in csv.DictReader(text.splitlines()))


COMMITS = _commits()
