"""`live-harness conform`: the conformance gate."""

import argparse
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import msgspec

from harness.client.clock import SystemClock
from harness.client.over_httpx import OverHttpx
from harness.client.preflight import preflight
from harness.commands.disabled import disabled_deployment
from harness.commands.junit_file import unfinished_until_written, write_junit
from harness.commands.progress import progress
from harness.commands.selection import SHIPPED, Selection, select
from harness.commands.signals import terminated_like_ctrl_c
from harness.commands.target import add_target, as_count, as_duration, deployment
from harness.commands.terminal import Terminal
from harness.contract.catalogue import load_catalogue
from harness.errors import ExitCode, UsageError
from harness.gate.baseline import Baseline, draft, load_baseline
from harness.gate.bouts import CROWD
from harness.gate.replay import replays
from harness.gate.runner import Gate
from harness.gate.terms import Terms, out_of_reach
from harness.gate.verdict import conclude
from harness.oracle.assessment import Assessment
from harness.report.console import print_gate
from harness.report.evidence import clean
from harness.report.folder import open_folder, write_report
from harness.report.junit import junit
from harness.report.results import broken, duration, results
from harness.report.run import Run

_ONE_AT_A_TIME: Final = (
    "this server holds one session a key at a time (CHUNK-12 is open), so the probes ran one after another, and those"
    " that take several sessions at once were left out"
)
_IN_LINE: Final = ", one after another (this server holds one session a key at a time)"
_OURS: Final = ("mutant", "variant")
_DRAFTED_FOR: Final = timedelta(days=30)
"""How long the entries hold of a baseline that was just written."""


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Declare the command."""
    parser = commands.add_parser("conform", help="judge a deployment against the API's document")
    add_target(parser)
    parser.add_argument(
        "--disabled-host", metavar="URL", help="a second deployment, on which live capture is switched off (AVAIL-1)"
    )
    _add_probes(parser.add_argument_group("what is exercised"))
    _add_terms(parser.add_argument_group("what fails the gate"))
    group = parser.add_argument_group("what it leaves behind")
    group.add_argument("--report", type=Path, default=Path("reports"), metavar="DIR", help="default: reports/")
    group.add_argument("--junit", type=Path, metavar="FILE", help="write JUnit's XML here, too, for a CI system")
    group.add_argument(
        "--write-baseline", type=Path, metavar="FILE", help="write a baseline of what is broken, for you to fill in why"
    )
    parser.set_defaults(run=run)


def _add_probes(group: "argparse._ArgumentGroup") -> None:
    group.add_argument("--only", nargs="+", default=[], metavar="ID|PROBE", help="only these requirements or probes")
    group.add_argument(
        "--probes",
        nargs="+",
        default=[],
        metavar="PATH",
        help=f"probe files of your own, or folders of them, in place of those shipped; `{SHIPPED}` adds those again",
    )
    group.add_argument("--seed", type=int, default=1, help="of every choice that probes make (default 1)")
    group.add_argument("--jobs", type=as_count, default=8, metavar="N", help="probes at the same time (default 8)")
    group.add_argument(
        "--max-wait",
        type=as_duration,
        default=60.0,
        metavar="DURATION",
        help="longest wait at one point, such as for a TTL (default 60s); probes that need more are not exercised",
    )
    group.add_argument(
        "--time-limit",
        type=as_duration,
        default=600.0,
        metavar="DURATION",
        help="longest time for all probes together (default 10m); sessions that are still open then are left properly",
    )


def _add_terms(group: "argparse._ArgumentGroup") -> None:
    group.add_argument(
        "--baseline",
        type=Path,
        metavar="FILE",
        help="failures that are known, why, and until when (YAML); one that is gone, or out of date, fails the gate",
    )
    group.add_argument(
        "--catalogue",
        metavar="VERSION",
        help="hold the deployment to this version of the catalogue: what is newer is reported and fails nothing",
    )
    group.add_argument(
        "--allow-unexercised", nargs="+", default=[], metavar="ID", help="requirements that need no verdict"
    )


def run(arguments: argparse.Namespace) -> ExitCode:
    """Run the gate."""
    with unfinished_until_written(arguments.junit), terminated_like_ctrl_c():
        return _run(arguments)


def _run(arguments: argparse.Namespace) -> ExitCode:
    if (file := arguments.write_baseline) and file.exists():
        raise UsageError(f"--write-baseline {file}: is there already; name a file that is not")
    selection = select(arguments.only, arguments.probes)
    terms = _terms(arguments, selection)
    needs_disabled = any(probe.deployment == "disabled" for probe in selection.probes)
    console, clock, started = Terminal(), SystemClock(), time.time()
    with (
        deployment(arguments, max_wait=arguments.max_wait) as found,
        disabled_deployment(arguments, found, clock, needed=needs_disabled) as disabled,
    ):
        transports = OverHttpx(found.origin, clock, verify=not arguments.insecure)
        if not arguments.host:
            console.print(f"no --host: judging a sandbox of our own at {found.origin}", highlight=False, markup=False)
        before = preflight(found, transports.connect, clock)
        sut = msgspec.structs.replace(found, server_offset=before.server_offset)
        folder = open_folder(arguments.report, "conform")
        alone = before.one_at_a_time
        gate = Gate(
            sut,
            transports.connect,
            clock,
            histories=folder / "histories",
            jobs=1 if alone else arguments.jobs,
            crowd=0 if alone else CROWD,
            time_limit=arguments.time_limit,
            disabled=disabled,
        )
        with progress(console, f"probes{_IN_LINE * alone}") as told:
            gate.run(selection.probes, arguments.seed, told)
    gate.assessment.observe(sut.profile, "second-session", before.second_start)
    missing = out_of_reach(selection.probes, alone=alone, disabled=disabled is not None)
    if selection.aims is None:
        terms = replace(terms, out_of_reach=missing)
    verdict = conclude(
        gate.assessment,
        terms.catalogue,
        aims=selection.aims,
        terms=terms,
        interrupted=gate.interrupted,
        ran_out=gate.ran_out,
    )
    notes = [_ONE_AT_A_TIME] if alone else []
    if gate.ran_out:
        notes.append(f"--time-limit: {duration(arguments.time_limit)} were not enough for all probes")
    if gate.room:
        held = f"no room beside {gate.room} other{'s' if gate.room > 1 else ''} of this run (CHUNK-12 is open)"
        notes.append(f"starts were turned away and tried again: {held}; --jobs {gate.room} asks for less at once")
    if selection.aims is not None:
        notes += [f"{requirement}: {why}" for requirement, why in missing.items() if requirement in selection.aims]
    if selection.unchecked:
        notes.append(f"not checked by this version: {', '.join(selection.unchecked)}")
    report = Run(
        kind="conform",
        name=next((f"{kind} {getattr(arguments, kind)}" for kind in _OURS if getattr(arguments, kind)), "conform"),
        host=sut.origin + sut.prefix,
        started=started,
        seconds=time.time() - started,
        seed=arguments.seed,
        profile=sut.profile.profile,
        exit_code=verdict.exit_code,
        headline=verdict.headline,
        assessment=gate.assessment,
        aims=selection.aims,
        notes=notes + verdict.notes,
        excuses=verdict.excuses,
        outdated=verdict.outdated,
        probes={probe.name: probe.exercises for probe in selection.probes},
        sampled=sorted(str(path.relative_to(folder)) for path in (folder / "histories").glob("*.jsonl")),
        replays=replays(
            gate.assessment.findings,
            selection.files,
            host=sut.origin + sut.prefix if arguments.host else None,
            profile=arguments.profile,
            mutant=arguments.mutant,
            variant=arguments.variant,
            insecure=arguments.insecure,
            comparing=_comparing(arguments, gate.assessment, selection),
            elsewhere={
                probe.name: arguments.disabled_host
                for probe in selection.probes
                if arguments.disabled_host and probe.deployment == "disabled"
            },
        ),
    )
    write_report(report, folder)
    for file in filter(None, (folder / "junit.xml", arguments.junit)):
        write_junit(junit(report), file)
    print_gate(report, console)
    console.print(f"report: {folder}", highlight=False, markup=False)
    if arguments.write_baseline:
        written = _write_baseline(report, terms, arguments.write_baseline)
        wrote = f"baseline: {arguments.write_baseline}, entries: {written}; put the reason in place of each TODO"
        console.print(wrote, highlight=False, markup=False, soft_wrap=True)
    return verdict.exit_code


def _comparing(arguments: argparse.Namespace, assessment: Assessment, selection: Selection) -> list[str]:
    """The arguments by which the gate compares the same sessions again."""
    compared = {finding.scenario for finding in assessment.findings if not finding.trail}
    compared |= {probe.name for probe in selection.probes if probe.sessions > 1}
    only = [probe.name for probe in selection.probes if probe.name in compared]
    paths = ["--probes", *arguments.probes] if arguments.probes else []
    return ["--only", *only, *paths, "--seed", str(arguments.seed)] if only else []


def _terms(arguments: argparse.Namespace, selection: Selection) -> Terms:
    catalogue = load_catalogue()
    names = selection.names
    baseline = load_baseline(arguments.baseline, catalogue, names) if arguments.baseline else Baseline()
    pin = arguments.catalogue or baseline.catalogue
    if pin not in {"", *catalogue.versions}:
        raise UsageError(f"--catalogue {pin}: expected one of {', '.join(catalogue.versions)}")
    waived = [catalogue.find(name).id for name in arguments.allow_unexercised]
    return Terms(catalogue, datetime.now(UTC).date(), baseline, pin, waived)


def _write_baseline(report: Run, terms: Terms, file: Path) -> int:
    """How many entries it holds. Never over another file, which has somebody's reasons in it."""
    kept = [known for known in terms.baseline.known if str(known) not in report.outdated]
    happened = {r.requirement.id: r.findings[0].happened for r in broken(report.assessment) if r.findings}
    told = {r.id: clean(happened.get(r.id, r.verdict)) for r in results(report) if report.fails_by(r.id)}
    text = draft(terms.pin or terms.catalogue.version, kept, told, terms.today + _DRAFTED_FOR)
    try:
        with file.open("x", encoding="utf-8") as new:
            new.write(text)
    except OSError as error:
        raise UsageError(f"--write-baseline {file}: can't be written: {error.strerror or error}") from None
    return len(kept) + len(told)
