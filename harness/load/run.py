"""A load run, as one process has it: the sessions that it performs, and what they showed."""

import itertools
import logging
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import msgspec

from harness.client.clock import SystemClock
from harness.client.deployment import Deployment
from harness.client.http1 import Http1
from harness.history.observations import Observation, Returned
from harness.load.lag import Lag
from harness.load.measures import Measures
from harness.load.options import Settings
from harness.load.part import Part
from harness.load.seeds import pick, session_seed
from harness.load.session import Session
from harness.load.statistics import Statistics
from harness.load.stopwatch import Stopwatch
from harness.load.times import Counts, Times
from harness.load.workload import Workload
from harness.oracle.judge import Judge
from harness.oracle.payload import Reader
from harness.report.evidence import clean
from harness.scenario.plan import Plan, Push
from harness.scenario.planner import plan

HISTORIES: Final = "histories"
_FAULTS: Final = 20

_log = logging.getLogger("harness.load")


class LiveRun:
    """Makes sessions, and gathers what came of them."""

    def __init__(
        self, settings: Settings, workload: Workload, deployment: Deployment, worker: int, fire: Callable[..., Any]
    ) -> None:
        """`worker` is this process's index within the run; `fire` is that of Locust's `request` event."""
        self.settings = settings
        self.workload = workload
        self._worker = worker
        self._users = itertools.count()
        self._clock = SystemClock()
        self._deployment = deployment
        self._http = Http1(self._deployment.origin, self._clock, verify=settings.verify)
        self._times = Times(self._clock.now() + workload.warm_up)
        self._whole = Times()
        self._statistics = Statistics(fire)
        self._part = Part()

    def enter(self) -> int:
        """The number of a new user within this process."""
        return next(self._users)

    def seed(self, user: int, session: int) -> int:
        """The seed of one session of one user."""
        return session_seed(self.settings.seed, self._worker, user, session)

    def open(self, user: int, session: int) -> Session:
        """The next session of a user, ready to be performed; the seed decides which call it is."""
        seed = self.seed(user, session)
        planned = plan(pick(self.workload.mix, seed), seed)
        label = f"{planned.scenario}-w{self._worker}-u{user}-s{session}"
        history = None
        if self.settings.record != "none":
            history = Path(self.settings.folder, HISTORIES, f"{label}.jsonl")
        judge = Judge(self._deployment.profile)
        return Session(
            planned,
            self._deployment,
            self._http.connect(),
            self._clock,
            [self._reach, self._stopwatch(planned, judge.reader)],
            judge=judge,
            label=label,
            history=history,
            found=self._statistics.broken,
            fault=self.fault,
        )

    def close(self, session: Session) -> None:
        """Take in a session that is over."""
        self._part.assessment.add(session.label, session.judge, session.books)
        if session.history is None:
            return
        shown = any(finding.session == session.label for finding in self._part.assessment.findings)
        if self.settings.record == "all" or shown:
            self._part.sampled.append(f"{HISTORIES}/{session.history.name}")
        else:
            session.history.unlink()

    def fault(self, error: Exception) -> None:
        """A fault of ours: noted, and said once; the run goes on."""
        where = traceback.extract_tb(error.__traceback__)[-1]
        fault = clean(f"{type(error).__name__} in {Path(where.filename).name}, line {where.lineno}: {error}")
        faults = self._part.faults
        if fault not in faults:
            if len(faults) == _FAULTS:
                return
            _log.error("a fault of the harness, please report it: %s", fault)
        faults[fault] = faults.get(fault, 0) + 1

    def part(self) -> Part:
        """What this process saw, so far."""
        self.recent_times()
        measures = Measures()
        measures.add(self._whole.counts)
        return msgspec.structs.replace(self._part, histograms=measures.encode())

    def recent_times(self) -> Counts:
        """The times that were taken since this was last asked for."""
        recent = self._times.take()
        self._whole.add(recent)
        return recent

    def _stopwatch(self, planned: Plan, reader: Reader) -> Stopwatch:
        slow = {
            f"{planned.audio.digest}@{action.begin}"
            for action in planned.actions
            if isinstance(action, Push) and action.spread
        }
        return Stopwatch(self._times, self._statistics, Lag(planned.audio.time_of, reader), slow)

    def _reach(self, observation: Observation) -> None:
        if isinstance(observation, Returned):
            if observation.status is not None:
                self._part.unanswered = 0
            elif observation.failure not in {"reply-dropped", "upload-aborted"}:
                self._part.unanswered += 1
