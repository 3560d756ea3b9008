"""The bytes of the event stream (STREAM-4)."""

from harness.history.observations import Event, StreamClosed
from harness.oracle.checks.base import Check
from harness.oracle.knowledge import Knowledge
from harness.oracle.verdicts import Outcomes, failed, passed


class StreamsAreLegal(Check):
    """UTF-8, and a blank line after each event. Hardly anything else is no event stream."""

    __slots__ = ("_flawed",)

    judges = ("STREAM-4",)

    def __init__(self, known: Knowledge) -> None:
        super().__init__(known)
        self._flawed: int | None = None

    def illegal(self, event: Event) -> Outcomes:
        self._flawed = event.n
        return (failed("STREAM-4", "an event stream as the standard has it (WHATWG HTML, 9.2.5)", event.illegal),)

    def closed(self, closed: StreamClosed) -> Outcomes:
        has_events = closed.n == self.known.told_on
        return (passed("STREAM-4"),) if has_events and closed.n != self._flawed else ()
