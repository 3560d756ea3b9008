"""Replies out of bytes, without a socket: framing, bounds and content codings, however the bytes are cut."""

import gzip
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.client.coding import BODY_LIMIT
from harness.client.reply_reader import ReplyReader
from harness.client.transport import TransportError

OK = b"HTTP/1.1 200 OK\r\n"
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"
GZIP = OK + b"Content-Encoding: gzip\r\n"
TEXT = b"What was said, and said again, and said again."


def sized(data: bytes) -> bytes:
    return b"Content-Length: %d\r\n\r\n%b" % (len(data), data)


def read(*pieces: bytes, as_it_comes: bool = False) -> tuple[int, bytes, bool]:
    """Status, body and whether the connection may go on; like a connection that closes after the pieces."""
    reader = ReplyReader()
    body = b""
    for piece in pieces:
        if reader.fault:
            raise reader.fault
        if not reader.complete:
            reader.feed(piece)
            body += reader.take() if as_it_comes else b""
    if reader.fault:
        raise reader.fault
    if not reader.complete:
        reader.end()
    return reader.status, body + reader.take(), reader.reusable


COMPLETE = {
    "content-length": (OK + sized(b"hello"), (200, b"hello", True)),
    "no body": (OK + sized(b""), (200, b"", True)),
    "no reason": (b"HTTP/1.1 200\r\n" + sized(b"x"), (200, b"x", True)),
    "chunked": (CHUNKED + b"2\r\nhe\r\n3;ext=1\r\nllo\r\n0\r\n\r\n", (200, b"hello", True)),
    "chunked, with a trailer": (CHUNKED + b"1\r\nx\r\n0\r\nContent-Encoding: gzip\r\n\r\n", (200, b"x", True)),
    "until close": (OK + b"\r\nhello", (200, b"hello", False)),
    "until close, empty": (OK + b"\r\n", (200, b"", False)),
    "close": (OK + b"Connection: close\r\n" + sized(b"x"), (200, b"x", False)),
    "http/1.0": (b"HTTP/1.0 200 OK\r\n" + sized(b"x"), (200, b"x", False)),
    "204": (b"HTTP/1.1 204 No Content\r\n\r\n", (204, b"", True)),
    "204 and close": (b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n", (204, b"", False)),
    "interim replies": (
        b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n" + OK + sized(b"x"),
        (200, b"x", True),
    ),
    "gzip": (GZIP + sized(gzip.compress(TEXT)), (200, TEXT, True)),
    "gzip, two members": (GZIP + sized(gzip.compress(TEXT) + gzip.compress(TEXT)), (200, TEXT + TEXT, True)),
    "gzip, until close": (GZIP + b"\r\n" + gzip.compress(TEXT), (200, TEXT, False)),
    "gzip of nothing at all": (GZIP + sized(b""), (200, b"", True)),
    "deflate": (OK + b"Content-Encoding: deflate\r\n" + sized(zlib.compress(TEXT)), (200, TEXT, True)),
    "identity": (OK + b"content-encoding: identity\r\n" + sized(TEXT), (200, TEXT, True)),
}


@pytest.mark.parametrize(("data", "expected"), COMPLETE.values(), ids=COMPLETE)
def test_complete(data, expected):
    assert read(data) == expected


@pytest.mark.parametrize(("data", "expected"), COMPLETE.values(), ids=COMPLETE)
def test_complete_a_byte_a_read(data, expected):
    assert read(*(data[i : i + 1] for i in range(len(data))), as_it_comes=True) == expected


@given(st.sampled_from(list(COMPLETE.values())), st.integers(0, 300), st.integers(0, 300))
def test_complete_cut_anywhere(case, one, other):
    data, expected = case
    one, other = sorted((one, other))
    assert read(data[:one], data[one:other], data[other:]) == expected


BROKEN = {
    "nothing": (b"", "cut", "nothing of the reply came"),
    "half a head": (OK + b"Date: ", "cut", "only a part of the reply's head came"),
    "an interim reply alone": (b"HTTP/1.1 100 Continue\r\n\r\n", "cut", "head"),
    "half a body": (OK + sized(b"hello")[:-2], "cut", "3 bytes of its body"),
    "no last chunk": (CHUNKED + b"5\r\nhello\r\n", "cut", "5 bytes of its body"),
    "another protocol": (b"SSH-2.0-OpenSSH_9.2\r\n", "malformed", "not HTTP"),
    "http/2": (b"\x00\x00\x12\x04\x00\x00\x00\x00\x00", "malformed", "not HTTP"),
    "a bad chunk": (CHUNKED + b"hello\r\n", "malformed", "not HTTP"),
    "two lengths": (OK + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\nx", "malformed", "not HTTP"),
    "upgraded": (
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n",
        "malformed",
        "another protocol",
    ),
    "an endless head": (OK + b"X: " + b"x" * 70_000, "malformed", "over 65,536 bytes without any of the body"),
    "endless interim replies": (b"HTTP/1.1 100 Continue\r\n\r\n" * 3_000, "malformed", "over 65,536 bytes"),
    "an endless trailer": (CHUNKED + b"1\r\nx\r\n0\r\nX: " + b"x" * 200_000, "malformed", "over 65,536 bytes"),
    "an endless body": (
        CHUNKED + b"1000001\r\n" + b"x" * (BODY_LIMIT + 1),
        "malformed",
        "longer than 16,777,216 bytes",
    ),
    "not gzip": (GZIP + sized(b"hello"), "malformed", "not in the content coding"),
    "half of gzip": (GZIP + sized(gzip.compress(TEXT)[:-5]), "malformed", "stops before its end"),
    "a bomb": (GZIP + sized(gzip.compress(bytes(BODY_LIMIT + 1))), "malformed", "unfolds to more than"),
    "brotli": (OK + b"Content-Encoding: br\r\n" + sized(b"x"), "malformed", "content coding"),
}


@pytest.mark.parametrize(("data", "failure", "words"), BROKEN.values(), ids=BROKEN)
def test_broken(data, failure, words):
    with pytest.raises(TransportError, match=words) as caught:
        read(*(data[i : i + 50_000] for i in range(0, len(data), 50_000)))
    assert caught.value.failure == failure


@pytest.mark.parametrize("surplus", [OK + sized(b"other"), b"garbage"])
def test_what_follows_a_reply_is_not_part_of_it_and_ends_the_connections_use(surplus):
    assert read(OK + sized(b"mine") + surplus) == (200, b"mine", False)


def test_header_names_are_lower_case_and_repeated_fields_stay_apart():
    reader = ReplyReader()
    reader.feed(OK + b"Set-Cookie: a\r\nX-Empty:\r\nSET-COOKIE: b\xe9\r\n\r\n")
    assert reader.headers == [("set-cookie", "a"), ("x-empty", ""), ("set-cookie", "b\xe9")]


def test_a_body_is_there_as_soon_as_it_came():
    reader = ReplyReader()
    compress = zlib.compressobj(wbits=31)
    event = compress.compress(b"data: 1\n\n") + compress.flush(zlib.Z_SYNC_FLUSH)
    reader.feed(GZIP + b"Transfer-Encoding: chunked\r\n\r\n%x\r\n" % len(event) + event)
    assert reader.take() == b"data: 1\n\n"
    assert not reader.complete


@given(st.sampled_from([b"", OK, CHUNKED]), st.binary(max_size=300))
def test_no_bytes_whatever_raise_anything_else(beginning, data):
    try:
        status, _, _ = read(beginning + data)
    except TransportError as error:
        assert error.failure in {"cut", "malformed"}  # noqa: PT017 - a reply is as right as this error is
    else:
        assert 200 <= status <= 999
