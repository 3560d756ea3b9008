"""A trend as one HTML page that opens offline, and in the terminal."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.table import Table
from rich.text import Text

from harness.report.evidence import clean
from harness.report.page import environment
from harness.report.trend.charts import charts
from harness.report.trend.series import Entry, Series

_HEADINGS: Final = ("started", "report", "live-harness", "host", "figures", "against the one before")


def page(told: Sequence[Series], folder: Path, skipped: Sequence[str]) -> str:
    """Its text; `skipped` says which folders hold no such report, and why."""
    template = environment().get_template("trend/trend.html.j2")
    drawn = [(each, charts(each)) for each in told]
    return template.render(drawn=drawn, folder=str(folder), skipped=skipped, headings=_HEADINGS)


def print_series(told: Series, console: Console) -> None:
    """A table of its runs."""
    table = Table(title=clean(told.title), title_justify="left", title_style="bold", box=None, pad_edge=False)
    for heading in _HEADINGS:
        table.add_column(heading, overflow="fold")
    for entry in told.entries:
        figures = Text("\n".join(map(clean, entry.in_words)))
        table.add_row(*(Text(clean(text)) for text in _circumstances(entry)), figures, _verdict(entry))
    console.print(table)


def _circumstances(entry: Entry) -> tuple[str, ...]:
    return (entry.started, entry.name, entry.harness, entry.host)


def _verdict(entry: Entry) -> Text:
    if entry.invalid:
        return Text(f"INVALID: {clean(entry.invalid)}", "yellow")
    return Text(clean(entry.change), "bold red" if entry.change.startswith("Worse") else "")
