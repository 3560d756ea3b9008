"""HTTP over httpx, under one TLS context that all sessions share: the transport of the gate and of probes.

It builds on `httpx.HTTPTransport`, below `httpx.Client`, whose redirects, cookies and environment are no part of a
session. Deadlines, content codings and bounds are those of `http1`, but for two: a head that drips in is bounded byte
by byte only, and a server that answers an upload early, without closing and without reading on, is noticed at the
deadline.
"""

import socket
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing
from functools import partial
from typing import Any, Final

import httpx

from harness.client.clock import Clock
from harness.client.coding import BODY_LIMIT, content_decoder
from harness.client.connection import hang_up
from harness.client.origin import Origin, tls_context
from harness.client.outgoing import aborted, check_headers, portions, together, wire_target
from harness.client.reading import Reading
from harness.client.transport import Reply, Request, Sink, Subscription, Transport, TransportError

_CUT: Final = ("Server disconnected", "peer closed connection")  # how the messages of httpcore and h11 begin


class OverHttpx:
    """Makes transports to one origin (the path of its URL does not matter)."""

    def __init__(self, origin: str, clock: Clock, *, verify: bool = True) -> None:
        self.origin = Origin.of(origin)
        self.clock = clock
        self._context = tls_context(verify=verify)

    def pool(self) -> httpx.HTTPTransport:
        """A pool of connections without bounds: cheap to make, since the costly TLS context is shared."""
        limits = httpx.Limits(max_connections=None, max_keepalive_connections=None, keepalive_expiry=None)
        return httpx.HTTPTransport(verify=self._context, trust_env=False, limits=limits)

    def connect(self) -> Transport:
        """The transport of one session; it connects when it is first used."""
        return _Session(self)


class _Until(dict[str, float | None]):
    """httpx's timeouts of a request: each wait may take what is left until the deadline when it begins."""

    def __init__(self, deadline: float, clock: Clock) -> None:
        self.deadline: float | None = deadline
        self._clock = clock

    def get(self, key: str, default: Any = None) -> float | None:  # noqa: ARG002 - one answer for every kind of wait
        return None if self.deadline is None else max(self.deadline - self._clock.now(), 0.001)


