"""`live-harness replay`: one session of an earlier run again, step by step."""

import argparse
import time
from pathlib import Path

import msgspec

from harness.client.clock import SystemClock
from harness.client.over_httpx import OverHttpx
from harness.client.preflight import preflight
from harness.commands.target import add_target, as_duration, deployment
from harness.commands.terminal import Terminal
from harness.contract.catalogue import load_catalogue
from harness.errors import ExitCode
from harness.gate.judged_session import JudgedSession
from harness.gate.verdict import conclude_sessions
from harness.report.console import StepPrinter, print_findings
from harness.report.run import Run
from harness.scenario.call import Call, Probe
from harness.scenario.loader import find
from harness.scenario.planner import plan


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Declare the command."""
    parser = commands.add_parser("replay", help="play one session again, and show each step")
    parser.add_argument("scenario", help="a call or a probe, by name or by its YAML file")
    parser.add_argument("--seed", type=int, default=1, help="of the session, as the finding names it")
    parser.add_argument("--max-wait", type=as_duration, default=600.0, metavar="DURATION", help="longest wait (10m)")
    parser.add_argument("--history", type=Path, metavar="FILE", help="write the session's history here")
    add_target(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> ExitCode:
    """Play it."""
    scenario = find(arguments.scenario, Call)
    planned = plan(scenario, arguments.seed)
    disabled = isinstance(scenario, Probe) and scenario.deployment == "disabled"
    console, clock, started = Terminal(), SystemClock(), time.time()
    with deployment(arguments, max_wait=arguments.max_wait, disabled=disabled) as named:
        transports = OverHttpx(named.origin, clock, verify=not arguments.insecure)
        offset = None if disabled else preflight(named, transports.connect, clock).server_offset
        sut = msgspec.structs.replace(named, server_offset=offset)
        session = JudgedSession(
            planned,
            sut,
            transports.connect(),
            clock,
            label=f"{planned.scenario}-replay",
            takers=[StepPrinter(console)],
            history=arguments.history,
            alone=True,
        )
        session.perform()
    verdict = conclude_sessions(session.assessment, load_catalogue(), interrupted=session.interrupted)
    print_findings(
        Run(
            kind="replay",
            name=planned.scenario,
            host=sut.origin + sut.prefix,
            started=started,
            seconds=time.time() - started,
            seed=arguments.seed,
            profile=sut.profile.profile,
            exit_code=verdict.exit_code,
            headline=verdict.headline,
            assessment=session.assessment,
            notes=verdict.notes,
        ),
        console,
    )
    return verdict.exit_code
