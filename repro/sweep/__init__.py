"""Many runs: every experiment under every recipe with every seed, on one machine or on a cluster.

:mod:`planning` says what there is to compute, :mod:`execution` computes a task of it,
:mod:`driving` takes all tasks to an executor, here or on a :mod:`cluster`, and makes the records.
"""

from repro.sweep.planning import Schedule, schedule

__all__ = ["Schedule", "schedule"]
