"""Runs and reports the outcome: the record, the ledger and the page as files, a table to read."""

from __future__ import annotations

import json
import logging
import sys
from pathlib import Path

from rich.console import Console

from repro import claims, record, report, settings
from repro.claims import Judgement
from repro.cli import options
from repro.cli.headline import Headline, runs
from repro.plans import Plan, gather
from repro.running import Job, main_job, run

logger = logging.getLogger(__name__)

DEMONSTRATION = (
    "DEMONSTRATION on drawn pictures with a random base: no evidence about the chapter. "
    f"Point {settings.ORIGINALS} and {settings.WEIGHTS} at the real ones."
)
#: Verdicts that make ``--strict`` end with code 1. An erratum is the text's own slip.
FAILING = ("not reproduced", "refuted")


def console(*, demonstration: bool = False) -> Console:
    """Returns the console that everything is printed to; a pipe gets lines of 160 columns."""
    found = Console() if sys.stdout.isatty() else Console(width=160)
    if demonstration:
        found.print(DEMONSTRATION, style="bold")
    return found


def run_main_job(
    job: Job, *, ledger: Path | None, output: Path | None, strict: bool, everything: bool
) -> int:
    """Runs the main job, reports it, and returns the exit code; the arguments are options."""
    options.check_writable(ledger, "--ledger", folder=False)
    options.check_writable(output, "--output", folder=True)
    shown = console(demonstration=job.originals is None)
    made = main_job(job)
    logger.info("4/4 The verdicts")
    judgements = claims.judge([made])
    shown.print(Headline(judgements, made.demonstration, everything))
    shown.print(runs(made))
    folder = output if output is not None else settings.home() / "output"
    kept = record.write(made, folder / "record.json")
    _write_ledger(judgements, folder / "ledger.json")
    if ledger is not None:
        _write_ledger(judgements, ledger)
    page = report.build([made], folder / "report.html", originals=job.originals)
    shown.print(f"Record: {kept}\nPage: {page}", soft_wrap=True)
    failed = any(judgement.verdict in FAILING for judgement in judgements)
    return 1 if strict and failed else 0


def run_experiment(
    plan: Plan, originals: Path | None, weights: Path | None, *, output: Path | None, fresh: bool
) -> None:
    """Runs an experiment; prints what came out and writes its record."""
    shown = console(demonstration=originals is None)
    materials = gather(originals, weights, interpolation=plan.recipe.resize_interpolation)
    made = run(plan, materials, fresh=fresh)
    by_layer = made.observations.get("layers.accuracy")
    if by_layer is not None:
        shown.print(f"validation accuracy by layer: {by_layer}")
    shown.print(runs(made))
    default = settings.home() / "output" / f"{plan.name}-{plan.recipe.name}.json"
    kept = record.write(made, output if output is not None else default)
    shown.print(f"Record: {kept}", soft_wrap=True)


def _write_ledger(judgements: tuple[Judgement, ...], path: Path) -> None:
    text = json.dumps(claims.ledger(judgements), indent=1, ensure_ascii=False, allow_nan=False)
    record.write_text(text + "\n", path)
