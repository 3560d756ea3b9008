"""`live-harness init`: copy the shipped scenarios and locustfiles out, or write a workflow for GitHub."""

import argparse
import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from harness import __version__
from harness.commands.terminal import Terminal
from harness.contract.catalogue import load_catalogue
from harness.errors import ExitCode, UsageError
from harness.gate.baseline import draft
from harness.scenario.loader import SHIPPED

_WORKFLOW: Final = Path(__file__).with_name("live-conformance.yml")


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Declare the command."""
    parser = commands.add_parser("init", help="copy the scenarios and locustfiles into a folder of your own")
    parser.add_argument("directory", type=Path, metavar="DIR")
    parser.add_argument(
        "--github",
        action="store_true",
        help="write a GitHub workflow that runs the gate instead, into DIR/.github, with an empty baseline in DIR",
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> ExitCode:
    """Never write over anything."""
    target: Path = arguments.directory
    names = (f".github/workflows/{_WORKFLOW.name}", "live-baseline.yaml") if arguments.github else _COPIED
    for name in names:
        if (target / name).exists():
            raise UsageError(f"{target / name} is there already; give a folder that has none, or move it away")
    try:
        told = _workflow(*(target / name for name in names)) if arguments.github else _copies(target)
    except OSError as error:
        raise UsageError(f"{target}: can't be written: {error.strerror or error}") from None
    Terminal().print(told, highlight=False, markup=False, soft_wrap=True)
    return ExitCode.OK


_COPIED: Final = ("scenarios", "locustfiles")


def _copies(target: Path) -> str:
    for name in _COPIED:
        shutil.copytree(SHIPPED.parent / name, target / name, ignore=shutil.ignore_patterns("__pycache__"))
    smoke = f"{target}/scenarios/loads/smoke.yaml"
    return f"Copied into {target}. Try: locust -f {target}/locustfiles/live.py --scenario {smoke} --headless"


def _workflow(workflow: Path, baseline: Path) -> str:
    workflow.parent.mkdir(parents=True, exist_ok=True)
    workflow.write_text(_WORKFLOW.read_text(encoding="utf-8").replace("VERSION", __version__), encoding="utf-8")
    today = datetime.now(UTC).date()
    baseline.write_text(draft(load_catalogue().version, [], {}, today), encoding="utf-8")
    return f"Wrote {workflow} and {baseline}. Set the secret LIVE_API_KEY and the variable LIVE_HOST of the repository."
