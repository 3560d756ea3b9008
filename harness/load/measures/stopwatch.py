"""Takes the times of one session, while it runs."""

from collections.abc import Callable, Collection
from typing import Any, Final

from harness.history.observations import Ended, Event, Observation, Returned, Sent, Waited
from harness.load.measures.counting import Counting
from harness.load.measures.lag import Lag
from harness.load.measures.rights import Course, accepted
from harness.load.measures.statistics import Statistics
from harness.load.measures.times import Times

_WANTED: Final = frozenset({"reply-dropped", "upload-aborted"})
"""Failures that the scenario wanted."""
_AS_PLANNED: Final = frozenset({"done", "cancelled", "expired", "abandoned"})


class Stopwatch:
    """A taker of a session's log that measures it: into histograms, and for Locust.

    - `start`, `attach`, `control`: response time (due to reply) of what was accepted, retries included.
    - `ack`: response time of a chunk, from the moment at which it was due; `ack.service`: of its last try alone. A
      chunk that the scenario uploads slowly on purpose is left out.
    - `schedule_lag`: by how much the start or a chunk left later than it could have: it was due, and no reply was being
      waited for.
    - `first_event`: from when the stream was asked for to its first event.
    - `lag.EVENT`: see `Lag`.
    - `drain`: from the finalize to `done`.
    - `session`: from the start to the end, of sessions that went as planned.
    """

    def __init__(
        self, times: Times, counting: Counting, statistics: Statistics, lag: Lag, slow: Collection[str] = ()
    ) -> None:
        """`slow` names the audio (as `Sent.audio` does) of the chunks that are uploaded slowly on purpose."""
        self._record = times.record
        self._counting = counting
        self._step = statistics.step
        self._lag = lag
        self._slow = slow
        self._course = Course()
        self._pending: dict[int, Sent] = {}
        self._tried = ""
        self._idle_since = 0.0
        self._since: dict[str, float | None] = {}
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
        if "session" not in self._since:
            self._since["session"] = sent.at
            if sent.kind == "start":
                self._record("schedule_lag", sent.due, sent.at)
        if sent.kind == "chunk":
            if sent.audio != self._tried:
                self._record("schedule_lag", max(sent.due, self._idle_since), sent.at)
            self._tried = sent.audio
            self._lag.pushed(sent)
        elif sent.kind == "attach":
            self._since.setdefault("first_event", sent.at)
        elif sent.action == "finalize":
            self._since.setdefault("drain", sent.at)

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
            if sent.kind != "chunk":
                self._record(sent.kind, sent.due, returned.at)
            else:
                self._counting.chunks += 1
                if sent.audio not in self._slow:
                    self._record("ack", sent.due, returned.at)
                    self._record("ack.service", sent.at, returned.at)
        refused = returned.status is not None and returned.status < 500
        failed = not is_accepted and (self._course.is_right(sent) or not refused)
        if failed:
            self._counting.failed += 1
            # A try that failed is reported by itself: what the user waits for has not come yet.
            self._step(_name(sent), returned.at - sent.at, str(returned.status or returned.failure))
        else:
            self._step(_name(sent), seconds)
        self._course.follow(sent, returned)

    def _event(self, event: Event) -> None:
        self._counting.events += 1
        self._came("first_event", event.at)
        if event.name == "done":
            self._came("drain", event.at)
        due = self._lag.due(event)
        if due is not None:
            self._record(f"lag.{event.name}", due, event.at)

    def _waited(self, waited: Waited) -> None:
        if waited.what == "expiry":
            self._course.end()

    def _ended(self, ended: Ended) -> None:
        if ended.ending in _AS_PLANNED:
            self._came("session", ended.at)
        elif ended.ending == "failed":
            self._step("session", ended.at - (self._since.get("session") or ended.at), ended.why)

    def _came(self, what: str, at: float) -> None:
        """Something that is waited for, for the first time in this session."""
        since = self._since.get(what)
        if since is not None:
            self._since[what] = None
            self._record(what, since, at)
            self._step(what, at - since)


def _name(sent: Sent) -> str:
    """A step, as Locust's entries are named."""
    if sent.kind != "control":
        return sent.kind
    return sent.action or "control"
