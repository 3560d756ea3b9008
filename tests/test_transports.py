"""The contract of a transport (harness/client/transport.py), over all three."""

import select
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from types import SimpleNamespace

import pytest

from harness.client.clock import SystemClock, VirtualClock
from harness.client.over_memory import MemoryTransports
from harness.client.transport import TransportError
from tests.scripted_peer import HTTP, KEY, SOON, Ear, HandClock, Peer, Talk, get, post


@dataclass
class Outlet:
    closed: bool = False
    left: bool = False
    ready: bytes = b""

    def take(self) -> bytes:
        data, self.ready = self.ready, b""
        return data

    def hang_up(self) -> None:
        self.left = True


@dataclass
class Service:
    """Answers every request with `reply`, notes what it saw, and does things `later`."""

    reply: SimpleNamespace
    seen: list = field(default_factory=list)
    arrivals: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))
    later: list = field(default_factory=list)
    due: list = field(default_factory=list)

    def handle(self, method, target, headers, body, now, wall):  # noqa: PLR0917 - the protocol's
        self.due += [(now + seconds, action) for seconds, action in self.later]
        self.seen.append((method, target, {name.lower(): value for name, value in headers}, body))
        self.arrivals.release()
        return self.reply

    def advance(self, now: float, wall: float) -> None:
        while self.due and self.due[0][0] <= now:
            self.due.pop(0)[1]()

    def next_due(self) -> float | None:
        return self.due[0][0] if self.due else None


def served(status=200, body=b"", headers=(), delay=0.0, outlet=None) -> SimpleNamespace:
    return SimpleNamespace(status=status, body=body, headers=headers, delay=delay, outlet=outlet)


def over_http(service: Service, clock: SystemClock) -> Callable[[Talk], None]:
    """The service as a script."""

    def talk_to_it(talk: Talk) -> None:
        while True:
            head, body = talk.request()
            first, *lines = head.decode().split("\r\n")
            method, target, _ = first.split(" ")
            reply = service.handle(method, target, [tuple(line.split(": ", 1)) for line in lines], body, clock.now(), 0)
            if select.select([talk.sock], [], [], reply.delay)[0]:
                return
            fields = "".join(f"{name}: {value}\r\n" for name, value in reply.headers)
            length = "Transfer-Encoding: chunked" if reply.outlet else f"Content-Length: {len(reply.body)}"
            talk.send(f"HTTP/1.1 {reply.status} X\r\n{fields}{length}\r\n\r\n".encode() + reply.body)
            while reply.outlet:
                service.advance(clock.now(), 0)
                if data := reply.outlet.take():
                    talk.send(b"%x\r\n%b\r\n" % (len(data), data))
                if reply.outlet.closed:
                    talk.send(b"0\r\n\r\n")
                    return
                if select.select([talk.sock], [], [], 0.005)[0]:
                    reply.outlet.hang_up()
                    return

    return talk_to_it


@pytest.fixture(params=[*HTTP, "memory"])
def meet(request):
    """A function from a service to a clock and a session's transport; over a network, the clock is one of `clocks`."""
    made = []

    def meet(service, clocks=SystemClock):
        if request.param == "memory":
            clock = VirtualClock()
            transport = MemoryTransports(service, clock).connect()
        else:
            clock = clocks()
            peer = Peer(over_http(service, clock))
            made.append(peer)
            transport = HTTP[request.param](peer.url, clock).connect()
        made.insert(0, transport)
        return clock, transport

    yield meet
    for each in made:
        each.close()


def test_a_request_arrives_and_its_reply_returns(meet):
    service = Service(served(201, b'{"a": 1}', [("Content-Type", "application/json"), ("X-Two", "b")]))
    clock, transport = meet(service)
    before = clock.now()
    reply = transport.send(post(b"one, ", b"", memoryview(b"xtwox")[1:4]), clock.now() + SOON)
    assert (reply.status, reply.body, reply.header("content-type")) == (201, b'{"a": 1}', "application/json")
    assert dict(reply.headers)["x-two"] == "b"
    assert before <= reply.at <= clock.now()
    ((method, target, headers, body),) = service.seen
    assert (method, target, body) == ("POST", "/chunk", b"one, two")
    assert headers["x-api-key"] == KEY


def test_a_target_keeps_its_query(meet):
    service = Service(served())
    clock, transport = meet(service)
    transport.send(get("/a/b?c=d&e=%20f"), clock.now() + SOON)
    assert service.seen[0][:2] == ("GET", "/a/b?c=d&e=%20f")


def test_one_request_after_another(meet):
    service = Service(served(body=b"ok"))
    clock, transport = meet(service)
    for n in range(3):
        assert transport.send(post(b"%d" % n), clock.now() + SOON).body == b"ok"
    assert [body for *_, body in service.seen] == [b"0", b"1", b"2"]


