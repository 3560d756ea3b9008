"""`live-harness check`: judge recorded histories again."""

import argparse
import re
import shutil
import time
from collections import defaultdict
from pathlib import Path
from typing import Final

import msgspec

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
from harness.report.folder import open_folder, write_report
from harness.report.run import Run
from harness.scenario.loader import find_profile

_LONGEST: Final = 80


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Declare the command."""
    parser = commands.add_parser("check", help="judge recorded histories again")
    parser.add_argument(
        "histories", nargs="+", type=Path, metavar="HISTORY", help="a .jsonl file, or a report's folder"
    )
    parser.add_argument("--profile", metavar="FILE", help="judge by this profile, not the recorded one")
    parser.add_argument(
        "--report", type=Path, metavar="DIR", help="write a report below this folder, with copies of the histories"
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> ExitCode:
    """Judge them, and say what was found."""
    profile = find_profile(arguments.profile) if arguments.profile else None
    started = time.time()
    runs: defaultdict[Path, Assessment] = defaultdict(Assessment)
    files: dict[str, Path] = {}
    for path in history_files(arguments.histories):
        header = judge_file(path, profile, runs[path.parent], files)
    assessment = Assessment()
    for each in runs.values():  # sessions are held against those of the same run alone
        each.compare_sessions()
        assessment.merge(each)
    verdict = conclude_sessions(assessment, load_catalogue())
    told = Run(
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
    )
    console = Terminal()
    print_gate(told, console)
    if arguments.report:
        folder = open_folder(arguments.report, "check")
        told.sampled = _copied(files, folder)
        write_report(told, folder)
        console.print(f"report: {folder}", highlight=False, markup=False)
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
    return list(dict.fromkeys(file.resolve() for file in files))


def judge_file(path: Path, profile: Profile | None, assessment: Assessment, files: dict[str, Path]) -> Header:
    """Judge one history into `assessment`, by its own profile where none is given; return its header.

    Enters it in `files` under the session's label, which is altered where it is taken, or no name for a file.
    """
    observations = read_history(path)
    header = next(observations, None)
    if not isinstance(header, Header):
        raise UsageError(f"{path}: the history is empty")
    label = stem = re.sub(r"[^\w.-]+", "-", header.session)[:_LONGEST]
    while label in files:
        label = f"{stem}-{len(files)}"
    files[label] = path
    header = msgspec.structs.replace(header, session=label)
    judge, books = Judge(profile or header.profile), Bookkeeper()
    for observation in (header, *observations):
        judge.observe(observation)
        books(observation)
    assessment.add(label, judge, books)
    return header


def _copied(files: dict[str, Path], folder: Path) -> list[str]:
    """The histories in the folder of the report, so that it can be moved and judged by itself."""
    histories = folder / "histories"
    try:
        histories.mkdir()
        for label, path in files.items():
            shutil.copyfile(path, histories / f"{label}.jsonl")
    except OSError as error:
        raise UsageError(f"{histories}: the histories can't be copied: {error.strerror}") from None
    return [f"histories/{label}.jsonl" for label in sorted(files)]
