"""`live-harness init`: copy the shipped scenarios and locustfiles out, to be changed."""

import argparse
import shutil
from pathlib import Path

from harness.commands.terminal import Terminal
from harness.errors import ExitCode, UsageError
from harness.scenario.loader import SHIPPED


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Declare the command."""
    parser = commands.add_parser("init", help="copy the scenarios and locustfiles into a folder of your own")
    parser.add_argument("directory", type=Path, metavar="DIR")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> ExitCode:
    """Copy; never write over anything."""
    target: Path = arguments.directory
    for name in ("scenarios", "locustfiles"):
        if (target / name).exists():
            raise UsageError(f"{target / name} is there already; give a folder that has none, or move it away")
    try:
        for name in ("scenarios", "locustfiles"):
            shutil.copytree(SHIPPED.parent / name, target / name, ignore=shutil.ignore_patterns("__pycache__"))
    except OSError as error:
        raise UsageError(f"{target}: can't be written: {error.strerror or error}") from None
    Terminal().print(
        f"Copied into {target}. Try: locust -f {target}/locustfiles/live.py --scenario "
        f"{target}/scenarios/loads/smoke.yaml --headless",
        highlight=False,
        soft_wrap=True,
    )
    return ExitCode.OK