def test_a_stream_comes_as_it_is_made_and_ends(meet):
    def last_words():
        if ear.body:
            outlet.ready, outlet.closed = b"data: 1\n\n", True
        else:  # said now, they might be heard as one with the first
            service.due.append((clock.now() + 0.01, last_words))

    outlet = Outlet(ready=b"data: 0\n\n")
    reply = served(headers=[("Content-Type", "text/event-stream")], outlet=outlet)
    service = Service(reply, later=[(0.1, last_words)])
    clock, transport = meet(service)
    ear = Ear(clock)
    reply, stream = transport.subscribe(get("/events"), clock.now() + SOON, ear)
    assert (reply.status, reply.body, reply.header("content-type")) == (200, b"", "text/event-stream")
    assert ear.wait_for_end() == "ended"
    assert ear.heard == ["opened", b"data: 0\n\n", b"data: 1\n\n", "ended"]
    stream.close()  # does nothing any more
    assert ear.heard[-1] == "ended"
    assert not outlet.left


def test_a_stream_that_is_left(meet):
    outlet = Outlet(ready=b"data: 0\n\n")
    clock, transport = meet(Service(served(outlet=outlet)))
    ear = Ear(clock)
    _, stream = transport.subscribe(get("/events"), clock.now() + SOON, ear)
    ear.wait(lambda: len(ear.heard) == 2)
    stream.close()
    assert ear.heard == ["opened", b"data: 0\n\n", "left"]  # when `close` returns, it has been said
    stream.close()
    assert ear.heard.count("left") == 1


def test_closing_the_transport_leaves_its_streams(meet):
    clock, transport = meet(Service(served(outlet=Outlet())))
    ears = [Ear(clock), Ear(clock)]
    for ear in ears:
        transport.subscribe(get("/events"), clock.now() + SOON, ear)
    transport.close()
    assert [ear.heard for ear in ears] == [["opened", "left"]] * 2


def test_a_refused_stream_is_a_reply(meet):
    clock, transport = meet(Service(served(409, b"taken")))
    ear = Ear(clock)
    reply, stream = transport.subscribe(get("/events"), clock.now() + SOON, ear)
    assert (reply.status, reply.body, stream, ear.heard) == (409, b"taken", None, [])


def test_a_stream_that_is_no_stream_is_heard_all_the_same(meet):
    clock, transport = meet(Service(served(body=b"hello")))
    ear = Ear(clock)
    transport.subscribe(get("/events"), clock.now() + SOON, ear)
    assert ear.wait_for_end() == "ended"
    assert ear.body == b"hello"


def test_a_late_reply_is_a_timeout(meet):
    service = Service(served())
    clock, transport = meet(service)
    transport.send(post(b"on time"), clock.now() + SOON)  # and the connection stands: the rest is the reply's time
    service.reply = served(delay=1000.0)
    with pytest.raises(TransportError) as caught:
        transport.send(post(b"late"), clock.now() + 0.1)
    assert caught.value.failure == "timeout"
    assert all(service.arrivals.acquire(timeout=SOON) for _ in range(2))
    assert [body for *_, body in service.seen] == [b"on time", b"late"]


def test_a_stream_whose_head_is_late_is_a_timeout(meet):
    """A stream has a connection of its own: the clock stands still, so that only what is waited for takes time."""
    clock, transport = meet(Service(served(delay=1000.0, outlet=Outlet())), HandClock)
    ear = Ear(clock)
    with pytest.raises(TransportError) as caught:
        transport.subscribe(get("/events"), clock.now() + 0.5, ear)
    assert (caught.value.failure, ear.heard) == ("timeout", [])


def test_an_aborted_upload_is_never_served(meet):
    service = Service(served())
    clock, transport = meet(service)
    with pytest.raises(TransportError, match="5 of 10 bytes") as caught:
        transport.send(post(b"0123456789", abort_after=5), clock.now() + SOON)
    assert caught.value.failure == "upload-aborted"
    assert transport.send(get(), clock.now() + SOON).status == 200
    assert [method for method, *_ in service.seen] == ["GET"]


def test_a_spread_upload_takes_its_time(meet):
    service = Service(served())
    clock, transport = meet(service)
    began = clock.now()
    body = bytes(range(250))
    assert transport.send(post(body[:99], body[99:], spread=0.1), clock.now() + SOON).at >= began + 0.1
    assert service.seen[0][3] == body


def test_a_spread_upload_ends_with_the_deadline(meet):
    service = Service(served())
    clock, transport = meet(service)
    transport.send(post(b"quick"), clock.now() + SOON)  # and the connection stands
    with pytest.raises(TransportError) as caught:
        transport.send(post(b"x" * 100, spread=1000.0), clock.now() + 0.1)
    assert caught.value.failure == "timeout"
    assert [body for *_, body in service.seen] == [b"quick"]
