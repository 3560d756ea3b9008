"""The kill matrix for people and for programs: on the terminal, in Markdown, and as JSON."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import msgspec
from rich.console import Console
from rich.table import Table
from rich.text import Text

from harness.contract.catalogue import load_catalogue
from harness.proof.matrix import Matrix, Row, headline

SCHEMA: Final = 1
"""Version of `mutants.json`."""


def print_matrix(matrix: Matrix, console: Console) -> None:
    """One line a service, what went wrong beneath it, and the count by requirement."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("service", "breaks", "outcome"):
        table.add_column(heading, no_wrap=True)
    table.add_column()
    for row in matrix.rows:
        word = _outcome(row)
        style = "green" if row.is_right else "bold red"
        about = Text(row.about, "bright_black", no_wrap=True, overflow="ellipsis")
        table.add_row(row.name, ", ".join(row.trips), Text(word, style), about)
        for line in _faults(row):
            table.add_row("", "", "", Text(line, "red"))
    console.print(table)
    if matrix.mutants:
        told = ", ".join(f"{name} {killed}/{of}" for name, (killed, of) in matrix.kills().items() if of)
        console.print(Text(f"\nkilled, by requirement: {told}"))
    console.print(Text(f"\n{headline(matrix)}", "bold red" if matrix.wrong else "bold green"))


def write_matrix(matrix: Matrix, folder: Path) -> None:
    """Write `mutants.md` and `mutants.json`."""
    (folder / "mutants.md").write_text("\n".join((*_markdown(matrix), "")), encoding="utf-8")
    kills = {name: {"killed": killed, "mutants": of} for name, (killed, of) in matrix.kills().items()}
    told = {
        "schema": SCHEMA,
        "catalogue": load_catalogue().version,
        "headline": headline(matrix),
        "requirements": kills,
        "services": [msgspec.to_builtins(row) | {"outcome": _outcome(row)} for row in matrix.rows],
    }
    (folder / "mutants.json").write_bytes(msgspec.json.format(msgspec.json.encode(told)))


def _outcome(row: Row) -> str:
    if row.crashes:
        return "a fault of the harness"
    if row.survivors:
        return "SURVIVED"
    if row.is_right:
        return "killed" if row.trips else "left in peace"
    return "ACCUSED WRONGLY" if row.bystanders else "UNDECIDED"


def _faults(row: Row) -> Iterator[str]:
    yield from row.crashes
    for requirement in row.survivors:
        yield f"{requirement} is not found" + (f": {why}" if (why := row.undecided.get(requirement)) else "")
    for requirement in row.bystanders:
        trip = row.tripped[requirement]
        yield f"{requirement} is found by {trip.probe}: expected {trip.expected}; {trip.happened}"
    for requirement in row.unsure:
        yield f"{requirement} is undecided: {row.undecided[requirement]}"


def _markdown(matrix: Matrix) -> Iterator[str]:
    yield f"# Kill matrix\n\n{headline(matrix)}\n"
    yield "| Service | What is different | Breaks | Found by | Outcome |\n| --- | --- | --- | --- | --- |"
    for row in matrix.rows:
        found = dict.fromkeys(trip.probe for trip in row.tripped.values())
        yield f"| {' | '.join((row.name, row.about, ', '.join(row.trips), ', '.join(found), _outcome(row)))} |"
    if matrix.mutants:
        yield "\n## By requirement\n\n| Requirement | Killed | Text |\n| --- | --- | --- |"
        for name, (killed, of) in matrix.kills().items():
            yield f"| {name} | {killed} of {of} | {load_catalogue().find(name).text} |"
    if matrix.wrong:
        yield "\n## Judged wrongly\n"
        for row in matrix.wrong:
            yield from (f"- {row.name}: {fault}" for fault in _faults(row))
