"""Whoever decides, while a run goes on, how many sessions there are: by what is seen of it."""

from argparse import ArgumentParser
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import msgspec

from harness.errors import ExitCode
from harness.load.course.intervals import Intervals
from harness.load.faults import FAULT, words
from harness.load.options import Settings
from harness.load.workload import Workload
from harness.report.run import Run


class Step(msgspec.Struct, frozen=True):
    """What all processes of a run do from a moment on."""

    number: int
    """From 1, in the order of time."""
    since: float
    """Seconds of the run."""
    target: int = 0
    """Which of the deployments new sessions are for."""
    rate: float | None = None
    """Of the open model: arrivals a second; at 0 the sessions in flight are cut off. None in the closed one."""


class Crew(Protocol):
    """The processes that have sessions."""

    def count(self) -> int:
        """How many they are."""

    def announce(self, step: Step) -> None:
        """Tell them all."""


class Conductor(Protocol):
    """Of the runs of one process that makes their reports, one after another."""

    sandbox: Sequence[str]
    """Flags for the sandbox, where there is no host."""

    def declare(self, parser: ArgumentParser) -> None:
        """Add its flags."""

    def adopt(self, given: Mapping[str, Any], settings: Settings, workload: Workload) -> tuple[Settings, Workload]:
        """What a run with these flags does. Raise `UsageError`."""

    def begin(self, settings: Settings, workload: Workload, course: Intervals, crew: Crew) -> None:
        """A run begins; what is seen of it comes into `course`."""

    def users_at(self, seconds: float) -> int | None:
        """How many users there should be; None ends the run. It is asked once a second.

        Of the open model, one idle user a process, so that Locust sees the run go on.
        """

    def told(self) -> dict[str, str]:
        """How it stands, for the displays, by what it is about."""

    def conclude(self, run: Run) -> None:
        """The run is over: say so in its report."""


class Guarded:
    """A conductor whose faults end its run, and lose nothing of what was seen."""

    def __init__(self, conductor: Conductor) -> None:
        self._conductor = conductor
        self._fault = ""
        self.sandbox: Sequence[str] = conductor.sandbox
        self.declare = conductor.declare
        self.adopt = conductor.adopt
        self.told = conductor.told

    def begin(self, settings: Settings, workload: Workload, course: Intervals, crew: Crew) -> None:
        """A run begins."""
        self._fault = ""
        self._conductor.begin(settings, workload, course, crew)

    def users_at(self, seconds: float) -> int | None:
        """How many users there should be; None, and so the end, after a fault."""
        try:
            return None if self._fault else self._conductor.users_at(seconds)
        except Exception as error:  # noqa: BLE001 -- Locust would print a traceback, and go on without anybody to lead
            self._fault = words(error)
            return None

    def conclude(self, run: Run) -> None:
        """The run is over; a fault is its verdict."""
        try:
            self._conductor.conclude(run)
        except Exception as error:  # noqa: BLE001 -- what the run has found must reach its report
            self._fault = self._fault or words(error)
        if self._fault:
            run.exit_code, run.headline = ExitCode.HARNESS, f"{FAULT}: {self._fault}"
