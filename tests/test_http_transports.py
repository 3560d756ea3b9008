"""What HTTP can do to the two transports that use a network."""

import gzip
import select
import threading
import traceback
import zlib

import pytest

from harness.client.clock import SystemClock
from harness.client.transport import Request, TransportError
from harness.errors import UsageError
from tests.scripted_peer import (
    CHUNKED,
    HI,
    HTTP,
    KEY,
    OK,
    SOON,
    Ear,
    HandClock,
    dialling,
    get,
    post,
    replies,
    soon,
)


@pytest.fixture(params=HTTP.values(), ids=HTTP)
def dial(request):
    with dialling(request.param) as dial:
        yield dial


@pytest.mark.parametrize("size", [1, 1_000_000], ids=["a byte a packet", "whole"])
@pytest.mark.parametrize(
    ("reply", "body"),
    [
        (HI, b"hi"),
        (CHUNKED + b"1\r\nh\r\n1;x=y\r\ni\r\n0\r\nTrailer: x\r\n\r\n", b"hi"),
        (OK + b"\r\nhi", b"hi"),
        (b"HTTP/1.1 100 Continue\r\n\r\n" + HI, b"hi"),
        (b"HTTP/1.1 204 No Content\r\n\r\n", b""),
        (OK + b"Content-Encoding: gzip\r\nContent-Length: 22\r\n\r\n" + gzip.compress(b"hi"), b"hi"),
        (OK + b"Content-Encoding: deflate\r\n\r\n" + zlib.compress(b"hi"), b"hi"),
        (OK + b"Content-Encoding: identity\r\n\r\nhi", b"hi"),
    ],
    ids=["content-length", "chunked", "until close", "100-continue", "204", "gzip", "deflate", "identity"],
)
def test_framing(dial, reply, body, size):
    def script(talk):
        talk.request()
        for i in range(0, len(reply), size):
            talk.send(reply[i : i + size])

    _, transport = dial(script)
    assert transport.send(post(b"x"), soon()).body == body


@pytest.mark.parametrize(
    ("data", "failure"),
    [
        (b"", "cut"),
        (OK, "cut"),
        (OK + b"Content-Length: 5\r\n\r\nhi", "cut"),
        (CHUNKED + b"2\r\nhi\r\n", "cut"),
        (b"SSH-2.0-OpenSSH_9.2\r\n" + KEY.encode() + b"\r\n\r\n", "malformed"),
        (OK + b"X-Echo " + KEY.encode() + b"\r\n\r\n", "malformed"),
        (CHUNKED + KEY.encode() + b"\r\n", "malformed"),
        (OK + b"X: " + b"x" * 200_000 + b"\r\n\r\n", "malformed"),
        (OK + b"\r\n" + bytes(16 * 1024 * 1024 + 1), "malformed"),
        (OK + b"Content-Encoding: gzip\r\n\r\n" + KEY.encode(), "malformed"),
        (OK + b"Content-Encoding: br\r\n\r\nhi", "malformed"),
    ],
    ids=[
        "nothing",
        "half a head",
        "half a body",
        "no last chunk",
        "another protocol",
        "a bad field",
        "a bad chunk",
        "an endless head",
        "an endless body",
        "not gzip",
        "brotli",
    ],
)
def test_broken_replies_have_their_failure_and_no_secrets(dial, data, failure):
    def script(talk):
        talk.request()
        talk.send(data)

    _, transport = dial(script)
    with pytest.raises(TransportError) as caught:
        transport.send(get(), soon())
    assert caught.value.failure == failure
    assert KEY not in "".join(traceback.format_exception(caught.value))


def test_requests_sent_together_are_all_there_before_any_is_answered(dial):
    both = threading.Barrier(2)

    def script(talk):
        _, body = talk.request()
        both.wait(SOON)
        if body == b"x":
            talk.send(HI)

    _, transport = dial(script)
    reply, error = transport.send_together([post(b"x"), post(b"y")], soon())
    assert reply.body == b"hi"
    assert error.failure == "cut"


def test_a_reset_connection_is_cut(dial):
    def script(talk):
        talk.request()
        talk.send(OK)
        talk.reset()

    _, transport = dial(script)
    with pytest.raises(TransportError) as caught:
        transport.send(get(), soon())
    assert caught.value.failure == "cut"


@pytest.mark.parametrize("said", [b"", OK, OK + b"Content-Length: 5\r\n\r\nhi"], ids=["nothing", "head", "body"])
def test_a_silent_server_is_a_timeout(dial, said):
    """On a connection that stands: so that none of the time goes on connecting, which fails in another way."""

    def script(talk):
        talk.request()
        talk.send(HI)
        talk.request()
        talk.send(said)
        talk.rest()

    peer, transport = dial(script)
    transport.send(get(), soon())
    with pytest.raises(TransportError, match=f"no whole reply from {peer.authority} in time") as caught:
        transport.send(get(), soon(0.1))
    assert caught.value.failure == "timeout"
    assert peer.connections == 1


