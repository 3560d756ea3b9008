"""A run on the terminal, or in a log that is no terminal.

Whatever a server may have said becomes a `Text` by `_text`: never a string, in which rich would find markup.
"""

from collections import Counter
from collections.abc import Iterable
from itertools import groupby
from typing import Final

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from harness.errors import ExitCode
from harness.history.observations import Observation
from harness.oracle.judge import Finding
from harness.report.axis import clock
from harness.report.capacity.verdict import flaw, interval, told
from harness.report.capacity.words import (
    SIGNS,
    amount,
    aside,
    boundary,
    held,
    measured,
    outcome,
    side_by_side,
)
from harness.report.certificate import Certificate
from harness.report.evidence import Narrator, Step, clean
from harness.report.exhibit import excerpt
from harness.report.results import WORST_FIRST, broken, counted, duration, observed, results, titled, unjudged
from harness.report.run import Run

_QUIET: Final = "bright_black"
_VERDICTS: Final = {"PASS": "green", "FAIL": "bold red", "INCONCLUSIVE": "yellow", "NOT EXERCISED": _QUIET}
_MARKS: Final = {"→": "cyan", "←": "blue", "⇠": "magenta", "·": _QUIET}
_OUTCOMES: Final = {"kept": "green", "missed": "bold red", "unresolved": "yellow", "invalid": _QUIET}
_NAME: Final = 40
_SLOS: Final = {True: Text("met", "green"), False: Text("MISSED", "bold red"), None: Text("no valid figure", "yellow")}


def print_gate(run: Run, console: Console) -> None:
    """Every requirement with its verdict, then the findings, the notes and the headline."""
    _print_circumstances(run, console)
    table = _table(["id", "tier", "verdict"], ["pass", "fail", "inc."])
    table.add_column()
    for r in results(run):
        counts = [Text(f"{count:,}" if count else "·") for count in (r.passed, r.failed, r.inconclusive)]
        # One line each: the whole text is in the findings, and in the report's files.
        words = f"pinned by the profile: {r.text}" if r.pinned else r.text
        text = Text(words, _QUIET, no_wrap=True, overflow="ellipsis")
        table.add_row(r.id, r.tier, Text(r.verdict, _VERDICTS[r.verdict]), *counts, text)
    console.print(table)
    console.print()
    for why, ids in unjudged(run).items():
        console.print(Text(f"{why} ({len(ids)}): {', '.join(ids)}", _QUIET))
    _print_observed(run, console)
    print_findings(run, console)


def print_load(run: Run, console: Console) -> None:
    """The books, the measures and the SLOs, then the findings, the notes and the headline."""
    _print_circumstances(run, console)
    ledger = run.assessment.ledger
    books = Table.grid(padding=(0, 2))
    for field in ledger.__struct_fields__:
        books.add_row(field, _text(counted(getattr(ledger, field)) or "none"))
    judged = results(run)
    verdicts = Counter(result.verdict for result in judged)
    words = [f"{verdicts[name]} {name}" for name in WORST_FIRST if verdicts[name]]
    if pinned := sum(result.pinned for result in judged):
        words.append(f"{pinned} of them pinned by the profile")
    books.add_row("requirements", ", ".join(words))
    console.print(books)
    if run.measures:
        table = _table(["measure"], ["count", "mean", "p50", "p95", "p99", "max"])
        for m in run.measures:
            times = [Text(duration(seconds)) for seconds in (m.mean, m.p50, m.p95, m.p99, m.max)]
            table.add_row(_text(m.name), Text(f"{m.count:,}"), *times)
        console.print(Padding(table, (1, 0, 0, 0)))
    if run.slos:
        table = _table(["SLO", "threshold", "measured"], [])
        table.add_column()
        for slo in run.slos:
            why = _text(f": {slo.why}" if slo.why else "")
            table.add_row(_text(slo.measure), _text(slo.threshold), _text(slo.value), _SLOS[slo.met] + why)
        console.print(Padding(table, (1, 0, 0, 0)))
    print_findings(run, console)


def print_capacity(run: Run, console: Console) -> None:
    """Each level that was tried and the SLOs at the boundary, then the findings, the notes and the headline."""
    _print_circumstances(run, console)
    for certificate in run.capacity:
        _print_certificate(certificate, run.headline, console)
    print_findings(run, console)


def print_run(run: Run, console: Console) -> None:
    """What there is to say of a run of its kind."""
    {"capacity": print_capacity, "load": print_load}.get(run.kind, print_gate)(run, console)


def print_findings(run: Run, console: Console) -> None:
    """The first finding of each requirement that is broken; then the notes and the headline."""
    for requirement, failed, findings in broken(run.assessment):
        console.print()
        console.print(Text(f"{requirement.id}  ", "bold red") + Text(requirement.text, "bold"))
        for finding in findings[:1]:
            _print_finding(finding, requirement.source, run.replays.get(finding.session, ""), console)
        if failed > 1:
            console.print(Text(f"  failed {failed:,} times in all", _QUIET))
    console.print()
    for crash in run.assessment.crashes:
        console.print(_text(f"a fault of the harness: {crash}", "bold red"))
    notes = Table.grid(padding=(0, 1))
    for note in run.notes:
        notes.add_row("-", _text(note))
    console.print(notes)
    style = {ExitCode.OK: "bold green", ExitCode.NO_VERDICT: "bold yellow"}.get(ExitCode(run.exit_code), "bold red")
    console.print(_text(run.headline, style))


