"""Takes the times of one session, while it runs."""

from collections.abc import Collection
from typing import Final

from harness.client.driver import LEAVING
from harness.history.observations import AS_PLANNED, ON_PURPOSE, Ended, Event, Observation, Returned, Sent, Waited
from harness.load.measures.counting import Counting
from harness.load.measures.lag import Lag
from harness.load.measures.rights import Course
from harness.load.measures.statistics import Statistics
from harness.load.measures.times import Times

OVERDUE: Final = 5.0
"""Seconds: whoever had waited for so long may be waiting in vain."""


class Stopwatch:
    """A taker of a session's log that measures it: into histograms, and for Locust.

    - `start`, `attach`, `control`: response time (due to reply) of what was accepted, retries included.
    - `ack`: response time of a chunk, from the moment at which it was due; `ack.service`: of its last try alone. A
      chunk that the scenario uploads slowly on purpose is left out.
    - `schedule_lag`: by how much the start or a chunk left later than it could have: it was due, and no reply was being
      waited for.
    - `first_event`: from when the stream was asked for to its first event.
    - `lag.EVENT`: see `Lag`. Of audio that was due before the stream was asked for, nothing: the SUT may have held the
      event back for a consumer, or say it again to one that came back.
    - `drain`: from the finalize to `done`.
    - `session`: from the start to the end, of sessions that went as planned.
    - `overdue`: of sessions that the run's end cut off while they had waited for the SUT for long, how long.

    What was still waited for when the run's end cut the session off counts as long as it had taken until then: else
    a SUT that stops answering would look the better for it.
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
        self._listening_since = 0.0
        self._since: dict[str, float | None] = {}

    def __call__(self, observation: Observation) -> None:
        """Take in an observation."""
        match observation:
            case Event():
                self._event(observation)
            case Sent():
                self._sent(observation)
            case Returned():
                self._returned(observation)
            case Waited():
                self._waited(observation)
            case Ended():
                self._ended(observation)

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
        if returned.failure in ON_PURPOSE:
            return
        seconds = returned.at - sent.due
        if returned.accepted and sent.key == "right" and sent.wellformed:
            if sent.kind != "chunk":
                if sent.reason != LEAVING:  # when the run ends, all leave at once: no user does
                    self._record(sent.kind, sent.due, returned.at)
            else:
                self._counting.chunks += 1
                if sent.audio not in self._slow:
                    self._record("ack", sent.due, returned.at)
                    self._record("ack.service", sent.at, returned.at)
        refused = returned.status is not None and returned.status < 500
        failed = not returned.accepted and (self._course.is_right(sent) or not refused)
        if failed:
            why = str(returned.status or returned.failure)
            self._counting.fail(f"{_name(sent)}: {why}")
            # A try that failed is reported by itself: what the user waits for has not come yet.
            self._step(_name(sent), returned.at - sent.at, why)
        else:
            self._step(_name(sent), seconds)
        if sent.kind == "attach" and returned.accepted:
            self._listening_since = sent.at
        self._course.follow(sent, returned)

    def _event(self, event: Event) -> None:
        self._counting.events += 1
        self._came("first_event", event.at)
        if event.name == "done":
            self._came("drain", event.at)
        due = self._lag.due(event)
        if due is not None and due >= self._listening_since:
            self._record(f"lag.{event.name}", due, event.at)

    def _waited(self, waited: Waited) -> None:
        if waited.what == "expiry":
            self._course.end()

    def _ended(self, ended: Ended) -> None:
        if ended.ending in AS_PLANNED:
            self._came("session", ended.at)
        elif ended.ending == "failed":
            self._step("session", ended.at - (self._since.get("session") or ended.at), ended.why)
        elif ended.ending == "interrupted":
            self._cut(ended.at)

    def _cut(self, at: float) -> None:
        """The run ended while something was waited for: it took as long as that, at least."""
        waits = {
            "ack" if sent.kind == "chunk" else sent.kind: sent.due
            for sent in self._pending.values()
            if sent.key == "right" and sent.wellformed and sent.reason != LEAVING and sent.audio not in self._slow
        }
        if (finalized := self._since.get("drain")) is not None:
            waits["drain"] = finalized
        for what, since in waits.items():
            self._record(what, since, at)
        if waits and at - min(waits.values()) > OVERDUE:
            self._record("overdue", min(waits.values()), at)

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
