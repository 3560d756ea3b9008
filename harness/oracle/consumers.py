"""Who reads the session's event stream, and what came of a second consumer."""

from enum import Enum

from harness.contract.messages import PHASES
from harness.history.observations import Event, Sent, StreamClosed
from harness.oracle.exchange import Answer, Exchange


class Second(Enum):
    """What came of a second consumer."""

    ASKING = "asking"  # not answered yet
    REFUSED = "refused"
    HARMLESS = "harmless"  # refused, and the first one went on
    ADMITTED = "admitted"


class Consumers:
    """Of one session."""

    __slots__ = ("heard", "opened", "second", "stream")

    def __init__(self) -> None:
        self.stream: int | None = None
        """The exchange that opened the event stream which is open now."""
        self.opened = 0
        """Streams so far."""
        self.heard = 0
        """Events that came on them while they were open."""
        self.second: Second | None = None
        """What came of a second consumer that asked for this stream."""

    @property
    def intruded(self) -> bool:
        """Whether a second consumer may have put the first one out."""
        return self.second not in {None, Second.HARMLESS}

    def first_goes_on(self, event: Event, *, finalizing: bool) -> bool:
        """Whether this event shows that the first consumer's stream goes on although a second one was refused.

        Others may have been on their way before the second one came.
        """
        if event.n != self.stream or self.second is not Second.REFUSED:
            return False
        if event.name == "status" and isinstance(event.payload, dict):
            return finalizing and event.payload.get("phase") in PHASES[1:]
        return event.name in {"done", "error"}

    def asking(self, sent: Sent) -> None:
        """Somebody is about to attach."""
        if sent.kind == "attach" and sent.key == "right" and self.stream is not None:
            self.second = Second.ASKING

    def answered(self, exchange: Exchange) -> bool:
        """Somebody who asked to attach has his answer; whether a stream was opened."""
        if exchange.was.stream is not None and exchange.was.stream == self.stream:
            self.second = _SECONDS.get(exchange.answer)
            return False
        if exchange.returned.status != 200:
            return False
        self.stream, self.second = exchange.sent.n, None
        self.opened += 1
        return True

    def closed(self, closed: StreamClosed) -> bool:
        """A stream is over; whether it was the one that was open."""
        if closed.n != self.stream:
            return False
        self.stream = None
        return True


_SECONDS = {Answer.ACCEPTED: Second.ADMITTED, Answer.REFUSED: Second.REFUSED}
