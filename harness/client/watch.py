"""What the driver itself needs to know of the event stream: which events came, and whether it is still open."""

from collections import Counter
from typing import Final, Literal

from harness.client.clock import Clock, Signal
from harness.contract.messages import EVENT_NAMES
from harness.history.observations import Event, Observation, Returned, Sent, StreamClosed

_NAMES: Final = frozenset(EVENT_NAMES)
"""All that can be waited for; a SUT may send any number of other names."""
_KEPT: Final = 0.5
"""Seconds by which a wait ends too late where others had the CPU, or the machine stood still."""
_CATCH_UP: Final = 0.25
"""Seconds in which the stream's reader takes in what has come meanwhile."""


class Watch:
    """A taker of the session's log that its driver can wait on. A second consumer's stream does not count."""

    __slots__ = ("_attaching", "_came", "_changed", "_claimed", "_clock", "_stop", "_stream", "done", "stopped")

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._changed = clock.signal()
        self._stop = clock.signal()
        # By name. The stream's thread counts what came, the driver what it has claimed: neither needs a lock.
        self._came: Counter[str] = Counter()
        self._claimed: Counter[str] = Counter()
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
        if isinstance(observation, Event):
            if observation.n == self._stream and observation.name in _NAMES:
                self._came[observation.name] += 1
                if observation.name == "done":
                    self.done = observation
                self._changed.set()
        elif isinstance(observation, Sent):
            if observation.kind == "attach":
                self._attaching.add(observation.n)
        elif isinstance(observation, Returned):
            if observation.n in self._attaching:
                self._attaching.remove(observation.n)
                if observation.status == 200 and self._stream is None:
                    self._stream = observation.n
        elif isinstance(observation, StreamClosed) and observation.n == self._stream:
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
            if self._clock.now() >= deadline:
                return "timeout"
            self._pass(self._changed, deadline)

    def rest(self, seconds: float) -> bool:
        """Let time pass, whatever the stream brings; whether it all passed, or the run is to end."""
        until = self._clock.now() + seconds
        while not self.stopped and self._clock.now() < until:
            self._pass(self._stop, until)
        return not self.stopped

    def stop(self) -> None:
        """End every wait, now and from now on; may be called from any thread."""
        self.stopped = True
        self._stop.set()
        self._changed.set()

    def _pass(self, signal: Signal, until: float) -> None:
        """Let time pass until the signal; what came while this process was kept from running is read first."""
        if not self._clock.wait(signal, until - self._clock.now()) and self._clock.now() > until + _KEPT:
            self._clock.sleep(_CATCH_UP)

    def _claim(self, what: str) -> bool:
        came = self._came[what] > self._claimed[what]
        self._claimed[what] += came
        return came
