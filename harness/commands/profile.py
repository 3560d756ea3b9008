"""`live-harness profile`: what a deployment does where the document is silent, as a profile that holds it to that."""

import argparse
import time
from pathlib import Path

import msgspec
from rich.console import Console
from rich.table import Table
from rich.text import Text

from harness.client.clock import SystemClock
from harness.client.deployment import Deployment
from harness.client.over_httpx import OverHttpx
from harness.client.preflight import preflight
from harness.commands.progress import progress
from harness.commands.signals import terminated_like_ctrl_c
from harness.commands.target import add_target, as_count, as_duration, deployment
from harness.commands.terminal import Terminal
from harness.errors import ExitCode, HarnessError, UsageError
from harness.gate.bouts import CROWD
from harness.gate.profile_draft import draft, observed
from harness.gate.runner import Gate
from harness.oracle.assessment import Assessment
from harness.report.evidence import clean
from harness.scenario.call import Probe
from harness.scenario.loader import shipped


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Declare the command."""
    parser = commands.add_parser("profile", help="observe what the document leaves open, and write it as a profile")
    add_target(parser)
    parser.add_argument(
        "--out", type=Path, metavar="FILE", help="a new file for the profile; without it, it is printed"
    )
    parser.add_argument("--seed", type=int, default=1, help="of every choice that probes make (default 1)")
    parser.add_argument("--jobs", type=as_count, default=8, metavar="N", help="probes at the same time (default 8)")
    parser.add_argument(
        "--max-wait", type=as_duration, default=60.0, metavar="DURATION", help="longest wait at one point (default 60s)"
    )
    parser.add_argument(
        "--time-limit",
        type=as_duration,
        default=600.0,
        metavar="DURATION",
        help="longest time for all probes together (default 10m)",
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> ExitCode:
    """Observe, and write it down."""
    out: Path | None = arguments.out
    if out and out.exists():
        raise UsageError(f"--out {out}: is there already; name a file that is not")
    # What is printed may be piped into a file, and then it has to be YAML alone.
    console = Terminal(stderr=out is None)
    with terminated_like_ctrl_c(), deployment(arguments, max_wait=arguments.max_wait) as sut:
        if not arguments.host:
            console.print(f"no --host: observing a sandbox of our own at {sut.origin}", highlight=False, markup=False)
        seen = _observe(sut, arguments, console)
    named = msgspec.structs.replace(sut.profile, profile=out.stem) if out else sut.profile
    host = sut.origin + sut.prefix
    text = draft(named, seen.notes, f"{host}, as it was observed on {time.strftime('%Y-%m-%d')}.")
    if out is None:
        Terminal().out(text, end="", highlight=False)
    else:
        _write(text, out)
        _print(seen, console)
        console.print(f"profile: {out}", highlight=False, markup=False)
    if seen.broken:
        console.print(
            f"The deployment breaks {', '.join(seen.broken)}: its profile pins what is open, and excuses none of that. "
            "`live-harness conform` tells more.",
            highlight=False,
        )
    return ExitCode.OK


def _observe(sut: Deployment, arguments: argparse.Namespace, console: Console) -> Assessment:
    """All probes, with nothing pinned; raise `KeyboardInterrupt` where they could not be seen through."""
    clock = SystemClock()
    transports = OverHttpx(sut.origin, clock, verify=not arguments.insecure)
    before = preflight(sut, transports.connect, clock)
    open_minded = msgspec.structs.replace(sut.profile, refusals={}, pins={})
    sut = msgspec.structs.replace(sut, server_offset=before.server_offset, profile=open_minded)
    alone = before.one_at_a_time
    jobs, crowd = (1, 0) if alone else (arguments.jobs, CROWD)
    gate = Gate(sut, transports.connect, clock, jobs=jobs, crowd=crowd, time_limit=arguments.time_limit)
    probes = [scenario for scenario in shipped() if isinstance(scenario, Probe)]
    with progress(console, "probes") as told:
        seen = gate.run(probes, arguments.seed, told)
    if gate.interrupted:
        raise KeyboardInterrupt("before all was observed; no profile was written")
    if seen.crashes:
        raise HarnessError(f"a fault of the harness: {seen.crashes[0]}")
    if gate.ran_out:
        console.print("--time-limit: there was not enough time for all probes, so that some questions have no answer")
    seen.observe(sut.profile, "second-session", before.second_start)
    return seen


def _print(seen: Assessment, console: Console) -> None:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("id", "question", "answers"):
        table.add_column(heading, no_wrap=heading != "answers")
    for each in observed(seen.notes):
        style = "" if each.sure else "yellow"
        table.add_row(each.question.requirement, each.slug, Text(clean(each.in_words), style))
    console.print(table)


def _write(text: str, file: Path) -> None:
    try:
        with file.open("x", encoding="utf-8") as new:
            new.write(text)
    except OSError as error:
        raise UsageError(f"--out {file}: can't be written: {error.strerror or error}") from None