class _Session:
    """One pool for requests, and one for each stream, so that its connection is nobody else's."""

    def __init__(self, makes: OverHttpx) -> None:
        self._makes = makes
        self._origin = makes.origin
        self._clock = makes.clock
        self._pool = makes.pool()
        self._streams: list[Reading] = []

    def send(self, request: Request, deadline: float) -> Reply:
        response, _ = self._head(self._pool, request, deadline)
        return self._whole(response, deadline)

    def send_together(self, requests: Sequence[Request], deadline: float) -> list[Reply | TransportError]:
        return together([partial(self.send, request, deadline) for request in requests])

    def subscribe(self, request: Request, deadline: float, sink: Sink) -> tuple[Reply, Subscription | None]:
        pool = self._makes.pool()
        reading: Reading | None = None
        try:
            response, until = self._head(pool, request, deadline)
            if 200 < response.status_code < 300:  # no event stream, by the standard, and yet perhaps without an end
                return Reply(response.status_code, _fields(response), b"", self._clock.now()), None
            if response.status_code != 200:
                return self._whole(response, deadline), None
            until.deadline = None
            reply = Reply(200, _fields(response), b"", self._clock.now())
            sink.opened(reply)
            sock = response.extensions["network_stream"].get_extra_info("socket")
            blocks = self._blocks(response, pool.close)
            reading = Reading(_Stream(blocks, sock), self._clock, sink)
        finally:
            if reading is None:
                pool.close()
        self._streams = [stream for stream in self._streams if not stream.is_over]
        self._streams.append(reading)
        return reply, reading

    def close(self) -> None:
        self._pool.close()
        for stream in self._streams:
            stream.close()

    def _head(self, pool: httpx.HTTPTransport, request: Request, deadline: float) -> tuple[httpx.Response, _Until]:
        check_headers(request.headers)
        fields = [("Host", self._origin.host_field), ("Accept-Encoding", "identity"), *request.headers]
        if request.method == "POST":
            fields.append(("Content-Length", str(request.length)))
        content = self._content(request, deadline) if request.body else None
        until = _Until(deadline, self._clock)
        url = f"{self._origin.scheme}://{self._origin.host_field}{wire_target(request.target)}"
        try:
            asked = httpx.Request(request.method, url, headers=fields, content=content, extensions={"timeout": until})
            return pool.handle_request(asked), until
        except (httpx.TimeoutException, httpx.NetworkError, httpx.RemoteProtocolError) as error:
            raise self._typed(error) from None
        except httpx.InvalidURL:
            raise TransportError("unreachable", "httpx can't ask for so long or so odd a path") from None

    def _content(self, request: Request, deadline: float) -> Iterator[bytes]:
        """The body as httpx pulls it, with the scenario's faults."""
        body = portions(request)
        for portion in body:
            if request.spread:
                self._clock.sleep(min(request.spread / len(body), deadline - self._clock.now()))
                self._check(deadline)
            yield bytes(portion)
        if request.abort_after is not None:
            raise TransportError("upload-aborted", aborted(request))

    def _blocks(self, response: httpx.Response, close: Callable[[], None]) -> Generator[bytes]:
        """The body, as it comes; at the end, or when nobody wants more of it, `close`."""
        try:
            decoder = content_decoder(response.headers.get("content-encoding", ""))
            for raw in response.iter_raw():
                if block := decoder.decode(raw) if decoder else raw:
                    yield block
            if decoder:
                decoder.finish()
        except (httpx.TimeoutException, httpx.NetworkError, httpx.RemoteProtocolError) as error:
            raise self._typed(error) from None
        finally:
            close()

    def _whole(self, response: httpx.Response, deadline: float) -> Reply:
        body = bytearray()
        with closing(self._blocks(response, response.close)) as blocks:
            for block in blocks:
                body += block
                if len(body) > BODY_LIMIT:
                    raise TransportError("malformed", f"the body is longer than {BODY_LIMIT:,} bytes")
                self._check(deadline)
        return Reply(response.status_code, _fields(response), bytes(body), self._clock.now())

    def _check(self, deadline: float) -> None:
        if self._clock.now() >= deadline:
            raise TransportError("timeout", f"no whole reply from {self._origin.authority} in time")

    def _typed(self, error: httpx.TransportError) -> TransportError:
        """The same in our words: those of httpx may quote what the server sent."""
        authority = self._origin.authority
        match error:
            case httpx.ConnectError() | httpx.ConnectTimeout():
                return self._origin.unreachable(_cause(error))
            case httpx.TimeoutException():
                return TransportError("timeout", f"no whole reply from {authority} in time")
            case httpx.NetworkError():
                return TransportError("cut", f"the connection to {authority} broke")
        if str(error).startswith(_CUT):
            return TransportError("cut", f"{authority} closed the connection before the end of its reply")
        return TransportError("malformed", f"the reply of {authority} is not HTTP")


class _Stream:
    """A stream's body."""

    def __init__(self, blocks: Generator[bytes], sock: socket.socket) -> None:
        self._blocks = blocks
        self._sock = sock

    def read(self) -> bytes:
        return next(self._blocks, b"")

    def hang_up(self) -> None:
        hang_up(self._sock)

    def close(self) -> None:
        self._blocks.close()


def _fields(response: httpx.Response) -> tuple[tuple[str, str], ...]:
    return tuple((name.decode("latin-1").lower(), value.decode("latin-1")) for name, value in response.headers.raw)


def _cause(error: BaseException) -> OSError:
    """What the system said, below the layers of httpx and httpcore."""
    inner: BaseException | None = error
    while inner is not None:
        if isinstance(inner, OSError):
            return inner
        inner = inner.__cause__ or inner.__context__
    return OSError(str(error))