def test_a_server_that_drips_is_a_timeout(dial):
    """Every byte comes soon, the last one after the deadline: whoever does not mind that gets a whole reply."""
    clock = HandClock()

    def script(talk):
        talk.request()
        talk.send(OK + b"\r\nx")
        clock.time = SOON
        talk.send(b"x")

    _, transport = dial(script, clock=clock)
    with pytest.raises(TransportError) as caught:
        transport.send(get(), SOON)
    assert caught.value.failure == "timeout"


def test_a_dead_port_is_unreachable(dial):
    peer, transport = dial(replies())
    peer.close()
    with pytest.raises(TransportError, match=f"connection refused by {peer.authority}") as caught:
        transport.send(get(), soon())
    assert caught.value.failure == "unreachable"


def test_a_connection_is_used_again(dial):
    peer, transport = dial(replies(HI, CHUNKED + b"2\r\nhi\r\n0\r\n\r\n", HI))
    assert [transport.send(get(), soon()).body for _ in range(3)] == [b"hi"] * 3
    assert peer.connections == 1


@pytest.mark.parametrize("reply", [OK + b"Connection: close\r\nContent-Length: 2\r\n\r\nhi", OK + b"\r\nhi"])
def test_a_connection_that_was_used_up_is_not_used_again(dial, reply):
    peer, transport = dial(replies(reply))
    assert [transport.send(get(), soon()).body for _ in range(2)] == [b"hi"] * 2
    assert peer.connections == 2


def test_a_connection_that_the_server_closed_meanwhile_is_not_used_again(dial):
    peer, transport = dial(replies(HI))
    for _ in range(2):
        assert transport.send(get(), soon()).body == b"hi"
        assert peer.closed.acquire(timeout=SOON)
    assert peer.connections == 2


def test_early_refusal_of_an_upload(dial):
    """The server answers after the head, reads nothing more, and closes: RFC 9112 9.6 calls for what is read here."""

    def script(talk):
        talk.until(b"\r\n\r\n")
        talk.send(b"HTTP/1.1 413 Content Too Large\r\nConnection: close\r\nContent-Length: 3\r\n\r\nbig")

    _, transport = dial(script)
    reply = transport.send(post(bytes(8 * 1024 * 1024)), soon())
    assert (reply.status, reply.body) == (413, b"big")


def test_big_bodies_go_both_ways(dial):
    big = bytes(range(256)) * 20_000

    def script(talk):
        _, body = talk.request()
        talk.send(OK + b"Content-Length: %d\r\n\r\n" % len(body) + body)

    _, transport = dial(script)
    half = len(big) // 2
    assert transport.send(post(memoryview(big)[:half], b"", big[half:]), soon()).body == big


def test_many_pieces(dial):
    pieces = [b"%d," % n for n in range(5000)]

    def script(talk):
        _, body = talk.request()
        talk.send(OK + b"Content-Length: %d\r\n\r\n" % len(body) + body)

    _, transport = dial(script)
    assert transport.send(post(*pieces), soon()).body == b"".join(pieces)


def test_an_aborted_upload_cuts_the_connection_at_that_byte(dial):
    heard = []

    def script(talk):
        head = talk.until(b"\r\n\r\n")
        heard.append((b"ontent-length: 10" in head.lower(), talk.rest()))

    peer, transport = dial(script)
    with pytest.raises(TransportError):
        transport.send(post(b"0123", b"456789", abort_after=6), soon())
    assert peer.closed.acquire(timeout=SOON)
    assert heard == [(True, b"012345")]


def test_a_spread_upload_comes_in_pieces(dial):
    """The peer says when a piece is due: httpx sleeps until then, and an interim reply ends the wait of http1."""
    due = threading.Semaphore(0)
    clock = SystemClock()
    clock.sleep = lambda seconds: due.acquire(timeout=SOON)
    sizes = []

    def script(talk):
        talk.until(b"\r\n\r\n")
        while sum(sizes) < 2000 and 0 not in sizes:
            talk.send(b"HTTP/1.1 100 Continue\r\n\r\n")
            due.release()
            sizes.append(len(talk.sock.recv(65536)))
        talk.send(HI)

    _, transport = dial(script, clock=clock)
    assert transport.send(post(bytes(2000), spread=1000.0), soon()).body == b"hi"
    assert sizes == [100] * 20


def test_the_transports_own_fields(dial):
    heads = []

    def script(talk):
        for _ in range(2):
            heads.append(talk.request()[0].lower().split(b"\r\n"))
            talk.send(HI)

    peer, transport = dial(script)
    transport.send(post(), soon())
    transport.send(get(), soon())
    for head in heads:
        assert f"host: {peer.authority}".encode() in head
        assert b"accept-encoding: identity" in head
    assert b"content-length: 0" in heads[0]
    assert not any(line.startswith((b"content-length", b"transfer-encoding")) for line in heads[1])
    assert sorted(heads[1][1:]) == sorted(
        [f"host: {peer.authority}".encode(), b"accept-encoding: identity", f"x-api-key: {KEY}".encode()]
    )


