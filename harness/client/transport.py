"""What the driver needs of HTTP, as small protocols that three transports fulfil.

A transport belongs to one session: it sends one request at a time, and holds at most a few streams. What is costly to
make (TLS context, connection pool, resolved address) lives in the factory that makes transports.
"""

from collections.abc import Callable, Sequence
from typing import Literal, Protocol

import msgspec

from harness.history.observations import Failure

Buffer = bytes | memoryview


class Request(msgspec.Struct, frozen=True):
    """One request. `target` is a path with its query, at the transport's origin."""

    method: Literal["GET", "POST"]
    target: str
    headers: tuple[tuple[str, str], ...] = ()
    body: tuple[Buffer, ...] = ()
    """Pieces that make up the body; never joined by a transport that can send them as they are."""
    abort_after: int | None = None
    """Cut the connection once so many bytes of the body have been sent (a fault of the scenario's)."""
    spread: float = 0.0
    """Seconds over which the body is spread (a slow uplink)."""

    @property
    def length(self) -> int:
        """Bytes of the body."""
        return sum(map(len, self.body))


class Reply(msgspec.Struct, frozen=True):
    """A whole reply. Header names are lower case; the body is decoded from any content coding."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes
    at: float
    """When its last byte was read, on the transport's clock."""

    def header(self, name: str) -> str:
        """The first value of the header `name` (lower case), or an empty string."""
        for key, value in self.headers:
            if key == name:
                return value
        return ""


class TransportError(Exception):
    """No whole reply came; `failure` says which way, the message says it in words. Never holds a header's value."""

    def __init__(self, failure: Failure, message: str) -> None:
        super().__init__(message)
        self.failure: Failure = failure


class Sink(Protocol):
    """Where the bytes of a stream go, while they come. Calls come one after another, after the first from elsewhere."""

    def opened(self, head: Reply) -> None:
        """The stream is open: the first call, made by `subscribe` itself before anything is fed."""

    def received(self, data: bytes, at: float) -> None:
        """Bytes of the body, decoded from any content or transfer coding; never empty."""

    def closed(self, how: Literal["ended", "cut", "left"], at: float, detail: str) -> None:
        """The stream is over: the last call. `ended` is an end in order, `cut` a broken connection."""


class Subscription(Protocol):
    """A stream that is being read."""

    def close(self) -> None:
        """Leave: the connection is closed, and the sink hears `closed("left", …)` unless it was over before."""


class Transport(Protocol):
    """One session's way to the SUT."""

    def send(self, request: Request, deadline: float) -> Reply:
        """Send, and read the whole reply before `deadline` (on the transport's clock).

        Raise `TransportError`. A request is sent at most once: whether to send again is the driver's decision.
        """

    def send_together(self, requests: Sequence[Request], deadline: float) -> list[Reply | TransportError]:
        """The same for several at once, each over a connection of its own; what would be raised is returned."""

    def subscribe(self, request: Request, deadline: float, sink: Sink) -> tuple[Reply, Subscription | None]:
        """Open a stream: hand its head (with an empty body) to `sink`, return it, and feed the sink beside.

        Where the reply is not 200, it is read whole like that of `send` (another 2xx: without its body, which may have
        no end), the sink hears nothing, and there is no subscription.
        The deadline is the head's; a stream may be silent as long as it likes.
        """

    def close(self) -> None:
        """Close every connection of this session, streams too."""


Connect = Callable[[], Transport]
"""Makes the transport of one session."""
