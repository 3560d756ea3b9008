"""`live-harness compare`: hold the figures of load runs and capacity searches against those of an earlier one."""

import argparse
import re
from itertools import combinations
from pathlib import Path

from harness.commands.terminal import Terminal
from harness.errors import ExitCode, UsageError
from harness.report.comparison.compared import compared, has_figures
from harness.report.comparison.likeness import unlike
from harness.report.comparison.telling import markdown, print_comparison
from harness.report.run import Run
from harness.report.stored import read_report


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Declare the command."""
    parser = commands.add_parser("compare", help="say whether a load run or a capacity search came out better or worse")
    parser.add_argument("old", type=Path, metavar="OLD", help="the report's folder of the run to compare with")
    parser.add_argument("new", type=Path, nargs="+", metavar="NEW", help="that of the run in question; or of several")
    tolerance = "how much worse a figure may become before the exit code is 1, such as 5%% (0%%: whatever is proven)"
    parser.add_argument("--tolerance", type=_share, default=0.0, metavar="SHARE", help=tolerance)
    anyway = "compare runs that differ in scenario, SLOs, settings or environment, and say in what they do"
    parser.add_argument("--anyway", action="store_true", help=anyway)
    parser.add_argument("--markdown", type=Path, metavar="FILE", help="also write it for a pull request")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> ExitCode:
    """Compare each with the first. `BROKEN` where one is worse by more than is tolerated."""
    folders = [arguments.old, *arguments.new]
    _check_distinct(folders)
    runs = [_with_figures(folder) for folder in folders]
    if not arguments.anyway:
        for folder, each in zip(folders[1:], runs[1:], strict=True):
            _check_alike(folders[0], runs[0], folder, each)
    names = [str(folder) for folder in folders]
    found = [
        compared(runs[0], each, (names[0], name), arguments.tolerance)
        for name, each in zip(names[1:], runs[1:], strict=True)
    ]
    if arguments.markdown:
        try:
            arguments.markdown.write_text(markdown(found), encoding="utf-8")
        except OSError as error:
            raise UsageError(f"--markdown {arguments.markdown}: can't be written: {error.strerror}") from None
    console = Terminal()
    for comparison in found:
        print_comparison(comparison, console)
    codes = {comparison.exit_code for comparison in found}
    return next(code for code in (ExitCode.NO_VERDICT, ExitCode.BROKEN, ExitCode.OK) if code in codes)  # worst first


def _share(text: str) -> float:
    """A percentage, which may be more than 100%: a time may become several times as long."""
    if not (found := re.fullmatch(r"([0-9]{1,9}(?:\.[0-9]{1,9})?) ?%", text)):
        raise argparse.ArgumentTypeError(f"{text!r} can't be read; expected a percentage, 0% or more, such as 20%")
    return float(found[1]) / 100


def _check_distinct(folders: list[Path]) -> None:
    for one, other in combinations(folders, 2):
        if one.resolve() == other.resolve():
            same = f"{one} and {other} are the same folder" if one != other else f"{one} is named twice"
            raise UsageError(f"{same}; expected the reports of different runs")


def _with_figures(folder: Path) -> Run:
    found = read_report(folder)
    if not has_figures(found):
        what = f"a {found.kind} run without figures that could be compared"
        raise UsageError(f"{folder}: {what}; expected a capacity search, or a load run with SLOs")
    return found


def _check_alike(old: Path, before: Run, new: Path, now: Run) -> None:
    if differing := unlike(before, now):
        told = "".join(f"\n  {words}" for words in differing)
        raise UsageError(
            f"{old} and {new} are not alike, so that figures may differ by more than the API:{told}\n"
            "compare runs of the same load from the same machine, or add --anyway"
        )
