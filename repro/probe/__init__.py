"""The drift probe: what one environment computes from fixed inputs, as one small JSON file.

Probes of two environments differ by what their versions do, and by nothing else. The differences
are computed in :mod:`repro.probe.drift` and put into tables in :mod:`repro.probe.tables`.
"""

from repro.probe._measure import agreement, measure
from repro.probe._schema import Fact, Floats, Probe, is_probe, read, write

__all__ = ["Fact", "Floats", "Probe", "agreement", "is_probe", "measure", "read", "write"]
