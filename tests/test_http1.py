"""What http1 does beyond the other transports."""

import socket
import threading

import pytest

from harness.client.clock import SystemClock
from harness.client.http1 import Http1
from harness.client.origin import Origin
from harness.client.transport import TransportError
from harness.errors import UsageError
from tests.scripted_peer import HI, OK, SOON, Peer, dialling, get, post, replies, server_context, soon


@pytest.fixture(params=[False, True], ids=["plain", "tls"])
def dial_http1(request):
    with dialling(Http1, server_context() if request.param else None, verify=False) as dial:
        yield dial


def test_early_refusal_by_a_server_that_neither_reads_on_nor_closes(dial_http1):
    def script(talk):
        talk.until(b"\r\n\r\n")
        talk.send(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 401 Unauthorized\r\nContent-Length: 2\r\n\r\nno")
        refused.wait(SOON)

    refused = threading.Event()
    peer, transport = dial_http1(script)
    reply = transport.send(post(bytes(32 * 1024 * 1024)), soon())
    refused.set()
    assert (reply.status, reply.body) == (401, b"no")
    assert peer.closed.acquire(timeout=SOON)
    with pytest.raises(TransportError):
        transport.send(post(b"x", abort_after=1), soon())
    assert peer.closed.acquire(timeout=SOON)
    assert peer.connections == 2  # the connection of an upload that was broken off is of no more use


def test_early_refusal_of_a_spread_upload(dial_http1):
    def script(talk):
        talk.until(b"\r\n\r\n")
        talk.send(b"HTTP/1.1 401 Unauthorized\r\nContent-Length: 2\r\n\r\nno")
        talk.rest()

    _, transport = dial_http1(script)
    assert transport.send(post(bytes(1000), spread=1000.0), soon()).status == 401


def test_an_interim_reply_does_not_stop_an_upload(dial_http1):
    body = bytes(16 * 1024 * 1024)

    def script(talk):
        talk.send(b"HTTP/1.1 100 Continue\r\n\r\n")
        talk.send(OK + b"Content-Length: 8\r\n\r\n%08d" % len(talk.request()[1]))

    _, transport = dial_http1(script)
    assert transport.send(post(body), soon()).body == b"16777216"


def test_a_server_that_stops_reading_is_a_timeout(dial_http1):
    late = threading.Event()

    def script(talk):
        talk.request()
        talk.send(HI)
        talk.until(b"\r\n\r\n")
        late.wait(SOON)

    peer, transport = dial_http1(script)
    transport.send(get(), soon())  # the connection stands: none of the time goes on a handshake
    with pytest.raises(TransportError, match="nothing of the reply came") as caught:
        transport.send(post(bytes(32 * 1024 * 1024)), soon(0.2))
    late.set()
    assert caught.value.failure == "timeout"
    assert peer.connections == 1


def test_a_second_reply_that_nobody_asked_for_is_not_the_next_ones(dial_http1):
    peer, transport = dial_http1(replies(HI + OK + b"Content-Length: 4\r\n\r\nevil", HI))
    assert [transport.send(get(), soon()).body for _ in range(2)] == [b"hi"] * 2
    assert peer.connections == 2


def test_the_next_address_is_tried_and_then_preferred(monkeypatch):
    peer = Peer(replies(HI))
    dead = socket.socket()
    dead.bind(("127.0.0.1", 0))  # and does not listen; nobody else can meanwhile
    addresses = [("127.0.0.1", dead.getsockname()[1]), ("127.0.0.1", int(peer.url.rpartition(":")[2]))]
    asked = []

    def getaddrinfo(host, port, **more):
        asked.append((host, port))
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", address) for address in addresses]

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    factory = Http1("http://sut.example", SystemClock())
    for _ in range(2):
        transport = factory.connect()
        assert transport.send(get(), soon()).body == b"hi"
        transport.close()
    assert asked == [("sut.example", 80)]
    peer.close()
    transport = factory.connect()
    with pytest.raises(TransportError, match=r"connection refused by sut.example:80"):
        transport.send(get(), soon())
    with pytest.raises(TransportError, match=r"connection refused by sut.example:80"):
        transport.send(get(), soon())
    dead.close()
    assert asked == [("sut.example", 80)] * 2  # once nobody answers, the name may have moved


def test_a_name_that_is_none(monkeypatch):
    def getaddrinfo(host, port, **more):
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    with pytest.raises(TransportError, match=r"'sut.example' can't be resolved: Name or service") as caught:
        Http1("http://sut.example", SystemClock()).connect().send(get(), soon())
    assert caught.value.failure == "unreachable"


@pytest.mark.parametrize(
    ("url", "authority", "host_field"),
    [
        ("http://127.0.0.1:8080", "127.0.0.1:8080", "127.0.0.1:8080"),
        ("http://sut.example/a/prefix", "sut.example:80", "sut.example"),
        ("https://SUT.example:443", "sut.example:443", "sut.example"),
        ("https://sut.example:80", "sut.example:80", "sut.example:80"),
        ("http://[::1]:8080", "[::1]:8080", "[::1]:8080"),
        ("https://[2001:db8::1]", "[2001:db8::1]:443", "[2001:db8::1]"),
        ("http://b\xfccher.example", "xn--bcher-kva.example:80", "xn--bcher-kva.example"),
    ],
)
def test_origins(url, authority, host_field):
    origin = Origin.of(url)
    assert (origin.authority, origin.host_field) == (authority, host_field)


@pytest.mark.parametrize("url", ["ftp://x", "127.0.0.1:8080", "http://", "http://x:port", "http://a..b"])
def test_what_is_no_origin(url):
    with pytest.raises(UsageError, match="expected an http:// or https:// URL"):
        Origin.of(url)
