"""`live-harness stream`: push one audio file as if it were spoken now, and show the events as they come."""

import argparse
import math
from collections import Counter
from pathlib import Path

import msgspec
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn
from rich.text import Text

from harness.client.clock import SystemClock
from harness.client.over_httpx import OverHttpx
from harness.client.preflight import preflight
from harness.commands.target import add_target, deployment
from harness.commands.terminal import Terminal
from harness.errors import ExitCode, UsageError
from harness.gate.judged_session import JudgedSession
from harness.history.observations import Event, Observation, Returned, Sent
from harness.report.evidence import clean
from harness.scenario.call import Call
from harness.scenario.loader import find
from harness.scenario.planner import plan
from harness.scenario.sound import AudioFile

_COLUMNS = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Declare the command."""
    parser = commands.add_parser("stream", help="push an audio file at real-time pace, and show its events")
    parser.add_argument("file", type=Path, metavar="FILE", help="WAV (16-bit PCM), MP3 or Opus")
    parser.add_argument("--goal", help="what the session is for")
    parser.add_argument("--speed", type=float, default=1.0, metavar="X", help="times real time (default 1)")
    parser.add_argument("--history", type=Path, metavar="FILE", help="write the session's history here")
    add_target(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> ExitCode:
    """Stream it."""
    if not 0 < arguments.speed < math.inf:
        raise UsageError(f"--speed {arguments.speed:g}: expected a number above 0, such as 2 for twice real time")
    call = find("plain", Call)
    call = msgspec.structs.replace(
        call,
        name="stream",
        audio=AudioFile(str(arguments.file)),
        pace=msgspec.structs.replace(call.pace, speed=arguments.speed),
    )
    planned = plan(call, seed=1)
    console, clock = Terminal(), SystemClock()
    with (
        deployment(arguments, ttl="1h") as named,
        Progress(*_COLUMNS, console=console, disable=not console.is_terminal) as progress,
    ):
        transports = OverHttpx(named.origin, clock, verify=not arguments.insecure)
        sut = msgspec.structs.replace(named, server_offset=preflight(named, transports.connect, clock).server_offset)
        show = _Show(console, progress, planned.audio.name, len(planned.audio.data))
        session = JudgedSession(
            planned, sut, transports.connect(), clock, label="stream", takers=[show], history=arguments.history
        )
        session.perform()
    assessment, ended = session.assessment, session.books.ended
    for crash in assessment.crashes:
        console.print(Text(f"a fault of the harness: {clean(crash)}", "red"))
    for finding in assessment.findings:
        console.print(
            Text(f"broken: {finding.requirement}: expected {clean(finding.expected)}; {clean(finding.happened)}", "red")
        )
    counts = ", ".join(f"{count} {name}" for name, count in show.counts.items())
    ending, why = (ended.ending, ended.why) if ended else ("interrupted", "")
    console.print(Text(f"{ending}: {counts or 'no events'}{'; ' + clean(why) if why else ''}"))
    if assessment.crashes:
        return ExitCode.HARNESS
    if session.interrupted:
        return ExitCode.INTERRUPTED
    if assessment.findings:
        return ExitCode.BROKEN
    return ExitCode.OK if ending == "done" else ExitCode.UNUSABLE


class _Show:
    """Shows acks as progress, and events as lines."""

    def __init__(self, console: Terminal, progress: Progress, name: str, size: int) -> None:
        self._console = console
        self._progress = progress
        self._task: TaskID = progress.add_task(name, total=size)
        self._sizes: dict[int, int] = {}
        self._began = 0.0
        self._speaking = False
        self.counts: Counter[str] = Counter()

    def __call__(self, observation: Observation) -> None:
        """Take in an observation."""
        match observation:
            case Sent(kind="chunk"):
                self._sizes[observation.n] = observation.size
                self._speaking = True
            case Returned() if not self._speaking:
                self._began = observation.at  # the caller begins to speak once the session is ready
            case Returned() if observation.n in self._sizes:
                size = self._sizes.pop(observation.n)
                if observation.status is not None and observation.status < 300:
                    self._progress.advance(self._task, size)
            case Event():
                self.counts[observation.name] += 1
                seconds = observation.at - self._began
                line = Text(f"{seconds:7.2f}s  ", "dim")
                line.append(f"{clean(observation.name):<17}", "bold")
                line.append(clean(observation.data))
                # A file is read by programs: one event a line there.
                self._console.print(line, soft_wrap=not self._console.is_terminal)
