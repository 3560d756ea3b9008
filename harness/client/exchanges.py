"""Requests with their observations: whatever leaves or returns is written down before anybody acts on it."""

from collections.abc import Sequence
from typing import Any, Final, Literal

import msgspec

from harness.client.clock import Clock
from harness.client.transport import Reply, Request, Subscription, Transport, TransportError
from harness.history.blot import Blot
from harness.history.log import Log
from harness.history.observations import UNSENT, Failure, Returned, Sent, StreamBytes, StreamClosed

_decode: Final = msgspec.json.Decoder().decode

_TEXT: Final = 2000
_METRICS: Final = 2**20
"""Characters of a text that are kept; of metrics all that anybody has, since checks read them."""


class Result(msgspec.Struct, frozen=True, gc=False):
    """What came back."""

    status: int | None
    failure: Failure | None = None
    detail: str = ""
    body: Any = None
    date: str = ""
    sent: float = 0.0
    at: float = 0.0

    @property
    def accepted(self) -> bool:
        """2xx."""
        return self.status is not None and 200 <= self.status < 300

    @property
    def lost(self) -> bool:
        """Whether the SUT may have acted though no reply says so; 504 is a gateway's way of saying that."""
        return self.status == 504 or (self.status is None and self.failure not in UNSENT)

    @property
    def trouble(self) -> Literal["timeout", "5xx", "cut"] | None:
        """Why the same request may be worth another try; None where the SUT has said yes or no."""
        if self.status is None:
            return "timeout" if self.failure == "timeout" else "cut"
        return "5xx" if self.status >= 500 or self.status in {408, 425, 429} else None

    @property
    def in_words(self) -> str:
        """For the message of a session that failed."""
        return f"was answered {self.status}" if self.status is not None else f"got no answer: {self.detail}"


class Exchanges:
    """One session's requests, numbered in the order in which they left."""

    def __init__(self, transport: Transport, clock: Clock, log: Log, timeout: float) -> None:
        self._transport = transport
        self._clock = clock
        self._log = log
        self._timeout = timeout
        self._n = 0

    def send(self, sent: Sent, request: Request, *, drop_reply: bool = False) -> Result:
        """Send, and read the reply; with `drop_reply`, as if it had been lost on the way."""
        sent, deadline = self._leave(sent, request)
        try:
            reply = self._transport.send(request, deadline)
        except TransportError as error:
            return self._failed(sent, error)
        if drop_reply:
            return self._failed(sent, TransportError("reply-dropped", "the scenario drops this reply"))
        return self._came(sent, reply)

    def send_together(self, asked: Sequence[tuple[Sent, Request]]) -> list[Result]:
        """Send several requests at once, each over a connection of its own, and read all replies."""
        left = [self._leave(sent, request) for sent, request in asked]
        replies = self._transport.send_together(
            [request for _, request in asked], max(deadline for _, deadline in left)
        )
        return [
            self._failed(sent, reply) if isinstance(reply, TransportError) else self._came(sent, reply)
            for (sent, _), reply in zip(left, replies, strict=True)
        ]

    def subscribe(self, sent: Sent, request: Request) -> tuple[Result, Subscription | None]:
        """Open a stream whose bytes are written down; return what came back, and a handle if the stream is open."""
        sent, deadline = self._leave(sent, request)
        stream = _Stream(self._log, sent.n)
        try:
            reply, subscription = self._transport.subscribe(request, deadline, stream)
        except TransportError as error:
            return self._failed(sent, error), None
        if subscription is None:
            return self._came(sent, reply), None
        return Result(reply.status, date=reply.header("date"), sent=sent.at, at=reply.at), subscription

    def _leave(self, sent: Sent, request: Request) -> tuple[Sent, float]:
        self._n += 1
        now = self._clock.now()
        sent = msgspec.structs.replace(sent, n=self._n, at=now)
        self._log.add(sent)
        return sent, now + self._timeout + request.spread

    def _failed(self, sent: Sent, error: TransportError) -> Result:
        now, detail = self._clock.now(), str(error)
        self._log.add(Returned(sent.n, now, failure=error.failure, detail=detail))
        return Result(None, error.failure, detail, sent=sent.at, at=now)

    def _came(self, sent: Sent, reply: Reply) -> Result:
        most = _METRICS if sent.kind == "metrics" else _TEXT
        return _result(sent, _write_down(self._log, sent.n, reply, most))


class _Stream:
    """A sink that writes down what a stream brings."""

    def __init__(self, log: Log, n: int) -> None:
        self._log = log
        self._n = n

    def opened(self, head: Reply) -> None:
        _write_down(self._log, self._n, head)

    def received(self, data: bytes, at: float) -> None:
        self._log.add(StreamBytes(self._n, at, data))

    def closed(self, how: Literal["ended", "cut", "left"], at: float, detail: str) -> None:
        self._log.add(StreamClosed(self._n, at, how, detail))


def _write_down(log: Log, n: int, reply: Reply, most: int = _TEXT) -> Returned:
    """Record a reply, and return it as it came: what the session needs of it may look like the key."""
    content_type, date, raw = reply.header("content-type"), reply.header("date"), reply.body
    body, is_json, skipped = _read_body(raw, log.blot, most) if raw else (None, False, 0)
    returned = Returned(n, reply.at, reply.status, None, "", content_type, date, body, is_json, skipped)
    log.add(returned, f"{content_type}\n{date}\n".encode() + raw)
    return returned


def _result(sent: Sent, returned: Returned) -> Result:
    body = returned.body if returned.is_json else None
    return Result(returned.status, None, "", body, returned.date, sent.at, returned.at)


def _read_body(body: bytes, blot: Blot, most: int) -> tuple[Any, bool, int]:
    """The JSON value, or the first characters of the text; whether it is JSON; the characters left out."""
    try:
        return _decode(body), True, 0
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        text = blot.out_of_bytes(body).decode("utf-8", "replace")  # before the cut, which could leave half a key
        return text[:most], False, max(len(text) - most, 0)
