"""From originals and weights to run records: what the command line calls."""

from repro.running.job import Job, main_job
from repro.running.materials import Materials, gather
from repro.running.plan import Plan
from repro.running.probing import probe_layers
from repro.running.techniques import run
from repro.running.together import run_together

__all__ = ["Job", "Materials", "Plan", "gather", "main_job", "probe_layers", "run", "run_together"]
