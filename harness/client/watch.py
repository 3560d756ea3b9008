"""What the driver itself needs to know of the event stream: which events came, and whether it is still open."""

import threading
from collections import Counter
from typing import Literal

from harness.client.clock import Clock
from harness.history.observations import Event, Observation, Returned, Sent, StreamClosed


class Watch:
    """A taker of the session's log that its driver can wait on. A second consumer's stream does not count."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._changed = clock.signal()
        self._lock = threading.Lock()  # around `_unclaimed`, which the stream's thread adds to
        self._unclaimed: Counter[str] = Counter()
        self._attaching: set[int] = set()
        self._stream: int | None = None
        self.done: Event | None = None
        """The last `done` that has come."""
        self.stopped = False
        """The run is to end: whoever waits shall wait no longer."""

    @property
    def attached(self) -> bool:
        """Whether the event stream is open."""
        return self._stream is not None

    def __call__(self, observation: Observation) -> None:
        """Take in an observation."""
        match observation:
            case Event() if observation.n == self._stream:
                with self._lock:
                    self._unclaimed[observation.name] += 1
                if observation.name == "done":
                    self.done = observation
                self._changed.set()
            case Sent(kind="attach"):
                self._attaching.add(observation.n)
            case Returned() if observation.n in self._attaching:
                self._attaching.remove(observation.n)
                if observation.status == 200 and self._stream is None:
                    self._stream = observation.n
            case StreamClosed() if observation.n == self._stream:
                self._stream = None
                self._changed.set()

    def wait(self, what: str, timeout: float) -> Literal["came", "timeout", "stream-over", "stopped"]:
        """Wait for an event that no wait has claimed yet, or for the stream's `end`."""
        deadline = self._clock.now() + timeout
        while True:
            self._changed.clear()  # first: whatever changes from here on ends the wait below
            if self.stopped:
                return "stopped"
            attached = self.attached  # before the events, the last of which may come while we look
            if (what == "end" and not attached) or self._claim(what):
                return "came"
            if not attached:
                return "stream-over"
            if not self._clock.wait(self._changed, deadline - self._clock.now()) and self._clock.now() >= deadline:
                return "timeout"

    def rest(self, seconds: float) -> bool:
        """Let time pass; whether it all passed, or the run is to end."""
        until = self._clock.now() + seconds
        while (left := until - self._clock.now()) > 0:
            self._changed.clear()  # first: a stop from here on ends the wait below
            if self.stopped:
                break
            self._clock.wait(self._changed, left)
        return not self.stopped

    def stop(self) -> None:
        """End every wait, now and from now on; may be called from any thread."""
        self.stopped = True
        self._changed.set()

    def _claim(self, what: str) -> bool:
        with self._lock:
            came = self._unclaimed[what] > 0
            self._unclaimed[what] -= came
        return came
