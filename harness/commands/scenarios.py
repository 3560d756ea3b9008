"""`live-harness scenarios`: list the shipped scenario files, or check your own."""

import argparse
import json
from pathlib import Path

from rich.table import Table

from harness.commands.terminal import Terminal
from harness.contract.profile_file import load_profile
from harness.errors import ExitCode, UsageError
from harness.scenario.call import Call
from harness.scenario.loader import Scenario, read, shipped
from harness.scenario.planner import plan
from harness.scenario.schema import json_schema


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Declare the command."""
    parser = commands.add_parser("scenarios", help="list the shipped scenarios, or check your own files")
    parser.add_argument(
        "files", nargs="*", type=Path, metavar="FILE", help="scenario files, or folders of them, to check"
    )
    parser.add_argument("--schema", action="store_true", help="print the JSON Schema of scenario files, for editors")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> ExitCode:
    """List or check."""
    console = Terminal()
    if arguments.schema:
        console.out(json.dumps(json_schema(), indent=2), highlight=False)  # not wrapped: to be redirected into a file
        return ExitCode.OK
    table = Table(box=None, pad_edge=False)
    for column in ("kind", "name", "about"):
        table.add_column(column, no_wrap=column != "about")
    for scenario in _read_all(arguments.files) if arguments.files else shipped():
        table.add_row(type(scenario).__name__.lower(), scenario.name, scenario.about)
    console.print(table)
    return ExitCode.OK


def _read_all(paths: list[Path]) -> list[Scenario]:
    """Read each file, and plan each call once: some faults show only then. All that is wrong is told at once."""
    files = [f for path in paths for f in (sorted(path.rglob("*.y*ml")) if path.is_dir() else [path])]
    if not files:
        raise UsageError("no scenario file (*.yaml) in the folders given")
    found, faults = [], []
    for file in files:
        try:
            if file.parent.name == "profiles":
                load_profile(file)
                continue
            scenario = read(file)
            if isinstance(scenario, Call):
                plan(scenario, seed=1)
            found.append(scenario)
        except UsageError as error:
            faults.append(str(error))
    if faults:
        raise UsageError("\n".join(faults))
    return found
