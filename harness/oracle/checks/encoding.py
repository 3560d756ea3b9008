"""The bytes of the event stream (STREAM-4)."""

from collections.abc import Iterator

from harness.history.observations import Event, StreamClosed
from harness.oracle.checks.base import Check
from harness.oracle.knowledge import Knowledge
from harness.oracle.verdicts import Outcome, failed, passed


class StreamsAreLegal(Check):
    """UTF-8, and a blank line after each event. Hardly anything else is no event stream."""

    judges = ("STREAM-4",)

    def __init__(self, known: Knowledge) -> None:
        super().__init__(known)
        self._sound: int | None = None
        """The stream that had an event, and no flaw."""
        self._flawed: int | None = None

    def event(self, event: Event) -> Iterator[Outcome]:
        if event.n != self._flawed:
            self._sound = event.n
        yield from ()

    def illegal(self, event: Event) -> Iterator[Outcome]:
        self._sound, self._flawed = None, event.n
        yield failed("STREAM-4", "an event stream as the standard has it (WHATWG HTML, 9.2.5)", event.illegal)

    def closed(self, closed: StreamClosed) -> Iterator[Outcome]:
        if closed.n == self._sound:
            yield passed("STREAM-4")
