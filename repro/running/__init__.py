"""From a plan and its materials to a run record: what the command line calls."""

from repro.running.job import Job, main_job
from repro.running.recording import run, run_together

__all__ = ["Job", "main_job", "run", "run_together"]
