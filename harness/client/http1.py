"""HTTP/1.1 over a plain socket: the transport of load runs, which spends no more than sessions need.

The body's pieces leave as they are (scatter-gather), replies are parsed by llhttp. The fields `Host`,
`Accept-Encoding` and `Content-Length` are the transport's own business.
"""

from collections.abc import Generator, Sequence
from functools import partial

from harness.client.clock import Clock
from harness.client.connection import Connection, Dialler
from harness.client.origin import Origin
from harness.client.outgoing import aborted, check_headers, portions, together, wire_target
from harness.client.reading import Reading
from harness.client.reply_reader import ReplyReader
from harness.client.transport import Reply, Request, Sink, Subscription, Transport, TransportError


class Http1:
    """Makes transports to one origin (the path of its URL does not matter)."""

    def __init__(self, origin: str, clock: Clock, *, verify: bool = True) -> None:
        self._dialler = Dialler(Origin.of(origin), clock, verify=verify)
        self._clock = clock

    def connect(self) -> Transport:
        """The transport of one session; it connects when it is first used."""
        return _Session(self._dialler, self._clock)


class _Session:
    """One connection that is kept alive between requests, and one for each stream."""

    def __init__(self, dialler: Dialler, clock: Clock) -> None:
        self._dialler = dialler
        self._clock = clock
        self._idle: Connection | None = None
        self._streams: list[Reading] = []

    def send(self, request: Request, deadline: float) -> Reply:
        head = _head(request, self._dialler.origin)
        connection, self._idle = self._idle, None
        if connection is None or not connection.is_open():
            if connection is not None:
                connection.close()
            connection = self._dialler.dial(deadline)
        reader = ReplyReader()
        try:
            whole = _upload(connection, request, head, reader, deadline)
            reply = self._rest(connection, reader, deadline)
            if whole and reader.reusable:
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
        head = _head(request, self._dialler.origin)
        connection = self._dialler.dial(deadline)
        reader = ReplyReader()
        reading: Reading | None = None
        try:
            _upload(connection, request, head, reader, deadline)
            while not reader.head_complete:
                connection.read(reader, deadline)
            if 200 < reader.status < 300:  # no event stream, by the standard, and yet perhaps without an end
                return Reply(reader.status, tuple(reader.headers), b"", self._clock.now()), None
            if reader.status != 200:
                return self._rest(connection, reader, deadline), None
            reply = Reply(200, tuple(reader.headers), b"", self._clock.now())
            sink.opened(reply)
            blocks = _blocks(connection, reader)
            reading = Reading(f"stream {request.target}", blocks, connection.hang_up, self._clock, sink)
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

    def _rest(self, connection: Connection, reader: ReplyReader, deadline: float) -> Reply:
        while not reader.complete:
            connection.read(reader, deadline)
        return Reply(reader.status, tuple(reader.headers), reader.take(), self._clock.now())


def _head(request: Request, origin: Origin) -> bytes:
    """Request line and fields (RFC 9112 3 and 5)."""
    check_headers(request.headers)
    lines = [
        f"{request.method} {wire_target(request.target)} HTTP/1.1",
        f"Host: {origin.host_field}",
        "Accept-Encoding: identity",
    ]
    if request.method == "POST":
        lines.append(f"Content-Length: {request.length}")
    lines += [f"{name}: {value}" for name, value in request.headers]
    return "\r\n".join([*lines, "\r\n"]).encode("ascii")


def _upload(connection: Connection, request: Request, head: bytes, reader: ReplyReader, deadline: float) -> bool:
    """Send the request; whether all of it went before the peer answered. Raise `TransportError`."""
    body = portions(request)
    if request.spread:
        pause = request.spread / max(len(body), 1)
        whole = connection.send([head], deadline, reader) and all(
            not connection.answers(reader, min(pause, connection.remaining(deadline, reader)))
            and connection.send([portion], deadline, reader)
            for portion in body
        )
    else:
        whole = connection.send([head, *body], deadline, reader)
    if request.abort_after is not None:
        raise TransportError("upload-aborted", aborted(request))
    return whole


def _blocks(connection: Connection, reader: ReplyReader) -> Generator[bytes]:
    """The stream's body, as it comes."""
    try:
        while True:
            if data := reader.take():
                yield data
            if reader.complete:
                return
            connection.read(reader, None)
    finally:
        connection.close()
