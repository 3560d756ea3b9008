"""`live-harness report`: tell again what a run found, out of its report's folder; or how its summary is built."""

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import Final

from harness.commands.terminal import Terminal
from harness.errors import ExitCode
from harness.report.console import print_run
from harness.report.markdown import markdown
from harness.report.page import page
from harness.report.run import Run
from harness.report.schema import schema
from harness.report.stored import read_report
from harness.report.summary import summary

_TEXTS: Final[dict[str, Callable[[Run, Path], str]]] = {
    "markdown": lambda run, _: markdown(run),
    "html": page,
    "json": lambda run, _: summary(run),
}


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Declare the command."""
    parser = commands.add_parser("report", help="tell again what a run found; its verdicts stay as they are")
    parser.add_argument(
        "folder", nargs="?", type=Path, default=Path("reports/latest"), metavar="DIR", help="default: reports/latest"
    )
    parser.add_argument(
        "--format", choices=["terminal", *_TEXTS], default="terminal", help="what to print (default: terminal)"
    )
    parser.add_argument("--schema", action="store_true", help="print the JSON Schema of summary.json, and no report")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> ExitCode:
    """Print it. The exit code is that of this command, not that of the run."""
    console = Terminal()
    if arguments.schema:
        console.out(schema(), end="", highlight=False)
        return ExitCode.OK
    told = read_report(arguments.folder)
    if arguments.format != "terminal":
        console.out(_TEXTS[arguments.format](told, arguments.folder), end="", highlight=False)
    else:
        print_run(told, console)
    return ExitCode.OK
