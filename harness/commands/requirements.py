"""`live-harness requirements`: the traceability table: what the API promises, where it says so, and what checks it."""

import argparse
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final

import msgspec
from rich.table import Table

from harness.commands.terminal import Terminal
from harness.contract.catalogue import Requirement, load_catalogue
from harness.contract.questions import load_questions
from harness.errors import ExitCode
from harness.oracle.account import ACROSS
from harness.oracle.checks import ALL
from harness.sandbox.mutants import MUTANTS
from harness.scenario.call import Probe
from harness.scenario.loader import shipped

_ACROSS: Final = "the comparison of sessions"
"""What judges the requirements that no session shows alone."""


class Row(Requirement, frozen=True, kw_only=True):
    """A requirement, and all that has to do with it, by name."""

    checks: list[str]
    probes: list[str]
    """Shipped ones that aim at it."""
    mutants: list[str]
    """The sandbox's, which break it."""
    questions: list[str]
    """What is observed where the document leaves room."""


def traceability(requirements: Iterable[Requirement]) -> list[Row]:
    """A row for each."""
    probes = [scenario for scenario in shipped() if isinstance(scenario, Probe)]
    return [
        Row(
            **msgspec.structs.asdict(each),
            checks=[*(check.__name__ for check in ALL if each.id in check.judges), *[_ACROSS][: each.id in ACROSS]],
            probes=[probe.name for probe in probes if each.id in probe.exercises],
            mutants=[name for name, mutant in MUTANTS.items() if each.id in mutant.trips],
            questions=[slug for slug, question in load_questions().items() if question.requirement == each.id],
        )
        for each in requirements
    ]


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Declare the command."""
    parser = commands.add_parser("requirements", help="list the requirements, their sources, and what checks each")
    parser.add_argument("ids", nargs="*", metavar="ID", help="tell all about these")
    parser.add_argument("--format", choices=["table", *_TEXTS], default="table", help="default: table")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> ExitCode:
    """List all, or tell about some."""
    catalogue, console = load_catalogue(), Terminal()
    rows = traceability(map(catalogue.find, arguments.ids) if arguments.ids else catalogue.requirements)
    if arguments.format != "table":
        console.out(_TEXTS[arguments.format](rows), highlight=False)  # not wrapped: to be redirected into a file
    elif arguments.ids:
        for row in rows:
            console.print(_all_about(row))
    else:
        console.print(_overview(rows, catalogue.version))
    return ExitCode.OK


def _overview(rows: Sequence[Row], version: str) -> Table:
    table = Table(box=None, pad_edge=False, title=f"catalogue {version}", title_justify="left")
    for column in ("id", "tier", "judged", "checks", "probes", "mutants", "text"):
        table.add_column(column, no_wrap=column == "id")
    for row in rows:
        counts = (str(len(names) or "") for names in (row.checks, row.probes, row.mutants))
        table.add_row(row.id, row.tier, row.judged.partition(":")[0], *counts, row.text)
    return table


def _all_about(row: Row) -> Table:
    table = Table(box=None, pad_edge=False, show_header=False, title=row.id, title_justify="left")
    for name, value in msgspec.structs.asdict(row).items():
        if value and name != "id":
            table.add_row(name.replace("_", " "), ", ".join(value) if isinstance(value, list) else value)
    return table


def _markdown(rows: Sequence[Row]) -> str:
    return "\n".join(_lines(rows))


def _lines(rows: Sequence[Row]) -> Iterator[str]:
    columns = ("id", "tier", "text", "source", "judged", "checks", "probes", "mutants", "questions")
    yield f"| {' | '.join(columns)} |"
    yield "|" + " --- |" * len(columns)
    for row in rows:
        values = (getattr(row, column) for column in columns)
        cells = (", ".join(map("`{}`".format, v)) if isinstance(v, list) else v.replace("|", "\\|") for v in values)
        yield f"| {' | '.join(cells)} |"


_TEXTS: Final[dict[str, Callable[[Sequence[Row]], str]]] = {
    "markdown": _markdown,
    "json": lambda rows: json.dumps(msgspec.to_builtins(rows), indent=2, ensure_ascii=False),
}
