"""`live-harness requirements`: what the API promises, and what of it is checked how."""

import argparse

from rich.table import Table

from harness.commands.terminal import Terminal
from harness.contract.catalogue import load_catalogue
from harness.errors import ExitCode
from harness.oracle.checks import ALL
from harness.sandbox.mutants import MUTANTS
from harness.scenario.call import Probe
from harness.scenario.loader import shipped


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Declare the command."""
    parser = commands.add_parser("requirements", help="list the requirements and how each is checked")
    parser.add_argument("ids", nargs="*", metavar="ID", help="tell all about these")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> ExitCode:
    """List all, or tell about some."""
    catalogue, console = load_catalogue(), Terminal()
    probes = [scenario for scenario in shipped() if isinstance(scenario, Probe)]
    if not arguments.ids:
        table = Table(box=None, pad_edge=False, title=f"catalogue {catalogue.version}", title_justify="left")
        for column in ("id", "tier", "judged", "probes", "mutants", "text"):
            table.add_column(column, no_wrap=column == "id")
        for r in catalogue.requirements:
            counts = (sum(r.id in p.exercises for p in probes), sum(r.id in m.trips for m in MUTANTS.values()))
            table.add_row(r.id, r.tier, r.judged.partition(":")[0], *(str(n or "") for n in counts), r.text)
        console.print(table)
        return ExitCode.OK
    for requirement in map(catalogue.find, arguments.ids):
        rows = {
            "text": requirement.text,
            "tier": requirement.tier,
            "source": requirement.source,
            "exercised by": requirement.exercised_by,
            "judged": requirement.judged,
            "note": requirement.note,
            "checks": ", ".join(check.__name__ for check in ALL if requirement.id in check.judges),
            "probes": ", ".join(probe.name for probe in probes if requirement.id in probe.exercises),
            "mutants": ", ".join(name for name, mutant in MUTANTS.items() if requirement.id in mutant.trips),
        }
        table = Table(box=None, pad_edge=False, show_header=False, title=requirement.id, title_justify="left")
        for name, value in rows.items():
            if value:
                table.add_row(name, value)
        console.print(table)
    return ExitCode.OK