def test_a_target_is_fit_for_a_request_line(dial):
    seen = []

    def script(talk):
        seen.append(talk.request()[0].split(b"\r\n")[0])
        talk.send(HI)

    _, transport = dial(script)
    transport.send(Request("GET", "/ä b\r\nX: y?z=%41"), soon())
    assert seen == [b"GET /%C3%A4%20b%0D%0AX:%20y?z=%41 HTTP/1.1"]


@pytest.mark.parametrize("key", [KEY + "\n", KEY + "\r\nX: y", "schl\xfcssel-" + KEY])
def test_a_key_that_can_not_be_sent_is_refused_without_showing_it(dial, key):
    peer, transport = dial(replies())
    with pytest.raises(UsageError, match="X-API-Key") as caught:
        transport.send(Request("GET", "/", (("X-API-Key", key),)), soon())
    assert KEY not in "".join(traceback.format_exception(caught.value))
    assert peer.connections == 0


@pytest.mark.parametrize(
    ("reply", "how"),
    [
        (CHUNKED + b"2\r\nhi\r\n0\r\n\r\n", "ended"),
        (HI, "ended"),
        (OK + b"\r\nhi", "ended"),
        (CHUNKED + b"2\r\nhi\r\n", "cut"),
        (OK + b"Content-Length: 3\r\n\r\nhi", "cut"),
        (CHUNKED + b"2\r\nhi\r\nhello\r\n", "cut"),
    ],
    ids=["last chunk", "content-length", "until close", "no last chunk", "too short", "garbage"],
)
@pytest.mark.parametrize("size", [1, 1_000_000], ids=["a byte a packet", "with the head"])
def test_how_a_stream_ends(dial, reply, how, size):
    def script(talk):
        talk.request()
        for i in range(0, len(reply), size):
            talk.send(reply[i : i + size])

    _, transport = dial(script)
    ear = Ear(SystemClock())
    transport.subscribe(get(), soon(), ear)
    assert ear.wait_for_end() == how
    assert ear.body == b"hi"
    assert bool(ear.detail) == (how == "cut")


def test_a_reset_stream_is_cut(dial):
    heard = threading.Event()

    def script(talk):
        talk.request()
        talk.send(CHUNKED + b"2\r\nhi\r\n")
        heard.wait(SOON)
        talk.reset()

    _, transport = dial(script)
    ear = Ear(SystemClock())
    transport.subscribe(get(), soon(), ear)
    ear.wait(lambda: ear.body == b"hi")
    heard.set()
    assert ear.wait_for_end() == "cut"


def test_a_small_event_is_not_held_back(dial):
    """Each event is sent only when the one before has been heard; also through gzip, flushed after each."""
    go = threading.Semaphore(0)
    compress = zlib.compressobj(wbits=31)

    def script(talk):
        talk.request()
        talk.send(OK + b"Content-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n")
        for _ in range(3):
            data = compress.compress(b"data\n\n") + compress.flush(zlib.Z_SYNC_FLUSH)
            talk.send(b"%x\r\n%b\r\n" % (len(data), data))
            assert go.acquire(timeout=SOON)
        data = compress.flush()
        talk.send(b"%x\r\n%b\r\n0\r\n\r\n" % (len(data), data))

    _, transport = dial(script)
    ear = Ear(SystemClock())
    transport.subscribe(get(), soon(), ear)
    for n in range(3):
        ear.wait(lambda n=n: ear.body == b"data\n\n" * (n + 1))
        go.release()
    assert ear.wait_for_end() == "ended"


def test_requests_go_on_beside_a_stream(dial):
    def script(talk):
        head, _ = talk.request()
        while head.startswith(b"POST"):
            talk.send(HI)
            head, _ = talk.request()
        talk.send(CHUNKED)
        talk.rest()

    peer, transport = dial(script)
    ear = Ear(SystemClock())
    _, stream = transport.subscribe(get(), soon(), ear)
    assert [transport.send(post(b"x"), soon()).status for _ in range(3)] == [200] * 3
    stream.close()
    assert ear.heard == ["opened", "left"]
    assert peer.connections == 2


def test_a_silent_stream_lives_on_after_the_deadline_of_its_head(dial):
    clock = HandClock()
    late = threading.Event()

    class LateEar(Ear):
        def opened(self, head):
            super().opened(head)
            clock.time = 2 * SOON
            late.set()

    def script(talk):
        talk.request()
        talk.send(CHUNKED)
        late.wait(SOON)
        select.select([talk.sock], [], [], 0.1)  # a silence, in which nobody may leave
        talk.send(b"2\r\nhi\r\n0\r\n\r\n")

    _, transport = dial(script, clock=clock)
    ear = LateEar(clock)
    transport.subscribe(get(), SOON, ear)
    assert ear.wait_for_end() == "ended"
    assert ear.body == b"hi"
