"""`live-harness history`: how the figures of load runs and capacity searches went from run to run."""

import argparse
from pathlib import Path

from rich.text import Text

from harness.commands.terminal import Terminal
from harness.errors import ExitCode, UsageError
from harness.report.comparison.compared import has_figures
from harness.report.evidence import clean
from harness.report.run import Run
from harness.report.stored import read_report
from harness.report.trend.page import page, print_series
from harness.report.trend.series import series


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Declare the command."""
    parser = commands.add_parser("history", help="show how capacity and SLOs went from run to run")
    parser.add_argument(
        "folder", nargs="?", type=Path, default=Path("reports"), metavar="DIR", help="of reports (default: reports)"
    )
    parser.add_argument("--html", type=Path, metavar="FILE", help="also draw it, as a page that opens offline")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> ExitCode:
    """Tell it, the newest last."""
    runs, skipped = _reports(arguments.folder)
    if not runs:
        told = "".join(f"\n  {why}" for why in skipped)
        raise UsageError(f"{arguments.folder}: no report of a load run or a capacity search in it{told}")
    found = series(runs)
    if arguments.html:
        try:
            arguments.html.write_text(page(found, arguments.folder, skipped), encoding="utf-8")
        except OSError as error:
            raise UsageError(f"--html {arguments.html}: can't be written: {error.strerror}") from None
    console = Terminal()
    for each in found:
        print_series(each, console)
        console.print()
    for why in skipped:
        console.print(Text(f"left out: {clean(why)}", "dim"))
    return ExitCode.OK


def _reports(folder: Path) -> tuple[dict[str, Run], list[str]]:
    """Those with figures, by the names of their folders; and of the others, what they are. Raise `UsageError`."""
    if (folder / "summary.json").exists():
        raise UsageError(f"{folder}: is a report itself; name the folder that it is in, {folder.resolve().parent}")
    try:
        within = sorted(each for each in folder.iterdir() if each.is_dir() and not each.is_symlink())
    except OSError as error:
        raise UsageError(f"{folder}: expected a folder of reports: {error.strerror}") from None
    runs: dict[str, Run] = {}
    skipped = []
    for each in within:
        try:
            found = read_report(each)
        except UsageError as error:
            skipped.append(str(error))
            continue
        if has_figures(found):
            runs[each.name] = found
        else:
            skipped.append(f"{each}: a {found.kind} run without figures")
    return runs, skipped
