"""A load run, as one process has it: the sessions that it performs, and what they showed."""

import itertools
import logging
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import msgspec

from harness.client.deployment import Deployment
from harness.client.http1 import Http1
from harness.client.origin import EXHAUSTED
from harness.contract.catalogue import load_catalogue
from harness.contract.questions import load_questions
from harness.history.log import Taker
from harness.history.observations import Ended, Observation, Returned
from harness.load.cluster.keys import Keys
from harness.load.course.glimpse import Glimpse, Lookout
from harness.load.greenlet_clock import GreenletClock
from harness.load.health.pulse import Health, Pulse
from harness.load.measures.histograms import Measures
from harness.load.measures.lag import Lag
from harness.load.measures.statistics import Statistics
from harness.load.measures.stopwatch import Stopwatch
from harness.load.measures.times import Counts, Times
from harness.load.options import Settings
from harness.load.part import Part
from harness.load.seeds import arrival_seed, pick, session_seed
from harness.load.session import Session
from harness.load.workload import Workload
from harness.oracle.assessment import Assessment
from harness.oracle.judge import Finding, Judge
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
        self._clock = GreenletClock()
        self._deployment = deployment
        self._http = Http1(self._deployment.origin, self._clock, verify=settings.verify)
        warm_until = self._clock.now() + workload.warm_up
        self._times = Times(warm_until)
        self.pulse = Pulse(self._times, warm_until)
        self._whole = Times()
        self._statistics = Statistics(fire)
        self.lookout = Lookout()
        self._part = Part()
        self.keys: Keys | None = None
        """Where each session has one to itself."""
        self._told = 0
        """Findings."""
        self._under_way: set[str] = set()
        for load in (load_catalogue, load_questions):  # which takes long enough for the first sessions to be late
            load()

    def end(self) -> None:
        """No more sessions are performed, and all that were opened should be over."""
        self.pulse.stop()
        for label in sorted(self._under_way):
            self._part.assessment.ledger.miss(label)

    def enter(self) -> int:
        """The number of a new user within this process."""
        return next(self._users)

    def seed(self, user: int, session: int) -> int:
        """The seed of one session of one user."""
        return session_seed(self.settings.seed, self._worker, user, session)

    def open(self, user: int, session: int, due: float) -> Session:
        """The next session of a user, ready to be performed, and when it should have begun."""
        return self._session(self.seed(user, session), f"w{self._worker}-u{user}-s{session}", due)

    def arrive(self, number: int, due: float) -> Session:
        """The session of an arrival of the open model."""
        return self._session(arrival_seed(self.settings.seed, number), f"a{number}", due)

    def arrived(self, *, has_room: bool) -> None:
        """Book an arrival that was due: it begins, if there is room for it."""
        self._part.arrivals += 1
        self._part.turned_away += not has_room

    def _session(self, seed: int, path: str, due: float) -> Session:
        """The seed decides which call it is, and what it does."""
        planned = plan(pick(self.workload.mix, seed), seed)
        label = f"{planned.scenario}-{path}"
        history = None
        if self.settings.record != "none":
            history = Path(self.settings.folder, HISTORIES, f"{label}.jsonl")
        deployment, judge = self._deployment, Judge(self._deployment.profile)
        takers: list[Taker] = [self._reach, self._stopwatch(planned, judge.reader)]
        if self.keys is not None:
            key, tenure = self.keys.lodge(label, deployment.profile)
            self._times.record("key_wait", due, self._clock.now())
            due = max(due, self._clock.now())  # that there was no key before is no fault of the SUT's
            deployment = msgspec.structs.replace(deployment, key=key)
            takers.append(tenure)
        session = Session(
            planned,
            deployment,
            self._http.connect(),
            self._clock,
            takers,
            judge=judge,
            label=label,
            history=history,
            found=self._found,
            fault=self.fault,
            due=due,
        )
        self._under_way.add(label)
        self.lookout.opened()
        return session

    def perform(self, session: Session) -> Ended:
        """Perform a session, and take it in however it ends."""
        try:
            return session.perform()
        finally:
            self.close(session)

    def close(self, session: Session) -> None:
        """Take in a session that is over."""
        self._under_way.discard(session.label)
        if self.keys is not None:
            self.keys.leave(session.label, self._clock.now())
        self.lookout.closed(session.books.ended)
        self._part.assessment.add(session.label, session.judge, session.books)
        if session.history is None:
            return
        shown = any(finding.session == session.label for finding in self._part.assessment.findings)
        wanted = self.settings.record == "all" or shown
        session.keep_history(wanted=wanted)
        if wanted:
            self._part.sampled.append(f"{HISTORIES}/{session.history.name}")

    def fault(self, error: Exception) -> None:
        """A fault of ours: noted, and said once; the run goes on."""
        if isinstance(error, OSError) and error.errno in EXHAUSTED:
            self.pulse.exhausted += 1
            return
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
        return msgspec.structs.replace(self._part, histograms=measures.encode(), health=self._health())

    @property
    def assessment(self) -> Assessment:
        """Of the sessions that are over, as far as it has not been shed."""
        return self._part.assessment

    def shed(self) -> tuple[Part, Counts]:
        """What this process saw since this was last asked for.

        The times come as they were counted: to make histograms of them takes long enough to be late with a chunk.
        """
        self.recent_times()
        part, times = self._part, self._whole.counts
        known = part.assessment.findings
        # Of each requirement a process shows few findings: it remembers those that it has told.
        self._part = Part(
            assessment=Assessment(findings=[*known]),
            faults=dict.fromkeys(part.faults, 0),
            unanswered=part.unanswered,
        )
        self._whole = Times()
        part.assessment.findings, self._told = known[self._told :], len(known)
        part.health = self._health()
        return part, times

    def _health(self) -> dict[str, Health]:
        return {f"worker {self._worker}": self.pulse.health()}

    def recent_times(self) -> Counts:
        """The times that were taken since this was last asked for."""
        recent = self._times.take()
        self._whole.add(recent)
        self.pulse.take(recent)
        self.lookout.measured(recent)
        return recent

    def glimpse(self, until: float) -> Glimpse:
        """What happened since the last one, up to a second of the run."""
        self.recent_times()
        return self.lookout.glimpse(until, self.pulse.sample())

    def _found(self, finding: Finding) -> None:
        self._statistics.broken(finding)
        self.lookout.found(finding)

    def _stopwatch(self, planned: Plan, reader: Reader) -> Stopwatch:
        slow = {
            f"{planned.audio.digest}@{action.begin}"
            for action in planned.actions
            if isinstance(action, Push) and action.spread
        }
        lag = Lag(planned.audio.time_of, reader)
        return Stopwatch(self._times, self.lookout.counting, self._statistics, lag, slow)

    def _reach(self, observation: Observation) -> None:
        if isinstance(observation, Returned):
            if observation.status is not None:
                self._part.unanswered = 0
            elif observation.failure == "exhausted":
                self.pulse.exhausted += 1
            elif observation.failure not in {"reply-dropped", "upload-aborted"}:
                self._part.unanswered += 1
