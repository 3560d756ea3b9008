"""TLS, for the two transports that use a network."""

import pytest

from harness.client.clock import SystemClock
from harness.client.transport import TransportError
from tests.scripted_peer import (
    AUTHORITY,
    CHUNKED,
    HI,
    HTTP,
    OK,
    SOON,
    Ear,
    Peer,
    dialling,
    get,
    post,
    replies,
    server_context,
    soon,
)


@pytest.fixture(params=HTTP.values(), ids=HTTP)
def factory(request):
    return request.param


@pytest.fixture
def dial(factory):
    with dialling(factory) as dial:
        yield dial


@pytest.fixture
def trusting(monkeypatch, tmp_path):
    """The environment trusts whoever issued the peer's certificate."""
    AUTHORITY.cert_pem.write_to_path(tmp_path / "authority.pem")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "authority.pem"))


@pytest.mark.usefixtures("trusting")
def test_with_a_trusted_certificate(dial):
    big = bytes(range(256)) * 20_000

    def script(talk):
        head, body = talk.request()
        while head.startswith(b"POST"):
            talk.send(OK + b"Content-Length: %d\r\n\r\n" % len(body) + body)
            head, body = talk.request()
        talk.send(CHUNKED + b"2\r\nhi\r\n")
        talk.rest()

    peer, transport = dial(script, tls=server_context())
    assert transport.send(post(b"a, ", b"", memoryview(b"b")), soon()).body == b"a, b"
    assert transport.send(post(b"head", memoryview(big)), soon()).body == b"head" + big
    assert peer.connections == 1
    ear = Ear(SystemClock())
    _, stream = transport.subscribe(get(), soon(), ear)
    ear.wait(lambda: ear.body == b"hi")
    stream.close()
    assert ear.heard == ["opened", b"hi", "left"]


@pytest.mark.usefixtures("trusting")
def test_closed_meanwhile(dial):
    peer, transport = dial(replies(HI), tls=server_context())
    for _ in range(2):
        assert transport.send(get(), soon()).body == b"hi"
        assert peer.closed.acquire(timeout=SOON)
    assert peer.connections == 2


def test_with_an_unknown_certificate(dial):
    _, transport = dial(replies(HI), tls=server_context())
    with pytest.raises(TransportError, match=r"certificate of 127.0.0.1:[0-9]+ is not trusted") as caught:
        transport.send(get(), soon())
    assert caught.value.failure == "unreachable"


def test_without_verification(dial):
    _, transport = dial(replies(HI), tls=server_context(), verify=False)
    assert transport.send(get(), soon()).body == b"hi"


def test_with_a_server_that_has_none(factory):
    peer = Peer(lambda talk: talk.send(b"HTTP/1.1 400 Bad Request\r\n\r\n"))
    transport = factory(peer.url.replace("http:", "https:"), SystemClock()).connect()
    with pytest.raises(TransportError, match=r"no TLS with 127.0.0.1") as caught:
        transport.send(get(), soon())
    assert caught.value.failure == "unreachable"
    transport.close()
    peer.close()
