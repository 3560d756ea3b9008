"""Lies told between an honest server and the judge: each is caught for what it breaks, where it can be told."""

import pytest

from harness.client.clock import VirtualClock
from harness.client.deployment import Deployment
from harness.client.over_memory import MemoryTransports
from harness.client.transport import Reply, Request
from harness.proof.in_memory import probes, serve
from harness.proof.self_check import CAUGHT, HIDDEN, UNTOLD, SelfCheck
from harness.proof.tampering import LIES
from harness.proof.tampering.lie import Ask, Course, Lie, Shared
from harness.proof.tampering.transport import Tampering
from harness.sandbox.mutants import MUTANTS
from harness.sandbox.service import Service
from harness.sandbox.settings import DEFAULT_KEY
from harness.sandbox.variants import VARIANTS


def tell(lie, kind=Service):
    clock = VirtualClock(wall=1_800_000_000.25)
    sut = Deployment("http://memory", "", DEFAULT_KEY, max_wait=3600)
    connect = MemoryTransports(serve(kind), clock).connect
    check = SelfCheck(sut, connect, clock, seed=1, jobs=1)
    [told] = check.run([lie], probes(), lambda *_: None)
    return told


@pytest.mark.parametrize("lie", LIES)
def test_a_lie_about_the_sandbox_is_caught(lie):
    told = tell(lie)
    assert told.outcome == CAUGHT
    assert told.happened


def test_a_lie_is_not_told_where_there_is_no_occasion():
    assert tell("confidence-beyond-one", VARIANTS["hears-nothing"].service).outcome == UNTOLD


def test_a_lie_is_hidden_behind_what_the_server_itself_breaks():
    assert tell("gap-accepted", MUTANTS["gap-accepted"].service).outcome == HIDDEN


class Recorded:
    """A transport and a sink in one, that answers everything alike."""

    def __init__(self):
        self.asked = []
        self.heard = []

    def send(self, request, deadline):
        self.asked.append(request)
        return Reply(200, (("content-type", "application/json"),), b'{"received_bytes": 3}', 1.0)

    def subscribe(self, request, deadline, sink):
        self.asked.append(request)
        head = Reply(200, (("content-type", "text/event-stream"),), b"", 1.0)
        sink.opened(head)
        self.sink = sink
        return head, self

    def opened(self, head):
        self.heard.append(head.status)

    def received(self, data, at):
        self.heard.append(data)

    def closed(self, how, at, detail):
        self.heard.append(how)

    def close(self):
        pass


def tampering(liar):
    inner = Recorded()
    return inner, Tampering(inner, liar, "secret", VirtualClock())


def test_who_tells_the_truth_changes_nothing():
    inner, way = tampering(Lie(Course(Deployment("http://memory", "", "secret").profile, "secret"), Shared()))
    request = Request("GET", "/events", (("accept", "text/event-stream"), ("x-api-key", "secret")))
    sink = Recorded()
    _, subscription = way.subscribe(request, 10.0, sink)
    inner.sink.received(b": comment\r\ndata: {", 2.0)
    inner.sink.received(b"}\r\n\r\n", 3.0)
    inner.sink.closed("ended", 4.0, "")
    subscription.close()
    assert inner.asked == [request]
    assert sink.heard == [200, b": comment\r\ndata: {", b"}\r\n\r\n", "ended"]
    assert not way.told


def test_a_stream_that_is_ended_in_the_servers_name_is_heard_no_more():
    course = Course(Deployment("http://memory", "", "secret").profile, "secret")
    inner, way = tampering(LIES["second-consumer-ends-the-first"](course, Shared()))
    sink = Recorded()
    request = Request("GET", "/events", (("accept", "text/event-stream"), ("x-api-key", "secret")))
    way.subscribe(request, 10.0, sink)
    course.second_asked = True
    inner.sink.received(b"data: {}\n\n", 2.0)
    inner.sink.received(b"data: {}\n\n", 3.0)
    inner.sink.closed("ended", 4.0, "")
    assert sink.heard == [200, b"data: {}\n\n", "ended"]
    assert way.told


@pytest.mark.parametrize(
    ("request_", "ask"),
    [
        (Request("POST", "/start", (("content-type", "application/json"),), (b'{"filename": "a.wav"}',)), ("start",)),
        (
            Request("POST", "/c", (("content-type", "application/json"),), (b'{"action": "cancel"}',)),
            ("control", "cancel"),
        ),
        (
            Request(
                "POST",
                "/k",
                (("content-type", "multipart/form-data; boundary=b"),),
                (b'--b\r\nContent-Disposition: form-data; name="chunk_seq"\r\n\r\n7\r\n', b"abc", b"\r\n--b--\r\n"),
            ),
            ("chunk", 7, 3),
        ),
        (Request("GET", "/metrics"), (None,)),
    ],
)
def test_a_request_is_read_for_what_it_wants(request_, ask):
    read = Ask.of(request_, "secret")
    assert read.kind == ask[0]
    assert not read.key
    if read.kind == "control":
        assert read.action == ask[1]
    if read.kind == "chunk":
        assert (read.seq, read.size) == ask[1:]
