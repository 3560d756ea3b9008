"""A capacity search as the conductor of a load run."""

from argparse import ArgumentParser
from collections.abc import Mapping
from typing import Any, Final

from msgspec import structs

from harness.capacity.certify import certify
from harness.capacity.conduct import Conduct, Wanted
from harness.capacity.options import FLAGS, add_arguments, against, demanded, terms
from harness.capacity.pace import pace
from harness.capacity.terms import Pace, Terms
from harness.capacity.verdict import conclude
from harness.capacity.windows import Windows
from harness.errors import ExitCode
from harness.load.conductor import Crew, Step
from harness.load.course.intervals import Intervals
from harness.load.options import Settings
from harness.load.workload import Workload, load_workload
from harness.report.capacity.words import NOUNS, amount
from harness.report.comparison.capacity import holds_less, sentence
from harness.report.results import duration
from harness.report.run import Run

_NOTICE: Final = 1.0
"""Seconds from now after which a step holds: all processes have heard of it by then."""


class Campaign:
    """Of one process; in the web UI it has many searches, one after another."""

    sandbox = ("--analysis-workers", "2", "--agent-latency", "100ms")
    """It hears twenty utterances a second: few enough sessions for a small machine to load it beyond what it holds."""

    def __init__(self) -> None:
        self._demanded: float | None = None
        self._terms = Terms()
        self._pace: Pace
        self._conduct: Conduct | None = None
        self._windows: Windows
        self._crew: Crew
        self._hosts: tuple[str, ...] = ("",)
        self._asked: Wanted | None = None
        self._users = 0.0
        self._steps = 0
        self._now = 0.0

    def declare(self, parser: ArgumentParser) -> None:
        """Add its flags."""
        add_arguments(parser)

    def adopt(self, given: Mapping[str, Any], settings: Settings, workload: Workload) -> tuple[Settings, Workload]:
        """What a search with these flags does: the load's calls and SLOs, and none of its stages."""
        flags = {name: given[name] for name in FLAGS}
        found, _ = terms(flags, workload), demanded(flags, workload)
        others = against(given, settings.key)
        return structs.replace(settings, conduct=flags, against=others, seconds=found.seconds), workload.calls_alone

    def begin(self, settings: Settings, workload: Workload, course: Intervals, crew: Crew) -> None:
        """A search begins."""
        slos, flags = load_workload(settings.scenario).slos, settings.conduct or {}
        self._terms, self._demanded = terms(flags, workload), demanded(flags, workload)
        self._pace = pace(workload)
        self._hosts = (settings.host, *(host for host, _ in settings.against)) if settings.against else ("",)
        self._conduct = Conduct(self._terms, slos, self._pace, targets=self._hosts)
        self._windows = Windows(course, slos, crew.count)
        self._crew, self._steps, self._asked, self._users, self._now = crew, 0, None, 0.0, 0.0

    def users_at(self, seconds: float) -> int | None:
        """How many users there should be now; None when the search is over."""
        if (conduct := self._conduct) is None:
            return 0
        for window in self._windows.fresh():
            conduct.take(window)
        passed, self._now = seconds - self._now, seconds
        wanted = conduct.wanted(seconds)
        if wanted is None:
            return None
        if wanted != self._asked:
            self._announce(wanted)
        if self._terms.unit != "sessions":
            return self._crew.count()
        self._users = min(wanted.level, self._users + wanted.per_second * passed)
        return round(self._users)

    def told(self) -> dict[str, str]:
        """How it stands."""
        if self._conduct is None:
            return {}
        at, noun = self._conduct.progress, NOUNS[self._terms.unit]
        of = f" of {at.target}" if at.target else ""
        beyond = "" if at.high is None else f", {amount(at.high)} are too many"
        return {
            "level": f"{at.number}{of}, {amount(at.level)} {noun}: {at.purpose}, {at.phase} for {duration(at.seconds)}",
            "so far": f"holds {amount(at.low)}{beyond}",
            "last level": at.last or "-",
        }

    def conclude(self, run: Run) -> None:
        """The certificates, and the verdict by them."""
        conduct, self._conduct = self._conduct, None
        if conduct is None:
            return
        conduct.interrupt(self._now)
        run.kind = "capacity"
        run.measures = []  # of all levels together, they would say nothing
        for host in self._hosts:
            found = certify(conduct.levels, self._terms, self._pace, target=host, stopped=conduct.stopped)
            found.valid, found.reasons = found.valid and not run.invalid, [*run.invalid, *found.reasons]
            run.capacity.append(found)
        run.exit_code, run.headline = conclude(
            run.capacity[0],
            self._demanded,
            broken=run.assessment.broken,
            invalid=run.invalid,
            crashes=[run.headline] if run.exit_code == ExitCode.HARNESS else [],
            unreached=run.assessment.ledger.unreached,
            interrupted=run.exit_code == ExitCode.INTERRUPTED,
        )
        if len(run.capacity) > 1:
            run.headline = f"{run.headline} {sentence(*run.capacity)}"
            if run.exit_code == ExitCode.OK and holds_less(*run.capacity):
                run.exit_code = ExitCode.BROKEN

    def _announce(self, wanted: Wanted) -> None:
        self._asked = wanted
        self._steps += 1
        rate = None if self._terms.unit == "sessions" else wanted.level
        self._crew.announce(Step(self._steps, self._now + _NOTICE, self._hosts.index(wanted.target), rate))
