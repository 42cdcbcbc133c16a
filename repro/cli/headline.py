"""What a run prints first: the famous numbers, the counts, and what is not plainly reproduced.

Pure: judgements go in, something that rich prints comes out. The console decides how wide the
terminal is, whether it is one at all, and whether it wants colours.
"""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import fmean

from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from repro import claims, settings
from repro.chapter import EVALUATED
from repro.claims import VERDICTS, Judgement, Verdict
from repro.claims._table import COLOURS, counted
from repro.record import RunRecord
from repro.report import accuracies

#: What needs a second look, the gravest first.
GRAVEST: tuple[Verdict, ...] = ("refuted", "not reproduced", "erratum", "reproduced with a note")
#: Lines of the findings: with what stands above and below, a run prints 45 lines at most where the
#: terminal has 100 columns.
MOST_LINES = 20
#: Seeds whose values are listed one by one.
MOST_SEEDS = 5


@dataclass(frozen=True)
class Headline:
    """The verdicts as a terminal shows them.

    Args:
        judgements: what :func:`repro.claims.judge` returned.
        demonstration: whether the run used drawn pictures or a random base.
        everything: the whole ledger in place of what needs a second look.
    """

    judgements: Sequence[Judgement]
    demonstration: bool
    everything: bool = False

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Yields the parts, from the most to the least important."""
        yield _demonstrated(self.judgements) if self.demonstration else _accuracies(self.judgements)
        yield _counts(self.judgements)
        if self.everything:
            yield claims.table(self.judgements, demonstration=self.demonstration)
            return
        found = sorted(
            (one for one in self.judgements if one.verdict in GRAVEST),
            key=lambda one: GRAVEST.index(one.verdict),
        )
        shown = list(_fitting([_finding(one) for one in found], console, options))
        if shown:
            yield Text("Not plainly reproduced:", style="bold")
            yield from shown
        left = len(found) - len(shown)
        more = f"{left} more of these, and all" if left else "All"
        total = len(self.judgements)
        yield Text(f"{more} {total} statements with their evidence: --all, or the page.")
        untried = [one for _, one in accuracies.judged(self.judgements) if _open(one)]
        if untried and not self.demonstration:
            yield Text("For the other accuracies: repro run technique-2, repro run technique-3.")


def runs(made: RunRecord) -> Text:
    """Says in a few lines where a record was made and what its runs reached."""
    place, versions = made.environment, made.environment.get("versions")
    keras = versions.get("keras") if isinstance(versions, dict) else "?"
    seconds = made.timings.get("total_seconds", made.timings.get("seconds", 0))
    notice = "DEMONSTRATION, no evidence: " if made.demonstration else ""
    epochs = max((len(run.history.loss) for run in made.runs), default=0)
    lines = [
        f"{notice}{made.experiment}, recipe {made.recipe.get('name')}, "
        f"{counted(len(made.runs), 'seed')}, {counted(epochs, 'epoch')}, "
        f"{seconds:.0f} s, {made.timings.get('peak_memory_gib', 0):.1f} GiB",
        f"{place.get('processor')}, {place.get('cores')} cores, {place.get('device')}, "
        f"Keras {keras} on {place.get('backend')}, {made.settings.get('precision')}{_engine(made)}",
    ]
    for fold in EVALUATED:
        found = [run.evaluations[fold] for run in made.runs if fold in run.evaluations]
        if found:
            shares = _listed([one.accuracy for one in found])
            losses = _listed([one.loss for one in found])
            lines.append(f"{fold} of {found[0].n}: accuracy {shares}; loss {losses}")
    return Text("\n".join(lines), style="dim")


def excerpt(records: Sequence[RunRecord]) -> str:
    """Returns the beginning of a demonstration's report, as a block of Markdown.

    What was observed of models, freezing and augmentation is the same with drawn pictures as with
    real ones; one of the records holds it.
    """
    seen = [one for one in records if "inspection.made_with" in one.observations]
    judged = claims.judge([one.model_copy(update={"demonstration": True}) for one in seen[-1:]])
    stream = io.StringIO()
    shown = Console(file=stream, width=100, color_system=None)
    shown.print(_demonstrated(judged), _counts(judged))
    return f"```\n{stream.getvalue().rstrip()}\n```"


# ------------------------------------------------------------------------------------------- parts


def _accuracies(judgements: Sequence[Judgement]) -> RenderableType:
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False)
    for name in ("", "published", "measured [95 %]", "verdict"):
        table.add_column(name, overflow="fold", header_style="dim")
    for accuracy, one in accuracies.judged(judgements):
        verdict = Text(one.verdict, style=COLOURS[one.verdict])
        published = accuracies.percent(one.published)
        table.add_row(accuracy.name, published, accuracies.measured(one), verdict)
    return Panel(table, title="The chapter's accuracies", title_align="left", expand=False)


def _demonstrated(judgements: Sequence[Judgement]) -> RenderableType:
    given = {one.id for one in claims.judge(()) if not _open(one)}
    checked = sum(not _open(one) and one.id not in given for one in judgements)
    lines = Text.assemble(
        ("Really checked: ", "bold"),
        f"{checked} statements that need neither pictures nor weights.\n",
        ("Judged without a run: ", "bold"),
        f"{len(given)}, by sources, by arithmetic, or on past releases of Keras.\n",
        ("Only shown: ", "bold"),
        "training and judging, on drawn pictures with a random base.\n",
        ("Next: ", "bold"),
        f"{settings.ORIGINALS}=dogs-vs-cats.zip python -m repro, with Kaggle's pictures.",
    )
    title = "DEMONSTRATION: no evidence about the chapter's accuracies"
    return Panel(lines, title=title, title_align="left", expand=False, border_style="yellow")


def _open(one: Judgement) -> bool:
    return one.verdict == "not run here"


def _counts(judgements: Sequence[Judgement]) -> Text:
    counts = Counter(one.verdict for one in judgements)
    parts = [
        Text(f"{counts[name]} {name}", style=COLOURS[name]) for name in VERDICTS if counts[name]
    ]
    return Text(f"{len(judgements)} statements: ").append_text(Text(", ").join(parts))


def _finding(one: Judgement) -> RenderableType:
    row = Table.grid(padding=(0, 1))
    row.add_column(width=14)
    row.add_column(overflow="fold")
    published, measured = claims.shown(one.published), claims.measured(one)
    values = Text(f"published {published}, measured {measured}", style="dim")
    row.add_row(Text(one.verdict, style=COLOURS[one.verdict]), Group(Text(one.statement), values))
    return row


def _fitting(
    rows: Sequence[RenderableType], console: Console, options: ConsoleOptions
) -> Iterator[RenderableType]:
    """Yields the rows that fit into :data:`MOST_LINES`."""
    left = MOST_LINES
    for row in rows:
        left -= len(console.render_lines(row, options))
        if left < 0:
            return
        yield row


def _engine(made: RunRecord) -> str:
    """Names the frozen base's engine where it is not Keras."""
    versions = made.environment.get("versions")
    version = versions.get(made.engine, "?") if isinstance(versions, dict) else "?"
    return "" if made.engine == "keras" else f", base on {made.engine} {version}"


def _listed(values: Sequence[float]) -> str:
    if len(values) <= MOST_SEEDS:
        return ", ".join(f"{value:.3f}" for value in values)
    return f"{fmean(values):.3f} (mean of {len(values)})"
