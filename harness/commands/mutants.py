"""`live-harness mutants`: the checks put to the proof."""

import argparse
from pathlib import Path

from harness.commands.progress import progress
from harness.commands.self_check import self_check
from harness.commands.signals import terminated_like_ctrl_c
from harness.commands.target import add_host, as_count, as_duration
from harness.commands.terminal import Terminal
from harness.documents.located import did_you_mean
from harness.errors import ExitCode, UsageError
from harness.proof.matrix import CONFORMANT, SERVICES
from harness.proof.pages import print_matrix, write_matrix
from harness.proof.pool import prove
from harness.report.folder import open_folder
from harness.sandbox.mutants import MUTANTS

_ABOUT = "put the checks to the proof: each sandbox that is broken on purpose must be found out, for what it breaks"


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Declare the command."""
    parser = commands.add_parser("mutants", help=_ABOUT)
    parser.add_argument(
        "names", nargs="*", metavar="NAME", help="these mutants or variants (default: all mutants); with --host, lies"
    )
    parser.add_argument(
        "--variants", action="store_true", help="also the conformant variants, none of which may be accused"
    )
    parser.add_argument("--report", type=Path, metavar="DIR", help="write what came of it there (Markdown, JSON)")
    add_host(parser, "tell lies about this API, between it and the judge, and see which ones are caught there today")
    parser.add_argument(
        "--jobs", type=as_count, default=8, metavar="N", help="with --host: probes at a time (default 8)"
    )
    parser.add_argument(
        "--max-wait", type=as_duration, default=60.0, metavar="DURATION", help="with --host: longest wait (default 60s)"
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> ExitCode:
    """Have every probe of the gate played against each of them, over memory; or against a server that is lied about."""
    with terminated_like_ctrl_c():
        return _run(arguments)


def _run(arguments: argparse.Namespace) -> ExitCode:
    console = Terminal()
    if arguments.host:
        if arguments.variants:
            raise UsageError("--variants: those are of the sandbox's; --host has lies told about another server")
        return self_check(arguments, console)
    names = _chosen(arguments)
    folder = open_folder(arguments.report, "mutants") if arguments.report else None
    with progress(console, "services") as told:
        matrix = prove(names, told)
    print_matrix(matrix, console)
    if folder:
        write_matrix(matrix, folder)
        console.print(f"report: {folder}", highlight=False, markup=False)
    if any(row.crashes for row in matrix.rows):
        return ExitCode.HARNESS
    return ExitCode.BROKEN if matrix.wrong else ExitCode.OK


def _chosen(arguments: argparse.Namespace) -> list[str]:
    for name in arguments.names:
        if name not in SERVICES:
            raise UsageError(f"there is no mutant and no variant {name!r}{did_you_mean(name, SERVICES)}")
    return [*(arguments.names or MUTANTS), *(CONFORMANT if arguments.variants else ())]
