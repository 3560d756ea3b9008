"""A load run, as one process has it: the sessions that it performs, and what they showed."""

import itertools
import logging
import math
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import msgspec

from harness.client.deployment import Deployment
from harness.client.http1 import Http1
from harness.client.origin import EXHAUSTED
from harness.contract.catalogue import load_catalogue
from harness.contract.questions import load_questions
from harness.history.draft import Draft, Spool
from harness.history.file import HistoryWriter
from harness.history.log import Taker
from harness.history.observations import Ended, Observation, Returned
from harness.load.cluster.keys import Keys
from harness.load.course.glimpse import Glimpse, Lookout
from harness.load.faults import FAULT, words
from harness.load.greenlet_clock import GreenletClock
from harness.load.health.pulse import Pulse
from harness.load.measures.lag import Lag
from harness.load.measures.reach import Reach
from harness.load.measures.statistics import Statistics
from harness.load.measures.stopwatch import Stopwatch
from harness.load.measures.times import Counts, Times
from harness.load.options import Settings
from harness.load.part import AGAINST, Part
from harness.load.seeds import arrival_seed, pick, session_seed
from harness.load.session import Session
from harness.load.workload import Workload
from harness.oracle.assessment import Assessment
from harness.oracle.judge import Finding, Judge
from harness.oracle.payload import Reader
from harness.scenario.plan import Plan, Push
from harness.scenario.planner import plan

HISTORIES: Final = "histories"
_FAULTS: Final = 20
_BATCH: Final = 12
"""Observations that are judged together: about three chunks with what comes of them, some seconds of a call."""

_log = logging.getLogger("harness.load")


