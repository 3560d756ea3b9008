"""A transport without a network: a sans-IO service under a virtual clock, and no thread of its own.

Everything happens within `clock.sleep` and `clock.wait`: the service's own doings at the moments that it names, and the
streams' bytes right after them. Of sessions side by side, each lets the others go first before it sends a request.
"""

import math
from collections.abc import Sequence
from functools import partial
from typing import Final, Literal, Protocol

from harness.client.clock import VirtualClock
from harness.client.outgoing import aborted
from harness.client.transport import Reply, Request, Sink, Subscription, Transport, TransportError

_HOST: Final = ("host", "memory")
"""What every HTTP client adds (RFC 9112 section 3.2); the origin is http://memory."""


class Outlet(Protocol):
    """The server's end of one event stream."""

    closed: bool
    """The server has ended it."""

    def take(self) -> bytes:
        """What is ready to be sent, emptied by the call."""

    def hang_up(self) -> None:
        """The client has left."""


class Served(Protocol):
    """A reply; with an `outlet`, its body is a stream. It leaves the service after `delay` seconds."""

    @property
    def status(self) -> int: ...
    @property
    def headers(self) -> Sequence[tuple[str, str]]: ...
    @property
    def body(self) -> bytes: ...
    @property
    def delay(self) -> float: ...
    @property
    def outlet(self) -> Outlet | None: ...


class Service(Protocol):
    """An HTTP service that is told the time: `now` in monotonic seconds, `wall` in seconds since the epoch."""

    def handle(  # noqa: PLR0917 - a request has so many parts
        self, method: str, target: str, headers: Sequence[tuple[str, str]], body: bytes, now: float, wall: float
    ) -> Served:
        """Answer one whole request."""

    def advance(self, now: float, wall: float) -> None:
        """Let what is due by `now` happen."""

    def next_due(self) -> float | None:
        """When something will happen by itself: later than the last `advance`."""


class MemoryTransports:
    """Makes transports to one service, which all share it and the clock."""

    def __init__(self, service: Service, clock: VirtualClock) -> None:
        self.clock = clock
        self._service = service
        self._streams: list[_Stream] = []
        self._next: float | None = None

    def connect(self) -> Transport:
        """The transport of one session."""
        return _Session(self)

    def handle(self, request: Request) -> Served:
        """Have the service answer, now."""
        now, wall = self.clock.now(), self.clock.wall()
        self._service.advance(now, wall)
        served = self._service.handle(
            request.method, request.target, (_HOST, *request.headers), b"".join(request.body), now, wall
        )
        self.wake(now)
        return served

    def add(self, stream: "_Stream") -> None:
        """Carry a stream's bytes from now on."""
        self._streams.append(stream)
        self.wake(self.clock.now())

    def wake(self, moment: float) -> None:
        """Look at the service and its streams at `moment`, unless that is to be done sooner."""
        if self._next is None or moment < self._next:
            self._next = moment
            self.clock.call_at(moment, partial(self._carry, moment))

    def _carry(self, moment: float) -> None:
        """Let the service do what is due, and the streams bring what came of it."""
        if moment != self._next:
            return  # done already, with something that was due sooner
        self._next = None
        self._service.advance(self.clock.now(), self.clock.wall())
        for stream in self._streams:
            stream.carry()
        self._streams = [stream for stream in self._streams if not stream.is_over]
        due = self._service.next_due()
        if due is not None:
            self.wake(due)


class _Session:
    def __init__(self, makes: MemoryTransports) -> None:
        self._makes = makes
        self._clock = makes.clock
        self._streams: list[_Stream] = []

    def send(self, request: Request, deadline: float) -> Reply:
        served = self._ask(request, deadline)
        if served.outlet is not None:
            served.outlet.hang_up()
            self._pass(math.inf, deadline)  # a stream has no end that could be waited for
        return self._reply(served, served.body)

    def send_together(self, requests: Sequence[Request], deadline: float) -> list[Reply | TransportError]:
        """One after another, but within the same moment: before the first reply has left the service."""
        self._clock.give_way()
        sent = self._clock.now()
        served = [self._makes.handle(request) for request in requests]
        replies: dict[int, Reply | TransportError] = {}
        for n, each in sorted(enumerate(served), key=lambda item: item[1].delay):
            try:
                self._pass(max(sent + each.delay - self._clock.now(), 0.0), deadline)
                replies[n] = self._reply(each, each.body)
            except TransportError as error:
                replies[n] = error
        return [replies[n] for n in range(len(served))]

    def subscribe(self, request: Request, deadline: float, sink: Sink) -> tuple[Reply, Subscription | None]:
        served = self._ask(request, deadline)
        if served.status != 200:
            return self._reply(served, served.body), None
        reply = self._reply(served, b"")
        sink.opened(reply)
        stream = _Stream(served, self._clock, sink)
        self._makes.add(stream)
        self._streams = [*(other for other in self._streams if not other.is_over), stream]
        return reply, stream

    def close(self) -> None:
        for stream in self._streams:
            stream.close()

    def _ask(self, request: Request, deadline: float) -> Served:
        """The service's reply, once it is here; raise `TransportError`."""
        self._clock.give_way()
        self._pass(request.spread, deadline)
        if request.abort_after is not None:
            raise TransportError("upload-aborted", aborted(request))
        served = self._makes.handle(request)
        try:
            self._pass(served.delay, deadline)
        except TransportError:
            if served.outlet is not None:
                served.outlet.hang_up()
            raise
        return served

    def _pass(self, seconds: float, deadline: float) -> None:
        """Let time pass, at most until the deadline. None passes for no seconds: a reply precedes what comes of it."""
        left = deadline - self._clock.now()
        if seconds:
            self._clock.sleep(min(seconds, left))
        if left < seconds or left <= 0:
            raise TransportError("timeout", "no whole reply in time")

    def _reply(self, served: Served, body: bytes) -> Reply:
        headers = tuple((name.lower(), value) for name, value in served.headers)
        return Reply(served.status, headers, body, self._clock.now())


class _Stream:
    """One stream from its outlet to its sink. Without an outlet the body is all there is."""

    def __init__(self, served: Served, clock: VirtualClock, sink: Sink) -> None:
        self.is_over = False
        self._outlet = served.outlet
        self._body = served.body
        self._clock = clock
        self._sink = sink

    def carry(self) -> None:
        """Bring what is ready."""
        if self.is_over:
            return
        data = self._body if self._outlet is None else self._outlet.take()
        if data:
            self._sink.received(data, self._clock.now())
        if self._outlet is None or self._outlet.closed:
            self._finish("ended")

    def close(self) -> None:
        """Leave; when it returns, the sink has heard `closed`."""
        if self._outlet is not None and not self.is_over:
            self._outlet.hang_up()
        self._finish("left")

    def _finish(self, how: Literal["ended", "left"]) -> None:
        if not self.is_over:
            self.is_over = True
            self._sink.closed(how, self._clock.now(), "")
