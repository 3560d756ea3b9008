"""A transport that lies: it hands on what an honest one brings, falsified."""

import threading
from collections.abc import Sequence
from typing import Literal

from harness.client.clock import Clock
from harness.client.transport import Reply, Request, Sink, Subscription, Transport, TransportError
from harness.history.eventstream import EventStreamDecoder
from harness.proof.tampering.lie import Ask, Lie, encode


class Tampering:
    """One session's way to the SUT, with a liar on it. `told` says whether anything was falsified yet."""

    def __init__(self, inner: Transport, liar: Lie, key: str, clock: Clock) -> None:
        self._inner = inner
        self._liar = liar
        self._key = key
        self._clock = clock
        self._stream: _Stream | None = None
        self.told = False

    def send(self, request: Request, deadline: float) -> Reply:
        """Ask the server, or answer in its stead."""
        ask = Ask.of(request, self._key)
        passed_on = self._passed_on(ask, request)
        if isinstance(passed_on, Reply):
            return passed_on
        return self.falsify(ask, self._inner.send(passed_on, deadline))

    def send_together(self, requests: Sequence[Request], deadline: float) -> list[Reply | TransportError]:
        """Ask one after another: the liar hears them in some order anyway."""
        return [self._outcome(request, deadline) for request in requests]

    def subscribe(self, request: Request, deadline: float, sink: Sink) -> tuple[Reply, Subscription | None]:
        """Open the stream with the liar in between, or pretend to."""
        ask = Ask.of(request, self._key)
        passed_on = self._passed_on(ask, request)
        if isinstance(passed_on, Reply):
            return passed_on, None
        stream = _Stream(sink, self, self._liar, self._clock, ask)
        head, stream.carrier = self._inner.subscribe(passed_on, deadline, stream)
        if stream.carrier is not None:
            self._stream = stream
            return stream.head or head, stream
        head = self.falsify(ask, head)
        if head.status != 200:
            return head, None
        sink.opened(head)  # let in, in the server's name: nothing will come
        return head, stream

    def close(self) -> None:
        """Close every connection of this session."""
        self._inner.close()

    def falsify(self, ask: Ask, honest: Reply) -> Reply:
        """What the client gets in place of a reply."""
        reply = self._liar.reply(ask, honest)
        self._liar.course.learn(ask, honest)
        self.note(honest, reply)
        if self._stream is not None and self._liar.hangs_up():
            self._stream.end()
        return reply

    def note(self, honest: object, falsified: object) -> None:
        """Remember whether they differ."""
        self.told = self.told or honest != falsified

    def _outcome(self, request: Request, deadline: float) -> Reply | TransportError:
        try:
            return self.send(request, deadline)
        except TransportError as error:
            return error

    def _passed_on(self, ask: Ask, request: Request) -> Request | Reply:
        passed_on = self._liar.request(ask, request)
        self.note(request, passed_on)
        if isinstance(passed_on, Reply):
            return Reply(passed_on.status, passed_on.headers, passed_on.body, self._clock.now())
        return passed_on


class _Stream:
    """A sink for the honest stream, and the subscription to the falsified one."""

    def __init__(self, sink: Sink, way: Tampering, liar: Lie, clock: Clock, ask: Ask) -> None:
        self.carrier: Subscription | None = None
        """The honest stream; None where there is none behind this one."""
        self.head: Reply | None = None
        self._sink = sink
        self._way = way
        self._liar = liar
        self._clock = clock
        self._ask = ask
        self._decoder = EventStreamDecoder()
        self._over = False
        self._lock = threading.RLock()  # bytes come from one thread, an end in the server's name from another

    # The honest stream's sink

    def opened(self, head: Reply) -> None:
        self.head = self._way.falsify(self._ask, head)
        self._sink.opened(self.head)

    def received(self, data: bytes, at: float) -> None:
        with self._lock:
            if self._over:
                return
            if type(self._liar).event is not Lie.event:
                data = b"".join(self._told(data))
            if data:
                self._sink.received(data, at)
            if self._liar.hangs_up():
                self.end()

    def closed(self, how: Literal["ended", "cut", "left"], at: float, detail: str) -> None:
        with self._lock:
            if how == "ended" and self._liar.keeps_open:
                self._way.note(how, None)
            elif not self._over:
                self._over = True
                self._sink.closed(how, at, detail)

    # The client's subscription

    def close(self) -> None:
        if self.carrier is not None:
            self.carrier.close()
        self.closed("left", self._clock.now(), "")

    def end(self) -> None:
        """End it in the server's name; the honest stream goes on unheard, until the client leaves."""
        self._way.note("open", "ended")
        self.closed("ended", self._clock.now(), "")

    def _told(self, data: bytes) -> list[bytes]:
        frames: list[bytes] = []
        for event in self._decoder.feed(data):
            told = list(self._liar.event(event))
            self._way.note([encode(event)], told)
            frames += told
        return frames
