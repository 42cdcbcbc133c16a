"""What to run and what to run it on: plans, materials, and trials that bind the two together."""

from repro.plans.materials import Materials, gather
from repro.plans.plan import Plan
from repro.plans.trial import Trial, bind

__all__ = ["Materials", "Plan", "Trial", "bind", "gather"]
