"""What is to be run and what it is run on: plans, materials, and both bound together."""

from repro.plans.materials import Materials, gather
from repro.plans.plan import Plan
from repro.plans.trial import EVALUATED, Trial, bind

__all__ = ["EVALUATED", "Materials", "Plan", "Trial", "bind", "gather"]
