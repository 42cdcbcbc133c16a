"""Nine years of Keras: what each release makes of the chapter's listings.

Each release runs in an environment of its own (:mod:`repro.era.environments`), with the Python of
its time, the plain scripts of ``listings/``, and writes one record. What the records say stands in
:mod:`repro.era.readings`; :mod:`repro.era.tables` prints it.
"""

from repro.era.records import EraRecord, committed, read, write
from repro.era.releases import RELEASES, Release, named
from repro.era.running import measure

__all__ = [
    "RELEASES",
    "EraRecord",
    "Release",
    "committed",
    "measure",
    "named",
    "read",
    "write",
]
