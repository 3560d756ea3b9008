"""`live-harness conform`: the conformance gate."""

import argparse
import shlex
import time
from collections.abc import Sequence
from pathlib import Path

import msgspec
from rich.progress import Progress

from harness.client.clock import SystemClock
from harness.client.deployment import Deployment
from harness.client.over_httpx import OverHttpx
from harness.commands.target import add_target, as_duration, deployment
from harness.commands.terminal import Terminal
from harness.contract.catalogue import load_catalogue
from harness.documents.located import did_you_mean
from harness.errors import ExitCode, UsageError
from harness.gate.preflight import preflight
from harness.gate.runner import Gate, probe_seed
from harness.gate.verdict import conclude
from harness.oracle.checks import CHECKED
from harness.report.console import print_gate
from harness.report.folder import open_folder, write_report
from harness.report.run import Run
from harness.scenario.call import Probe
from harness.scenario.loader import shipped

_ONE_AT_A_TIME = "this server holds one session a key at a time (CHUNK-12 is open), so the probes ran one after another"


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Declare the command."""
    parser = commands.add_parser("conform", help="judge a deployment against the API's document")
    add_target(parser)
    parser.add_argument("--jobs", type=int, default=8, metavar="N", help="sessions at the same time (default 8)")
    parser.add_argument(
        "--max-wait",
        type=as_duration,
        default=60.0,
        metavar="DURATION",
        help="longest wait at one point, such as for a TTL (default 60s); probes that need more are not exercised",
    )
    parser.add_argument("--only", nargs="+", default=[], metavar="ID|PROBE", help="only these requirements or probes")
    parser.add_argument(
        "--allow-unexercised", nargs="+", default=[], metavar="ID", help="requirements that need no verdict"
    )
    parser.add_argument("--seed", type=int, default=1, help="of every choice that probes make (default 1)")
    parser.add_argument("--report", type=Path, default=Path("reports"), metavar="DIR", help="default: reports/")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> ExitCode:
    """Run the gate."""
    if arguments.jobs < 1:
        raise UsageError(f"--jobs {arguments.jobs}: expected at least 1")
    catalogue = load_catalogue()
    waived = [catalogue.find(name).id for name in arguments.allow_unexercised]
    probes = chosen(arguments.only)
    console, clock, started = Terminal(), SystemClock(), time.time()
    with deployment(arguments, max_wait=arguments.max_wait) as found:
        transports = OverHttpx(found.origin, clock, verify=not arguments.insecure)
        if not arguments.host:
            console.print(f"no --host: judging a sandbox of our own at {found.origin}", highlight=False, markup=False)
        before = preflight(found, transports.connect, clock)
        sut = msgspec.structs.replace(found, server_offset=before.server_offset)
        jobs = 1 if before.one_at_a_time else arguments.jobs
        folder = open_folder(arguments.report, "conform")
        gate = Gate(sut, transports.connect, clock, histories=folder / "histories", jobs=jobs)
        with Progress(console=console, transient=True) as progress:
            task = progress.add_task("probes", total=len(probes))
            gate.run(probes, arguments.seed, lambda *_: progress.advance(task))
    named = aimed_at(arguments.only, probes)
    aims = [requirement for requirement in named if requirement in CHECKED] if arguments.only else None
    verdict = conclude(gate.assessment, catalogue, aims=aims, waived=waived, interrupted=gate.interrupted)
    notes = [_ONE_AT_A_TIME] if before.one_at_a_time else []
    if unchecked := [requirement for requirement in named if requirement not in CHECKED]:
        notes.append(f"not checked by this version: {', '.join(unchecked)}")
    notes += verdict.notes
    report = Run(
        kind="conform",
        name="conform",
        host=sut.origin + sut.prefix,
        started=started,
        seconds=time.time() - started,
        seed=arguments.seed,
        profile=sut.profile.profile,
        exit_code=verdict.exit_code,
        headline=verdict.headline,
        assessment=gate.assessment,
        aims=aims,
        notes=notes,
        sampled=sorted(str(path.relative_to(folder)) for path in (folder / "histories").glob("*.jsonl")),
        replays={p.name: _replay(p.name, arguments, sut) for p in probes},
    )
    write_report(report, folder)
    print_gate(report, console)
    console.print(f"report: {folder}", highlight=False, markup=False)
    return verdict.exit_code


def chosen(only: Sequence[str]) -> list[Probe]:
    """The shipped probes that the user wants: by name, or by a requirement that they exercise."""
    probes = [scenario for scenario in shipped() if isinstance(scenario, Probe)]
    names = {probe.name for probe in probes}
    unchecked = {requirement.id for requirement in load_catalogue().requirements} - CHECKED
    ids = {requirement for probe in probes for requirement in probe.exercises}
    for wanted in only:
        if wanted in unchecked:
            raise UsageError(f"--only {wanted}: not checked by this version")
        if wanted not in names | ids:
            hint = did_you_mean(wanted, sorted(names | ids))
            raise UsageError(f"--only {wanted}: neither a probe nor a requirement that one exercises{hint}")
    return [p for p in probes if not only or p.name in only or set(p.exercises) & set(only)]


def aimed_at(only: Sequence[str], probes: Sequence[Probe]) -> list[str]:
    """The requirements that the user wants judged: those named, and what the probes named are for."""
    return list(dict.fromkeys(r for p in probes for r in p.exercises if r in only or p.name in only))


def _replay(probe: str, arguments: argparse.Namespace, sut: Deployment) -> str:
    """The command that plays one probe's session again."""
    words = ["live-harness", "replay", probe, "--seed", str(probe_seed(arguments.seed, probe))]
    if arguments.host:
        words += ["--host", sut.origin + sut.prefix]
    for option in ("profile", "mutant", "variant"):
        if value := getattr(arguments, option):
            words += [f"--{option}", value]
    if arguments.insecure:
        words.append("--insecure")
    return shlex.join(words)
