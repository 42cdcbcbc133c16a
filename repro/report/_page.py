"""From run records to the page."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from markupsafe import Markup

from repro import claims
from repro.claims import VERDICTS, Judgement
from repro.claims._documents import stands_on
from repro.claims._table import measured, shown
from repro.record import RunRecord, write_text
from repro.report import _figures, _pictures, accuracies
from repro.report._groups import Group, group
from repro.report._template import render

#: Experiments with a figure of their own; more are in the table of runs alone.
MOST_FIGURES = 24


@dataclass(frozen=True)
class _Line:
    """One row of the ledger, as the page prints it."""

    id: str
    topic: str
    place: str
    statement: str
    published: str
    measured: str
    verdict: str
    order: int
    evidence: str
    standing: str


def build(
    records: Sequence[RunRecord],
    destination: Path,
    *,
    originals: Path | None = None,
    pictures: bool = True,
) -> Path:
    """Writes one self-contained HTML page: verdicts, curves, times, mistakes, provenance.

    Args:
        records: one or many run records.
        destination: the HTML file.
        originals: folder of the user's own Kaggle pictures, flat or prepared; None shows none.
        pictures: False leaves every picture out, for publishing.

    Returns:
        ``destination``.
    """
    judgements = claims.judge(records)
    groups = group(records)
    source = originals if pictures else None
    only_demonstration = all(record.demonstration for record in records)
    headlines = [] if only_demonstration else _headlines(judgements, groups)
    headed = {one["position"] for one in headlines}
    rest = [position for position in range(len(groups)) if position not in headed][:MOST_FIGURES]
    mistakes = _pictures.mistakes(_by_evidence(groups))
    text = render(
        "page.html.j2",
        demonstration=any(record.demonstration for record in records),
        only_demonstration=only_demonstration,
        answer=answer(judgements, records),
        counts=_counts(judgements),
        headlines=headlines,
        ledger=[line for line in _ledger(judgements) if line.verdict != "not run here"],
        waiting=[line for line in _ledger(judgements) if line.verdict == "not run here"],
        figures=[_drawn(groups[position], position) for position in rest],
        without_figure=len(groups) - len(rest) - len(headed - {None}),
        summary=[_summary(found) for found in groups],
        times=_times(groups),
        samples=_pictures.samples(source) if source is not None else [],
        augmentations=_pictures.augmentations(source) if source is not None else [],
        mistakes=[_pictures.show_mistake(mistake, source) for mistake in mistakes],
        confusions=_confusions(groups),
        provenance=_provenance(records),
    )
    return write_text(text, destination)


def answer(judgements: Sequence[Judgement], records: Sequence[RunRecord]) -> str:
    """Returns the page's one sentence."""
    counts = Counter(judgement.verdict for judgement in judgements)
    judged = len(judgements) - counts["not run here"]
    parts = [f"{counts[name]} {name}" for name in VERDICTS[:-1] if counts[name]]
    text = f"Of the chapter's {len(judgements)} statements, {judged} could be judged"
    text += f": {', '.join(parts)}." if parts else "."
    if records and all(record.demonstration for record in records):
        return (
            "A demonstration on drawn pictures, with no evidence about the chapter's accuracies. "
            + text
        )
    about = next((one for one in judgements if one.id == "fast-extraction-accuracy"), None)
    if about is not None and isinstance(about.measured, float):
        text += f" Its “about 90\u00a0%” came out as {100 * about.measured:.1f}\u00a0%."
    return text


def _by_evidence(groups: Sequence[Group]) -> list[Group]:
    """Real runs first; among them the chapter's techniques, the last and best trained one first."""
    ranks = {"technique-3": 0, "technique-2": 1, "technique-1": 2}
    return sorted(groups, key=lambda one: (one.demonstration, ranks.get(one.experiment, 3)))


def _counts(judgements: Sequence[Judgement]) -> list[tuple[str, int]]:
    counts = Counter(judgement.verdict for judgement in judgements)
    return [(name, counts[name]) for name in VERDICTS]