class StepPrinter:
    """Prints the steps of one session as they happen; a taker of its log."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._narrator = Narrator()

    def __call__(self, observation: Observation) -> None:
        """Take in an observation."""
        if step := self._narrator.tell(observation):
            _print_steps([step], self._console)


def _print_circumstances(run: Run, console: Console) -> None:
    took = duration(run.seconds)
    setting = f"{run.host}, profile {run.profile}, catalogue {run.catalogue}, seed {run.seed}, {took}"
    console.print(_text(f"{titled(run)}: {setting}"))
    console.print()


def _print_certificate(certificate: Certificate, headline: str, console: Console) -> None:
    table = _table([certificate.target and clean(certificate.target, _NAME), "outcome"], ["at", "level", "chunks/s"])
    table.add_column("why", overflow="fold")
    for level in certificate.levels:
        word = Text(f"{SIGNS[level.outcome]} {outcome(level)}", _OUTCOMES[level.outcome])
        figures = (clock(level.began), amount(level.level), amount(level.chunks))
        table.add_row(str(level.number), word, *figures, _text(level.why, _QUIET))
    console.print(table)
    console.print()
    shown = boundary(certificate)
    table = _table(["SLO", "threshold", *(f"at {amount(level.level)} ({outcome(level)})" for level in shown)], [])
    for slos in side_by_side(shown):
        cells = [_text(f"{measured(slo)} ") + _SLOS[slo.met] for slo in slos]
        table.add_row(_text(slos[0].measure), _text(slos[0].threshold), *cells)
    if missed := aside(shown):
        table.add_row(_text(missed[0]), "none", *map(_text, missed[1:]))
    console.print(table)
    grid = Table.grid(padding=(0, 2))
    grid.add_column()
    grid.add_column(overflow="fold")
    style = "bold green" if certificate.valid else "bold yellow"
    grid.add_row(Text("holds", _QUIET), _text(" ".join(held(certificate)), style))
    said = {
        "": interval(certificate),
        **told(certificate, headline),
        flaw(certificate): "; ".join(certificate.reasons),
    }
    for label, words in said.items():
        if words:
            grid.add_row(Text(label, _QUIET), _text(words))
    console.print(Padding(grid, (1, 0)))


def _print_finding(finding: Finding, source: str, replay: str, console: Console) -> None:
    session = f"{finding.session} (scenario {finding.scenario}, seed {finding.seed})"
    told = {
        "source": source,
        "expected": finding.expected,
        "happened": finding.happened,
        "when": f"{finding.at:+.3f}s in session {session}" if finding.trail else f"by comparing sessions: {session}",
    }
    grid = Table.grid(padding=(0, 2))
    grid.add_column()
    grid.add_column(overflow="fold")
    for label, words in told.items():
        grid.add_row(Text(label, _QUIET), _text(words))
    console.print(Padding(grid, (0, 0, 0, 2)))
    _print_steps(excerpt(finding), console, indent=4)
    if replay:
        # Not wrapped, so that it can be copied.
        console.print(Text("  replay    ", _QUIET) + _text(replay), soft_wrap=True)


def _print_observed(run: Run, console: Console) -> None:
    """The answers to open questions, a paragraph for each requirement."""
    rows = observed(run)
    if rows:
        console.print(Text("\nWhat the document leaves open, and what this server does:", _QUIET))
    grid = Table.grid(padding=(0, 2))
    grid.add_column()
    grid.add_column(overflow="fold")
    for requirement, group in groupby(rows, lambda row: row.requirement):
        grid.add_row(Text(requirement), Text("; ".join(f"{row.question}: {row.in_words}" for row in group), _QUIET))
    console.print(grid)


def _print_steps(told: Iterable[Step], console: Console, indent: int = 0) -> None:
    if not console.is_terminal:  # a file, or another program: nothing is folded there
        for step in told:
            console.print(Text(f"{' ' * indent}{step.at:+9.3f}s {step.mark} {step.text}"), soft_wrap=True)
        return
    grid = Table.grid(padding=(0, 1))
    grid.add_column(justify="right", min_width=9)
    grid.add_column()
    grid.add_column(overflow="fold")
    for step in told:
        grid.add_row(Text(f"{step.at:+.3f}s", _QUIET), Text(step.mark, _MARKS[step.mark]), Text(step.text))
    console.print(Padding(grid, (0, 0, 0, indent)))


def _table(words: list[str], numbers: list[str]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in words:
        table.add_column(heading, no_wrap=True)
    for heading in numbers:
        table.add_column(heading, justify="right", no_wrap=True)
    return table


def _text(words: str, style: str = "") -> Text:
    return Text(clean(words), style)
