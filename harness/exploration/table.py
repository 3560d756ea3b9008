"""The table of the mutants that the search was sent after: on the terminal, and as Markdown."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from harness.errors import UsageError
from harness.exploration.mutants import Hunted


def headline(rows: Sequence[Hunted]) -> str:
    """How many were found out."""
    found = sum(bool(row.found) for row in rows)
    share = f" ({found / len(rows):.0%})" if rows else ""
    return f"{found} of {len(rows)} mutants found out{share}, from no probe at all."


def print_table(rows: Sequence[Hunted], beyond: Sequence[str], console: Console) -> None:
    """One line a mutant, and what no single session can show."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("mutant", "breaks", "found", "sessions", "seconds"):
        table.add_column(heading, no_wrap=True, justify="right" if heading in {"sessions", "seconds"} else "left")
    table.add_column("steps", overflow="fold")
    for row in rows:
        found = Text(", ".join(row.found) or "not found", "green" if row.found else "bold red")
        table.add_row(row.mutant, ", ".join(row.trips), found, *_effort(row), Text(row.steps))
        for requirement, steps in row.astray.items():
            table.add_row("", "", Text(requirement, "yellow"), "", "", Text(f"not declared: {steps}", "yellow"))
    console.print(table)
    if beyond:
        console.print(Text(f"\nbeyond a single session, and left out: {', '.join(beyond)}", "bright_black"))
    console.print(Text(f"\n{headline(rows)}", "bold"))


def write_table(rows: Sequence[Hunted], beyond: Sequence[str], folder: Path) -> None:
    """Write `explored.md`; raise `UsageError`."""
    try:
        (folder / "explored.md").write_text("\n".join((*_markdown(rows, beyond), "")), encoding="utf-8")
    except OSError as error:
        raise UsageError(f"{folder}: no table can be written here: {error.strerror}") from None


def _markdown(rows: Sequence[Hunted], beyond: Sequence[str]) -> Iterator[str]:
    yield f"# Mutants found by exploration\n\n{headline(rows)}\n"
    yield "| Mutant | Breaks | Found | Sessions | Seconds | Steps |\n| --- | --- | --- | ---: | ---: | --- |"
    for row in rows:
        steps = f"`{row.steps}`" if row.steps else ""
        cells = (row.mutant, ", ".join(row.trips), ", ".join(row.found) or "not found", *_effort(row), steps)
        yield f"| {' | '.join(cells)} |"
    if astray := [(row.mutant, *item) for row in rows for item in row.astray.items()]:
        yield "\n## Found broken, and not declared\n"
        yield from (f"- {mutant}: {requirement}, by `{steps}`" for mutant, requirement, steps in astray)
    if beyond:
        yield f"\nBeyond a single session, and left out: {', '.join(beyond)}."


def _effort(row: Hunted) -> tuple[str, str]:
    return f"{row.sessions:,}", f"{row.seconds:.1f}"