def _ledger(judgements: Sequence[Judgement]) -> list[_Line]:
    known = {claim.id: claim for claim in claims.CLAIMS}
    return [
        _Line(
            one.id,
            known[one.id].topic,
            known[one.id].place,
            one.statement,
            shown(one.published),
            measured(one),
            one.verdict,
            VERDICTS.index(one.verdict),
            one.evidence,
            _standing(one),
        )
        for one in judgements
    ]


def _standing(one: Judgement) -> str:
    """Returns how firmly a verdict stands, in a line; a single run is the evidence's to name."""
    if one.verdict == "not run here":
        return ""
    overturned = one.standing.overturned_by
    return f"Stands on {stands_on(one)}." + f" Overturned by {overturned}." * bool(overturned)


def _headlines(judgements: Sequence[Judgement], groups: Sequence[Group]) -> list[dict[str, Any]]:
    """The chapter's accuracies, each with the curves that show it."""
    found = []
    for accuracy, one in accuracies.judged(judgements):
        position = accuracies.shown_by(accuracy, groups)
        found.append(
            {
                "id": one.id,
                "name": accuracy.name,
                "published": accuracies.percent(one.published),
                "measured": accuracies.measured(one),
                "verdict": one.verdict,
                "position": position,
                "drawn": _drawn(groups[position], position) if position is not None else None,
            }
        )
    return found


def _drawn(found: Group, number: int) -> dict[str, Any]:
    figure = _figures.curves(found.runs, found.name, found.published, number=number)
    # Markup, because matplotlib made it and escaped the texts that it was given.
    return {"figure": figure, "svg": Markup(figure.svg), "name": found.name}  # noqa: S704


def _summary(found: Group) -> dict[str, Any]:
    last = [run.history.val_accuracy[-1] for run in found.runs]
    tests = [run.evaluations["test"].accuracy for run in found.runs if "test" in run.evaluations]
    seconds = [value for run in found.runs for value in run.history.seconds]
    return {
        "name": found.name,
        "seeds": len(found.runs),
        "epochs": max(len(run.history.loss) for run in found.runs),
        "validation": f"{np.mean(last):.4f}",
        "loss": f"{np.mean([run.history.val_loss[-1] for run in found.runs]):.4f}",
        "test": f"{np.mean(tests):.4f}" if tests else "–",
        "seconds": f"{np.median(seconds):.3g}",
    }


def _times(groups: Sequence[Group]) -> dict[str, Any] | None:
    timed = [
        (found.name, [value for run in found.runs for value in run.history.seconds])
        for found in groups[:MOST_FIGURES]
    ]
    if not timed:
        return None
    figure = _figures.epoch_times(timed)
    return {"figure": figure, "svg": Markup(figure.svg)}  # noqa: S704 - as above


def _confusions(groups: Sequence[Group]) -> list[dict[str, Any]]:
    found = []
    for one in groups[:MOST_FIGURES]:
        for fold in ("validation", "test"):
            tables = [
                evaluation.confusion
                for run in one.runs
                for key, evaluation in run.evaluations.items()
                if key == fold
            ]
            if tables:
                sums = np.sum(tables, axis=0).tolist()
                found.append({"name": one.name, "fold": fold, "seeds": len(tables), "counts": sums})
    return found


def _provenance(records: Sequence[RunRecord]) -> list[dict[str, Any]]:
    return [
        {
            "experiment": record.experiment,
            "demonstration": record.demonstration,
            "command": record.command,
            "seeds": ", ".join(str(run.seed) for run in record.runs),
            "time": f"{record.started} to {record.finished}" if record.started else "",
            "facts": [
                *_facts("recipe", record.recipe),
                *_facts("settings", record.settings),
                *_facts("environment", record.environment),
                *_facts("digests", record.digests),
                *_facts("timings", record.timings),
            ],
        }
        for record in records
    ]


def _facts(part: str, values: dict[str, Any]) -> list[tuple[str, str]]:
    return [
        (f"{part}: {key}", value if isinstance(value, str) else json.dumps(value))
        for key, value in values.items()
    ]
