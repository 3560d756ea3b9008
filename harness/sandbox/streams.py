"""The event streams: what is emitted, how it is framed, and who reads it.

The methods of this class and of those above it are small on purpose: a mutant or a variant replaces one.
"""

from functools import partial

import msgspec

from harness.sandbox.agenda import Agenda
from harness.sandbox.metrics import Metrics
from harness.sandbox.outlet import Outlet
from harness.sandbox.session import Event, Session
from harness.sandbox.settings import Settings


class Streams:
    """Emission and delivery. `now` is monotonic seconds, `wall` seconds since the epoch, both as last told."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.now = self.wall = 0.0
        self.agenda = Agenda()
        self.metrics = Metrics()

    def advance(self, now: float, wall: float) -> None:
        """Let happen what is due by `now`, each thing at its own moment."""
        while (due := self.agenda.next_due()) is not None and due <= now:
            self.now, self.wall = due, wall - (now - due)
            self.agenda.pop()()
        self.now, self.wall = now, wall

    def next_due(self) -> float | None:
        """The monotonic moment of the next thing that happens by itself."""
        return self.agenda.next_due()

    def emit(self, session: Session, name: str, payload: object) -> None:
        """Add an event to the session's log, and hand it to the consumer if there is one."""
        event = Event(len(session.log) + 1, name, self.encode(name, payload))
        session.log.append(event)
        for outlet in session.outlets:
            self.deliver(event, outlet)

    def encode(self, name: str, payload: object) -> bytes:  # noqa: ARG002 - a mutant spoils the events of one name
        """The data of an event, on one line."""
        return msgspec.json.encode(payload)

    def frame(self, event: Event) -> bytes:
        """An event as bytes of the stream."""
        return b"id: %d\nevent: %s\ndata: %s\n\n" % (event.id, event.name.encode(), event.data)

    def deliver(self, event: Event, outlet: Outlet) -> None:
        """Hand one event to a consumer."""
        outlet.put(self.frame(event))
        self.count_event(event.name)

    def count_event(self, name: str) -> None:
        """Count an event that was handed to a consumer."""
        self.metrics.delivered(name)

    def attach(self, session: Session, after: int) -> Outlet:
        """A consumer's stream: first what it missed after event `after`, then what happens."""
        outlet = Outlet(session.leave)
        outlet.put(self.preamble())
        for event in self.backlog(session, after):
            self.deliver(event, outlet)
        if session.is_over:
            outlet.close()
        else:
            session.outlets.append(outlet)
            self.agenda.at(self.now + self.settings.heartbeat, partial(self.beat, session, outlet))
        return outlet

    def preamble(self) -> bytes:
        """What a stream begins with."""
        return self.comment("live capture sandbox")

    def comment(self, text: str) -> bytes:
        """A line of the stream that says nothing to programs."""
        return b": %s\n\n" % text.encode()

    def backlog(self, session: Session, after: int) -> list[Event]:
        """The events so far that a new consumer is told of."""
        return session.log[after:]

    def beat(self, session: Session, outlet: Outlet) -> None:
        """A comment, so that nobody between takes a silent stream for a dead one (WHATWG HTML 9.2.7)."""
        if outlet in session.outlets:
            outlet.put(self.comment("still here"))
            self.agenda.at(self.now + self.settings.heartbeat, partial(self.beat, session, outlet))

    def end_stream(self, session: Session) -> None:
        """Nothing more will come."""
        for outlet in session.outlets:
            outlet.close()
        session.outlets.clear()
