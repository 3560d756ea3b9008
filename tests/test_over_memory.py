"""The memory transport's time: everything at its own virtual moment, in one thread."""

import threading
from types import SimpleNamespace

import pytest

from harness.client.clock import VirtualClock
from harness.client.over_memory import MemoryTransports
from harness.client.transport import Request, TransportError
from tests.scripted_peer import Ear, get, post


class Outlet:
    """A stream that says what it is told to."""

    def __init__(self):
        self.closed = self.left = False
        self.ready = b""

    def take(self):
        data, self.ready = self.ready, b""
        return data

    def hang_up(self):
        self.left = True


class Metronome:
    """Writes the time on every open stream once a second, and ends it after `beats`; `/slow` takes 2.5 seconds."""

    def __init__(self, beats=3):
        self.beats = beats
        self.told = []
        self.requests = []
        self.outlets = []
        self._next = 1.0

    def handle(self, method, target, headers, body, now, wall):  # noqa: PLR0917 - the protocol's
        self.requests.append((now, wall, target, body))
        outlet = Outlet() if "/events" in target else None
        if outlet:
            self.outlets.append(outlet)
        return SimpleNamespace(
            status=200, headers=[("X-A", "b")], body=b"", delay=2.5 if "/slow" in target else 0.0, outlet=outlet
        )

    def advance(self, now, wall):
        self.told.append(now)
        while self._next <= now:
            for outlet in self.outlets:
                outlet.ready += b"%d " % self._next
                outlet.closed = self._next >= self.beats
            self._next += 1

    def next_due(self):
        return self._next


@pytest.fixture
def world():
    clock = VirtualClock(wall=1000.0)
    service = Metronome()
    return clock, service, MemoryTransports(service, clock)


def test_a_stream_is_heard_at_the_moments_of_its_making(world):
    clock, _, transports = world
    ear = Ear(clock)
    transports.connect().subscribe(get("/events"), 10.0, ear)
    clock.sleep(100.0)
    assert list(zip(ear.heard, ear.times, strict=True)) == [
        ("opened", 0.0),
        (b"1 ", 1.0),
        (b"2 ", 2.0),
        (b"3 ", 3.0),
        ("ended", 3.0),
    ]


def test_streams_go_on_while_a_reply_is_awaited(world):
    clock, _, transports = world
    ear = Ear(clock)
    one, other = transports.connect(), transports.connect()
    one.subscribe(get("/events"), 10.0, ear)
    assert other.send(get("/slow"), 10.0).at == 2.5
    assert ear.times == [0.0, 1.0, 2.0]


def test_a_wait_ends_with_the_stream_that_it_waits_for(world):
    clock, _, transports = world
    ear = Ear(clock)
    transports.connect().subscribe(get("/events"), 10.0, ear)
    assert ear.wait_for_end() == "ended"
    assert clock.now() == 3.0


def test_the_service_is_told_the_time_before_each_request(world):
    clock, service, transports = world
    transport = transports.connect()
    clock.sleep(7.25)
    assert transport.send(post(b"a", b"b"), 10.0).headers == (("x-a", "b"),)
    assert service.requests == [(7.25, 1007.25, "/chunk", b"ab")]
    assert service.told[-1] == 7.25


def test_a_late_reply_is_a_timeout_at_the_deadline(world):
    clock, service, transports = world
    with pytest.raises(TransportError) as caught:
        transports.connect().send(get("/slow"), 1.5)
    assert (caught.value.failure, clock.now(), len(service.requests)) == ("timeout", 1.5, 1)


def test_requests_sent_together_arrive_at_the_same_moment(world):
    _, service, transports = world
    late, reply = transports.connect().send_together([get("/slow"), get("/quick")], 1.5)
    assert (late.failure, reply.status, reply.at) == ("timeout", 200, 0.0)
    assert [request[0] for request in service.requests] == [0.0, 0.0]


def test_a_late_stream_is_hung_up(world):
    clock, service, transports = world
    ear = Ear(clock)
    with pytest.raises(TransportError):
        transports.connect().subscribe(get("/slow/events"), 1.5, ear)
    assert service.outlets[0].left
    clock.sleep(10.0)
    assert ear.heard == []


def test_a_stream_is_no_reply_that_could_be_waited_for(world):
    clock, service, transports = world
    with pytest.raises(TransportError) as caught:
        transports.connect().send(get("/events"), 1.5)
    assert (caught.value.failure, clock.now(), service.outlets[0].left) == ("timeout", 1.5, True)


def test_nothing_is_asked_after_the_deadline(world):
    clock, service, transports = world
    clock.sleep(2.0)
    with pytest.raises(TransportError) as caught:
        transports.connect().send(get(), 2.0)
    assert (caught.value.failure, service.requests) == ("timeout", [])


def test_a_spread_request_arrives_when_its_last_byte_does(world):
    _, service, transports = world
    request = Request("POST", "/chunk", body=(b"a",), spread=3.5)
    assert transports.connect().send(request, 10.0).at == 3.5
    assert service.requests[0][0] == 3.5


def test_leaving_hangs_up(world):
    clock, service, transports = world
    ear = Ear(clock)
    _, stream = transports.connect().subscribe(get("/events"), 10.0, ear)
    clock.sleep(1.5)
    stream.close()
    clock.sleep(10.0)
    assert ear.heard == ["opened", b"1 ", "left"]
    assert (ear.times[-1], service.outlets[0].left) == (1.5, True)


def test_a_sink_may_leave_while_it_listens(world):
    clock, _, transports = world
    ear = Ear(clock)
    streams = []

    def leave(data, at):
        streams[0].close()

    ear.received = leave
    streams.append(transports.connect().subscribe(get("/events"), 10.0, ear)[1])
    clock.sleep(10.0)
    assert ear.heard == ["opened", "left"]


def test_hours_of_many_sessions_leave_no_backlog_and_no_thread():
    clock = VirtualClock()
    service = Metronome(beats=10_000)
    transports = MemoryTransports(service, clock)
    ears = [Ear(clock) for _ in range(3)]
    threads = threading.active_count()
    for ear in ears:
        transports.connect().subscribe(get("/events"), 10.0, ear)
        for _ in range(10):
            transports.connect().send(get(), clock.now() + 10.0)
    clock.sleep(3600.0)
    assert threading.active_count() == threads
    assert all(len(ear.heard) == 3601 for ear in ears)
    assert len(service.told) < 3700  # once a beat, however often somebody asked in between
    assert len(clock._due) == 1
