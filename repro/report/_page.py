"""From run records to the page."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from repro import chapter, claims
from repro.claims import VERDICTS, Judgement
from repro.claims._documents import stands_on
from repro.record import RunRecord, write_text
from repro.report import _figures, _pictures, accuracies
from repro.report._groups import Group, group
from repro.report._template import render

#: Experiments with a figure of their own; more are in the table of runs alone.
MOST_FIGURES = 24


def build(
    records: Sequence[RunRecord],
    destination: Path,
    *,
    originals: Path | None = None,
    pictures: bool = True,
) -> Path:
    """Writes one self-contained HTML page, and returns its path.

    It has verdicts, curves, times, mistakes and provenance.

    Args:
        records: one or many run records.
        destination: the HTML file.
        originals: folder of the user's own Kaggle pictures, flat or prepared; None shows none.
        pictures: False leaves every picture out, for publishing.
    """
    return write_text(page(records, originals if pictures else None), destination)


def page(records: Sequence[RunRecord], originals: Path | None = None) -> str:
    """Returns the page's text; ``originals`` are the pictures to show, None shows none."""
    judgements = claims.judge(records)
    known = {claim.id: claim for claim in claims.CLAIMS}
    ledger = [(known[one.id], one) for one in judgements]
    groups = group(records)
    times = [(one.name, one.seconds) for one in groups[:MOST_FIGURES]]
    only_demonstration = all(record.demonstration for record in records)
    judged = [] if only_demonstration else accuracies.judged(judgements)
    return render(
        "page.html.j2",
        demonstration=any(record.demonstration for record in records),
        only_demonstration=only_demonstration,
        answer=answer(judgements, records),
        verdicts=VERDICTS,
        counts=Counter(one.verdict for one in judgements),
        ledger=[pair for pair in ledger if pair[1].verdict != "not run here"],
        waiting=[pair for pair in ledger if pair[1].verdict == "not run here"],
        groups=groups,
        **_curves([(*pair, accuracies.shown_by(pair[0], groups)) for pair in judged], groups),
        summary=[_summary(found) for found in groups],
        times=_figures.epoch_times(times) if times else None,
        samples=_pictures.samples(originals) if originals is not None else [],
        augmentations=_pictures.augmentations(originals) if originals is not None else [],
        mistakes=[
            _pictures.show_mistake(mistake, originals)
            for mistake in _pictures.mistakes(_by_evidence(groups))
        ],
        confusions=_confusions(groups[:MOST_FIGURES]),
        records=records,
        standing=_standing,
        json=json.dumps,
        claims=claims,
        accuracies=accuracies,
    )


def answer(judgements: Sequence[Judgement], records: Sequence[RunRecord]) -> str:
    """Returns the page's one sentence."""
    counts = Counter(judgement.verdict for judgement in judgements)
    judged = len(judgements) - counts["not run here"]
    parts = [f"{counts[name]} {name}" for name in VERDICTS[:-1] if counts[name]]
    whose = "the chapter's and its notebooks'"
    text = f"Of {whose} {len(judgements)} statements, {judged} could be judged"
    text += f": {', '.join(parts)}." if parts else "."
    if records and all(record.demonstration for record in records):
        return (
            "A demonstration on drawn pictures, with no evidence about the chapter's accuracies. "
            + text
        )
    about = next((one for one in judgements if one.id == "fast-extraction-accuracy"), None)
    if about is None or about.verdict == "not run here":
        return text
    if isinstance(about.measured, float):
        text += f" Its “about 90\u00a0%” came out as {100 * about.measured:.1f}\u00a0%."
    return text


def _by_evidence(groups: Sequence[Group]) -> list[Group]:
    """Real runs first; among them the chapter's techniques, the last and best trained one first."""
    ranks = {"technique-3": 0, "technique-2": 1, "technique-1": 2}
    return sorted(groups, key=lambda one: (one.demonstration, ranks.get(one.experiment, 3)))


def _curves(headlines: Sequence[tuple[Any, ...]], groups: Sequence[Group]) -> dict[str, Any]:
    """The chapter's accuracies with the group that shows each, then the groups that show none."""
    headed = [position for *_, position in headlines if position is not None]
    rest = [position for position in range(len(groups)) if position not in headed][:MOST_FIGURES]
    figures = {
        number: _figures.curves(found.runs, found.name, found.published, number=number)
        for number, found in enumerate(groups)
        if number in {*headed, *rest}
    }
    left = len(groups) - len(figures)
    return {"headlines": headlines, "rest": rest, "figures": figures, "without_figure": left}


def _standing(one: Judgement) -> str:
    """Returns how firmly a verdict stands, in a line; a single run is the evidence's to name."""
    overturned = one.standing.overturned_by
    return f"Stands on {stands_on(one)}." + f" Overturned by {overturned}." * bool(overturned)


def _summary(found: Group) -> dict[str, Any]:
    last = [run.history.val_accuracy[-1] for run in found.runs]
    tests = [run.evaluations["test"].accuracy for run in found.runs if "test" in run.evaluations]
    return {
        "name": found.name,
        "seeds": len(found.runs),
        "epochs": len(found.runs[0].history.loss),
        "validation": f"{np.mean(last):.4f}",
        "loss": f"{np.mean([run.history.val_loss[-1] for run in found.runs]):.4f}",
        "test": f"{np.mean(tests):.4f}" if tests else "–",
        "seconds": f"{np.median(found.seconds):.3g}",
    }


def _confusions(groups: Sequence[Group]) -> list[dict[str, Any]]:
    found = []
    for one in groups:
        for fold in chapter.EVALUATED:
            tables = [
                run.evaluations[fold].confusion for run in one.runs if fold in run.evaluations
            ]
            if tables:
                sums = np.sum(tables, axis=0).tolist()
                found.append({"name": one.name, "fold": fold, "seeds": len(tables), "counts": sums})
    return found