class LiveRun:
    """Makes sessions, and gathers what came of them."""

    def __init__(
        self,
        settings: Settings,
        workload: Workload,
        deployments: Sequence[Deployment],
        worker: int,
        fire: Callable[..., Any],
    ) -> None:
        """Sessions are for the first of `deployments`, unless a conductor says otherwise.

        `worker` is this process's index within the run; `fire` is that of Locust's `request` event.
        """
        self.settings = settings
        self.workload = workload
        self._worker = worker
        self._users = itertools.count()
        self._clock = GreenletClock()
        self._targets = [(each, Http1(each.origin, self._clock, verify=settings.verify)) for each in deployments]
        self._target = 0
        warm_until = math.inf if workload.warm_up else 0.0  # until it is known when the run began
        self._times = Times(warm_until)
        self.pulse = Pulse(self._times, warm_until)
        self._whole = Times()
        self._statistics = Statistics(fire)
        self.lookout = Lookout()
        self._answers = Reach()
        self._part = Part()
        self.keys: Keys | None = None
        """Where each session has one to itself."""
        self._records = settings.record != "none"
        self._histories = Path(settings.folder, HISTORIES)
        self._spool = Spool(self._histories)
        self._told = [0, 0]
        """Findings of either deployment."""
        self._under_way: set[str] = set()
        for load in (load_catalogue, load_questions):  # which takes long enough for the first sessions to be late
            load()

    def begin(self, elapsed: float) -> None:
        """The run has lasted so many seconds, and its warm-up with it; said again, it means nothing."""
        if self._times.warm_until == math.inf:
            self._times.warm_until = self.pulse.warm_until = self._clock.now() - elapsed + self.workload.warm_up

    def end(self) -> None:
        """No more sessions are performed, and all that were opened should be over."""
        self.pulse.stop()
        for label in sorted(self._under_way):
            self._part.assessment.ledger.miss(label)

    def aim(self, target: int) -> None:
        """From now on sessions are for that one of the deployments."""
        self._target = target

    def enter(self) -> int:
        """The number of a new user within this process."""
        return next(self._users)

    def seed(self, user: int, session: int) -> int:
        """The seed of one session of one user."""
        return session_seed(self.settings.seed, self._worker, user, session)

    def open(self, user: int, session: int, due: float) -> Session:
        """The next session of a user, ready to be performed, and when it should have begun."""
        key = None if self.keys is None else self.keys.wait()
        return self._session(self.seed(user, session), f"w{self._worker}-u{user}-s{session}", due, key)

    def arrive(self, number: int, due: float, key: str | None) -> Session:
        """The session of an arrival of the open model, with a key of its own where each has one."""
        return self._session(arrival_seed(self.settings.seed, number), f"a{number}", due, key)

    def arrived(self, *, has_room: bool) -> None:
        """Book an arrival that was due: it begins, if there is room for it."""
        self._part.arrivals += 1
        self._part.turned_away += not has_room

    def _session(self, seed: int, path: str, due: float, key: str | None) -> Session:
        try:
            return self._planned(seed, path, due, key)
        except Exception:
            if self.keys is not None and key is not None:
                self.keys.free(key)
            raise

    def _planned(self, seed: int, path: str, due: float, key: str | None) -> Session:
        """The seed decides which call it is, and what it does."""
        planned = plan(pick(self.workload.mix, seed), seed)
        label = f"{AGAINST * (self._target > 0)}{planned.scenario}-{path}"
        deployment, http = self._targets[self._target]
        judge = Judge(deployment.profile)
        takers: list[Taker] = [self._reach, self._stopwatch(planned, judge.reader)]
        if self.keys is not None and key is not None:
            self._times.record("key_wait", due, self._clock.now())
            due = max(due, self._clock.now())  # that there was no key before is no fault of the SUT's
            deployment = msgspec.structs.replace(deployment, key=key)
            takers.append(self.keys.lodge(label, key, deployment.profile))
        session = Session(
            planned,
            deployment,
            http.connect(),
            self._clock,
            takers,
            judge=judge,
            label=label,
            history=self._history(label) if self._records else None,
            found=self._found,
            fault=self.fault,
            unrecorded=self._unrecorded,
            due=due,
            batch=1 if self.settings.conducted else _BATCH,
        )
        self._under_way.add(label)
        self.lookout.opened()
        return session

    def _history(self, label: str) -> HistoryWriter:
        path = self._histories / f"{label}.jsonl"
        return HistoryWriter(path) if self.settings.record == "all" else Draft(path, self._spool)

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
        assessment = self._part.against if session.label.startswith(AGAINST) else self._part.assessment
        assessment.add(session.label, session.judge, session.books)
        if session.history is None:
            return
        shown = any(finding.session == session.label for finding in assessment.findings)
        wanted = self.settings.record == "all" or shown
        if session.keep_history(wanted=wanted):
            self._part.sampled.append(f"{HISTORIES}/{session.history.path.name}")

    def fault(self, error: Exception) -> None:
        """A fault of ours: noted, and said once; the run goes on."""
        if self._is_exhausted(error):
            return
        fault, faults = words(error), self._part.faults
        if fault not in faults:
            if len(faults) == _FAULTS:
                return
            _log.error("%s: %s", FAULT, fault)
        faults[fault] = faults.get(fault, 0) + 1

    def _unrecorded(self, error: Exception) -> None:
        """A history can't be written: noted, and no further ones are begun."""
        if self._records and not self._is_exhausted(error):
            self._records = False
            self._part.remarks.append(note := f"histories can't be written: {error}; they are missing from then on")
            _log.error(note)

    def _is_exhausted(self, error: Exception) -> bool:
        is_exhausted = isinstance(error, OSError) and error.errno in EXHAUSTED
        self.pulse.exhausted += is_exhausted
        return is_exhausted

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
        # Of each requirement a process shows few findings: it remembers those that it has told.
        self._part = Part(
            assessment=Assessment(findings=[*part.assessment.findings]),
            against=Assessment(findings=[*part.against.findings]),
            faults=dict.fromkeys(part.faults, 0),
            unanswered=part.unanswered,
        )
        self._whole = Times()
        for n, assessment in enumerate((part.assessment, part.against)):
            known = assessment.findings
            assessment.findings, self._told[n] = known[self._told[n] :], len(known)
        part.health = {f"worker {self._worker}": self.pulse.health()}
        return part, times

    def recent_times(self) -> Counts:
        """The times that were taken since this was last asked for."""
        recent = self._times.take()
        self._whole.add(recent)
        self.pulse.take(recent)
        self.lookout.measured(recent)
        return recent

    def glimpses(self, until: float) -> Iterator[Glimpse]:
        """What happened since the last one, up to a second of the run."""
        self.recent_times()
        return self.lookout.glimpses(until, self.pulse.sample())

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
                self._answers.answered(observation.at)
            elif observation.failure == "exhausted":
                self.pulse.exhausted += 1
            elif observation.failure not in {"reply-dropped", "upload-aborted"}:
                self._answers.missed(observation.at)
            self._part.unanswered = self._answers.unanswered
