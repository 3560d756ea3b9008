"""Takes the times of one session, while it runs."""

from collections.abc import Callable
from typing import Any, Final

from harness.history.observations import Ended, Event, Observation, Returned, Sent, Waited
from harness.load.course import Course, accepted
from harness.load.lag import Lag
from harness.load.measures import Measures
from harness.load.statistics import Statistics

_WANTED: Final = frozenset({"reply-dropped", "upload-aborted"})
"""Failures that the scenario wanted."""
_AS_PLANNED: Final = frozenset({"done", "cancelled", "expired", "abandoned"})


class Stopwatch:
    """A taker of a session's log that measures it: into histograms, and for Locust.

    - `start`, `attach`, `control`: response time (due to reply) of what was accepted, retries included.
    - `ack`: response time of a chunk, from the moment at which it was due; `ack.service`: of its last try alone.
    - `schedule_lag`: by how much a chunk left later than it could have: it was due, and no reply was being waited for.
    - `first_event`: from when the stream was asked for to its first event.
    - `lag.EVENT`: see `Lag`.
    - `drain`: from the finalize to `done`.
    - `session`: from the start to the end, of sessions that went as planned.
    """

    def __init__(self, measures: Measures, statistics: Statistics, lag: Lag) -> None:
        self._record = measures.record
        self._step = statistics.step
        self._lag = lag
        self._course = Course()
        self._pending: dict[int, Sent] = {}
        self._tried = ""
        self._idle_since = 0.0
        self._began: float | None = None
        self._attached: float | None = None
        self._finalized: float | None = None
        self._takers: dict[type, Callable[[Any], None]] = {
            Sent: self._sent,
            Returned: self._returned,
            Event: self._event,
            Waited: self._waited,
            Ended: self._ended,
        }

    def __call__(self, observation: Observation) -> None:
        """Take in an observation."""
        take = self._takers.get(type(observation))
        if take is not None:
            take(observation)

    def _sent(self, sent: Sent) -> None:
        self._pending[sent.n] = sent
        if self._began is None:
            self._began = sent.at
        if sent.kind == "chunk":
            if sent.audio != self._tried:
                self._record("schedule_lag", sent.at - max(sent.due, self._idle_since))
            self._tried = sent.audio
            self._lag.pushed(sent)
        elif sent.kind == "attach" and self._attached is None:
            self._attached = sent.at
        elif sent.action == "finalize" and self._finalized is None:
            self._finalized = sent.at

    def _returned(self, returned: Returned) -> None:
        sent = self._pending.pop(returned.n, None)
        if sent is None:
            return
        self._idle_since = returned.at
        if returned.failure in _WANTED:
            return
        seconds = returned.at - sent.due
        is_accepted = accepted(returned)
        if is_accepted and sent.key == "right" and sent.wellformed:
            if sent.kind == "chunk":
                self._record("ack", seconds)
                self._record("ack.service", returned.at - sent.at)
            else:
                self._record(sent.kind, seconds)
        refused = returned.status is not None and returned.status < 500
        failed = not is_accepted and (self._course.is_right(sent) or not refused)
        if failed:  # a try that failed is reported by itself: what the user waits for has not come yet
            self._step(_name(sent), returned.at - sent.at, str(returned.status or returned.failure))
        else:
            self._step(_name(sent), seconds)
        self._course.follow(sent, returned)

    def _event(self, event: Event) -> None:
        if self._attached is not None and self._attached >= 0:
            seconds, self._attached = event.at - self._attached, -1.0
            self._record("first_event", seconds)
            self._step("first_event", seconds)
        if event.name == "done" and self._finalized is not None and self._finalized >= 0:
            seconds, self._finalized = event.at - self._finalized, -1.0
            self._record("drain", seconds)
            self._step("drain", seconds)
        lag = self._lag.of(event)
        if lag is not None:
            self._record(f"lag.{event.name}", lag)

    def _waited(self, waited: Waited) -> None:
        if waited.what == "expiry":
            self._course.end()

    def _ended(self, ended: Ended) -> None:
        if self._began is None or ended.ending == "interrupted":
            return
        seconds = ended.at - self._began
        if ended.ending in _AS_PLANNED:
            self._record("session", seconds)
        self._step("session", seconds, ended.why if ended.ending == "failed" else "")


def _name(sent: Sent) -> str:
    """A step, as Locust's entries are named."""
    if sent.kind != "control":
        return sent.kind
    return sent.action or "control"
