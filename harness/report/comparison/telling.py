"""A comparison in the terminal, and in Markdown for a pull request."""

from collections.abc import Iterator, Sequence
from typing import Final

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from harness.errors import ExitCode
from harness.report.comparison.compared import Comparison
from harness.report.comparison.difference import Difference, change_in_words, figure_in_words
from harness.report.evidence import clean
from harness.report.marking import escaped, table

_STYLES: Final = {"better": "green", "worse": "bold red"}
_ICONS: Final = {"better": "🟢 ", "worse": "🔴 "}
_METHOD: Final = (
    "In brackets, the interval in which each figure lies: better or worse is only what lies outside the other's. What "
    "lasts longer than a quarter of a run, or differs from day to day, no interval of one run can tell of."
)


def print_comparison(comparison: Comparison, console: Console) -> None:
    """A table of the figures, then the verdict."""
    console.print(Text(f"{clean(comparison.new)} held against {clean(comparison.old)}", "bold"))
    for words in _remarks(comparison):
        console.print(Text(clean(words), "yellow"))
    shown = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("measure", "old", "new", "change", "verdict"):
        shown.add_column(heading)
    for row in comparison.differences:
        *cells, verdict = _cells(row)
        shown.add_row(*map(Text, cells), Text(verdict, _STYLES.get(row.verdict, "")))
    console.print(Padding(shown, (1, 0)))
    style = {ExitCode.OK: "bold", ExitCode.NO_VERDICT: "bold yellow"}.get(comparison.exit_code, "bold red")
    console.print(Text(clean(comparison.headline), style))


def markdown(comparisons: Sequence[Comparison]) -> str:
    """The text for a pull request."""
    return "\n".join([*(line for each in comparisons for line in _lines(each)), f"\n{_METHOD}", ""])


def _lines(comparison: Comparison) -> Iterator[str]:
    yield f"## {escaped(comparison.headline)}\n"
    yield f"{escaped(comparison.new)} held against {escaped(comparison.old)}.\n"
    for words in _remarks(comparison):
        yield f"- {escaped(words)}"
    rows = []
    for row in comparison.differences:
        *cells, verdict = map(escaped, _cells(row))
        rows.append((*cells, _ICONS.get(row.verdict, "⚪ ") + verdict))
    yield from table(("Measure", "Old", "New", "Change", "Verdict"), rows)
    yield ""


def _remarks(comparison: Comparison) -> Iterator[str]:
    yield from comparison.invalid
    for words in comparison.unlike:
        yield f"not alike, so that figures may differ by this: {words}"
    yield from comparison.notes


def _cells(row: Difference) -> tuple[str, ...]:
    measure = f"{row.measure} {row.where}".strip()
    figures = (figure_in_words(figure, row.unit) for figure in (row.old, row.new))
    return (clean(measure), *figures, change_in_words(row), f"{row.verdict}{row.why and f': {row.why}'}")
