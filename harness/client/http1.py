"""HTTP/1.1 over a plain socket: the transport of load runs, which spends no more than sessions need.

The body's pieces leave as they are (scatter-gather), replies are parsed by llhttp. The fields `Host`,
`Accept-Encoding` and `Content-Length` are the transport's own business.
"""

from collections.abc import Sequence
from functools import partial

from harness.client.clock import SystemClock
from harness.client.connection import Connection, Dialler
from harness.client.origin import Origin
from harness.client.outgoing import aborted, check_headers, portions, together, wire_target
from harness.client.reading import Reading
from harness.client.transport import Reply, Request, Sink, Subscription, Transport, TransportError


class Http1:
    """Makes transports to one origin (the path of its URL does not matter)."""

    def __init__(self, origin: str, clock: SystemClock, *, verify: bool = True) -> None:
        self._dialler = Dialler(Origin.of(origin), clock, verify=verify)
        self._clock = clock

    def connect(self) -> Transport:
        """The transport of one session; it connects when it is first used."""
        return _Session(self._dialler, self._clock)


class _Session:
    """One connection that is kept alive between requests, and one for each stream."""

    __slots__ = ("_asked", "_clock", "_dialler", "_fields", "_idle", "_streams")

    def __init__(self, dialler: Dialler, clock: SystemClock) -> None:
        self._dialler = dialler
        self._clock = clock
        self._idle: Connection | None = None
        self._streams: list[Reading] = []
        self._asked: tuple[object, ...] = ()
        self._fields = b""

    def send(self, request: Request, deadline: float) -> Reply:
        head = self._head(request)
        connection, self._idle = self._idle, None
        if connection is None or not connection.is_open():
            if connection is not None:
                connection.close()
            connection = self._dialler.dial(deadline)
        else:
            connection.reader.begin()
        try:
            whole = _upload(connection, request, head, deadline)
            reply = self._rest(connection, deadline)
            if whole and connection.reader.reusable:
                self._idle = connection
            return reply
        finally:
            if self._idle is None:
                connection.close()

    def send_together(self, requests: Sequence[Request], deadline: float) -> list[Reply | TransportError]:
        others = [_Session(self._dialler, self._clock) for _ in requests]
        try:
            return together([partial(o.send, request, deadline) for o, request in zip(others, requests, strict=True)])
        finally:
            for other in others:
                other.close()

    def subscribe(self, request: Request, deadline: float, sink: Sink) -> tuple[Reply, Subscription | None]:
        head = self._head(request)
        connection = self._dialler.dial(deadline)
        reader = connection.reader
        reading: Reading | None = None
        try:
            _upload(connection, request, head, deadline)
            while not reader.head_complete:
                connection.read(deadline)
            if 200 < reader.status < 300:  # no event stream, by the standard, and yet perhaps without an end
                return Reply(reader.status, tuple(reader.headers), b"", self._clock.now()), None
            if reader.status != 200:
                return self._rest(connection, deadline), None
            reply = Reply(200, tuple(reader.headers), b"", self._clock.now())
            sink.opened(reply)
            reading = Reading(_Stream(connection), self._clock, sink)
        finally:
            if reading is None:
                connection.close()
        self._streams = [stream for stream in self._streams if not stream.is_over]
        self._streams.append(reading)
        return reply, reading

    def close(self) -> None:
        if self._idle is not None:
            self._idle.close()
            self._idle = None
        for stream in self._streams:
            stream.close()

    def _head(self, request: Request) -> bytes:
        """Request line and fields (RFC 9112 3 and 5). What is like the last request's is not made again."""
        asked = (request.method, request.target, request.headers)
        if asked != self._asked:
            self._fields = _fields(request, self._dialler.origin)
            self._asked = asked
        return self._fields + (b"Content-Length: %d\r\n\r\n" % request.length if request.method == "POST" else b"\r\n")

    def _rest(self, connection: Connection, deadline: float) -> Reply:
        reader = connection.reader
        while not reader.complete:
            connection.read(deadline)
        return Reply(reader.status, tuple(reader.headers), reader.take(), self._clock.now())


def _fields(request: Request, origin: Origin) -> bytes:
    check_headers(request.headers)
    lines = [
        f"{request.method} {wire_target(request.target)} HTTP/1.1",
        f"Host: {origin.host_field}",
        "Accept-Encoding: identity",
        *(f"{name}: {value}" for name, value in request.headers),
        "",
    ]
    return "\r\n".join(lines).encode("ascii")


def _upload(connection: Connection, request: Request, head: bytes, deadline: float) -> bool:
    """Send the request; whether all of it went before the peer answered. Raise `TransportError`."""
    body = portions(request)
    if request.spread:
        pause = request.spread / max(len(body), 1)
        whole = connection.send([head], deadline) and all(
            not connection.answers(min(pause, connection.remaining(deadline))) and connection.send([portion], deadline)
            for portion in body
        )
    else:
        whole = connection.send([head, *body], deadline)
    if request.abort_after is not None:
        raise TransportError("upload-aborted", aborted(request))
    return whole


class _Stream:
    """A stream's body on its connection."""

    __slots__ = ("_connection",)

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def read(self) -> bytes:
        reader = self._connection.reader
        while not (data := reader.take()) and not reader.complete:
            self._connection.read(None)
        return data

    def hang_up(self) -> None:
        self._connection.hang_up()

    def close(self) -> None:
        self._connection.close()
