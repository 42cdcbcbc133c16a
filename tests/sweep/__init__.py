from __future__ import annotations

from repro.experiments import EXPERIMENTS, started_after
from repro.plans import Plan
from repro.recipe import RECIPES


def asked(experiments, recipes, seeds, *, start_epochs=None, **options) -> list[Plan]:
    """Every experiment under every recipe with all seeds."""
    chosen = [started_after(EXPERIMENTS[name], start_epochs) for name in experiments]
    under = [RECIPES[name] for name in recipes]
    return [Plan(one, recipe, seeds=seeds, **options) for one in chosen for recipe in under]
