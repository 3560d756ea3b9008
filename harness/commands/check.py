"""`live-harness check`: judge recorded histories again."""

import argparse
import time
from pathlib import Path

from harness.commands.terminal import Terminal
from harness.contract.catalogue import load_catalogue
from harness.contract.profile import Profile
from harness.errors import ExitCode, UsageError
from harness.gate.verdict import conclude_sessions
from harness.history.file import read_history
from harness.history.observations import Header
from harness.oracle.assessment import Assessment
from harness.oracle.judge import Judge
from harness.oracle.ledger import Bookkeeper
from harness.report.console import print_gate
from harness.report.run import Run
from harness.scenario.loader import find_profile


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Declare the command."""
    parser = commands.add_parser("check", help="judge recorded histories again")
    parser.add_argument(
        "histories", nargs="+", type=Path, metavar="HISTORY", help="a .jsonl file, or a report's folder"
    )
    parser.add_argument("--profile", metavar="FILE", help="judge by this profile, not the recorded one")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> ExitCode:
    """Judge them, and say what was found."""
    profile = find_profile(arguments.profile) if arguments.profile else None
    started = time.time()
    assessment = Assessment()
    for path in history_files(arguments.histories):
        header = judge_file(path, profile, assessment)
    verdict = conclude_sessions(assessment, load_catalogue())
    print_gate(
        Run(
            kind="check",
            name="check",
            host=header.host,
            started=started,
            seconds=time.time() - started,
            seed=0,
            profile=(profile or header.profile).profile,
            exit_code=verdict.exit_code,
            headline=verdict.headline,
            assessment=assessment,
            aims=list(assessment.tallies),
            notes=verdict.notes,
        ),
        Terminal(),
    )
    return verdict.exit_code


def history_files(paths: list[Path]) -> list[Path]:
    """The files among `paths`, and those in the folders among them; raise `UsageError` where there is none."""
    files: list[Path] = []
    for path in paths:
        found = sorted(path.rglob("*.jsonl")) if path.is_dir() else [path]
        found = [file for file in found if file.name != "findings.jsonl"]
        if not found:
            raise UsageError(f"{path}: no history (*.jsonl) in this folder; run with histories recorded first")
        files += found
    return files


def judge_file(path: Path, profile: Profile | None, assessment: Assessment) -> Header:
    """Judge one history into `assessment`, by its own profile where none is given; return its header."""
    observations = read_history(path)
    header = next(observations, None)
    if not isinstance(header, Header):
        raise UsageError(f"{path}: the history is empty")
    judge, books = Judge(profile or header.profile), Bookkeeper()
    for observation in (header, *observations):
        judge.observe(observation)
        books(observation)
    assessment.add(header.session, judge, books)
    return header
