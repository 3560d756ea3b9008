"""`live-harness explore`: sessions that nobody has written, in search of one that breaks the contract."""

import argparse
import math
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from harness.client.clock import SystemClock
from harness.client.over_httpx import OverHttpx
from harness.commands.progress import progress
from harness.commands.signals import terminated_like_ctrl_c
from harness.commands.target import add_target, as_duration, deployment
from harness.commands.terminal import Terminal
from harness.contract.catalogue import load_catalogue
from harness.contract.profile import Profile
from harness.documents.located import did_you_mean
from harness.errors import ExitCode, UsageError
from harness.exploration.alphabet import Waits
from harness.exploration.conclusion import conclude, total
from harness.exploration.drafts import Drafts
from harness.exploration.mutants import Hunted, hunt, is_within_reach
from harness.exploration.performing import AtHost, InMemory, Perform
from harness.exploration.record import Record, record
from harness.exploration.search import Search
from harness.exploration.table import print_table, write_table
from harness.gate.replay import replays
from harness.oracle.checks import CHECKED
from harness.report.console import print_findings
from harness.report.folder import open_folder, write_report
from harness.report.run import Run
from harness.sandbox.mutants import MUTANTS
from harness.sandbox.registry import Altered
from harness.sandbox.service import Service
from harness.sandbox.variants import VARIANTS
from harness.scenario.loader import find_profile

_ABOUT = (
    "search for sessions that break the contract, and cut them short; without --host the server is a sandbox in"
    " memory, in simulated time"
)
_MOMENT, _SELDOM = 1.0, 20
"""At a host, one session in so many may wait for longer than that, in seconds."""


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Declare the command."""
    parser = commands.add_parser("explore", help="search for sessions that break the contract", description=_ABOUT)
    add_target(parser, "a sandbox in memory is searched")
    parser.add_argument(
        "--mutants", action="store_true", help="go after every mutant of the sandbox, and print which were found out"
    )
    parser.add_argument(
        "--budget", type=as_duration, default=60.0, metavar="DURATION", help="of the search, or for each mutant (1m)"
    )
    parser.add_argument("--max-sessions", type=int, metavar="N", help="end the search after so many sessions")
    parser.add_argument(
        "--max-wait",
        type=as_duration,
        default=15.0,
        metavar="DURATION",
        help="longest wait of a session at one point, such as for a TTL (default 15s)",
    )
    parser.add_argument("--only", nargs="+", default=[], metavar="ID", help="look for these requirements only")
    parser.add_argument("--seed", type=int, default=1, help="of the search (default 1)")
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), metavar="N", help="mutants at the same time")
    parser.add_argument("--out", type=Path, default=Path("reports"), metavar="DIR", help="default: reports/")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> ExitCode:
    """Explore one server, or go after the mutants."""
    if arguments.jobs < 1 or (arguments.max_sessions is not None and arguments.max_sessions < 1):
        raise UsageError("--jobs and --max-sessions: expected at least 1")
    for requirement in arguments.only:
        if load_catalogue().find(requirement).id not in CHECKED:
            raise UsageError(f"--only {requirement}: not checked by this version")
    with terminated_like_ctrl_c():
        return _explore_mutants(arguments) if arguments.mutants else _explore(arguments)


class _Server(NamedTuple):
    perform: Perform
    waits: Waits
    name: str
    profile: Profile


def _explore(arguments: argparse.Namespace) -> ExitCode:
    console, started, records = Terminal(), time.time(), list[Record]()
    with _server(arguments) as server:
        folder = open_folder(arguments.out, "explore")
        search = Search(
            server.perform,
            Drafts(server.waits),
            seed=arguments.seed,
            seconds=arguments.budget,
            sessions=arguments.max_sessions or math.inf,
            wanted=arguments.only,
        )
        for found in search.run():
            records.append(record(found, folder, server.perform))
            console.print(f"found: {', '.join(found.broken)} ({records[-1].file})", highlight=False, markup=False)
    conclusion, assessment = conclude(search, records, arguments.only), total(search, records)
    report = Run(
        kind="explore",
        name="explore",
        host=server.name,
        started=started,
        seconds=time.time() - started,
        seed=arguments.seed,
        profile=server.profile.profile,
        exit_code=conclusion.exit_code,
        headline=conclusion.headline,
        assessment=assessment,
        aims=list(assessment.tallies),
        notes=conclusion.notes,
        sampled=[str(each.history.relative_to(folder)) for each in records],
        replays=replays(
            assessment.findings,
            {each.found.draft.probe.name: each.file for each in records},
            insecure=arguments.insecure,
            **{option: getattr(arguments, option) for option in ("host", "profile", "mutant", "variant")},
        ),
    )
    write_report(report, folder)
    print_findings(report, console)
    console.print(f"report: {folder}", highlight=False, markup=False)
    return conclusion.exit_code


@contextmanager
def _server(arguments: argparse.Namespace) -> Iterator[_Server]:
    if arguments.host is None:
        profile = find_profile(arguments.profile) if arguments.profile else Profile()
        altered = _altered(arguments)
        yield _Server(InMemory(altered.service, profile), Waits(), f"{altered.name}, in memory", profile)
        return
    clock = SystemClock()
    with deployment(arguments) as sut:
        perform = AtHost(sut, OverHttpx(sut.origin, clock, verify=not arguments.insecure).connect, clock)
        ttl = perform.time_to_live()
        waits = Waits(
            # No single wait may eat up the budget.
            longest=min(arguments.max_wait, arguments.budget / 4),
            ttl=math.inf if ttl is None else ttl,
            grace=sut.profile.grace(ttl or 0.0),
            moment=_MOMENT,
            seldom=_SELDOM,
        )
        yield _Server(perform, waits, sut.origin + sut.prefix, sut.profile)


def _altered(arguments: argparse.Namespace) -> Altered:
    """The sandbox that is meant."""
    if arguments.mutant and arguments.variant:
        raise UsageError("--mutant and --variant: a sandbox can be one of them only")
    name = arguments.mutant or arguments.variant
    known = MUTANTS if arguments.mutant else VARIANTS
    if name is None:
        return Altered("sandbox", Service)
    if name not in known:
        raise UsageError(
            f"there is no {'mutant' if arguments.mutant else 'variant'} {name!r}{did_you_mean(name, known)}"
        )
    return known[name]


def _explore_mutants(arguments: argparse.Namespace) -> ExitCode:
    if arguments.host or arguments.mutant or arguments.variant:
        raise UsageError("--mutants: goes after the sandbox's own mutants, all of them, over memory; no other server")
    console, folder = Terminal(), open_folder(arguments.out, "explore")
    names = [name for name in MUTANTS if is_within_reach(name)]
    rows, exit_code = list[Hunted](), ExitCode.OK
    with progress(console, "mutants") as told:
        try:
            for row in hunt(names, seed=arguments.seed, seconds=arguments.budget, jobs=arguments.jobs):
                rows.append(row)
                told(row.mutant, len(rows), len(names))
        except KeyboardInterrupt:
            exit_code = ExitCode.INTERRUPTED
    rows.sort(key=lambda row: names.index(row.mutant))
    beyond = [name for name in MUTANTS if name not in names]
    write_table(rows, beyond, folder)
    print_table(rows, beyond, console)
    console.print(f"report: {folder}", highlight=False, markup=False)
    return exit_code
