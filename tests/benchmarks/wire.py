"""HTTP of the benchmarks' server: one connection, parsed by llhttp. The audio of a chunk is counted and not kept."""

import asyncio
import time
from email.utils import formatdate
from http import HTTPStatus

import httptools
import msgspec
from sessions import HEAD, Refused

BUFFER = memoryview(bytearray(256 * 1024))  # of all connections: what is read is parsed at once
SPACE = b"/analyze/live/"


class Connection(asyncio.BufferedProtocol):
    """One connection to `api`, see `server.Api`."""

    def __init__(self, api):
        self._api = api
        self._parser = httptools.HttpRequestParser(self)
        self._session = None  # whose events are written here

    def connection_made(self, transport):
        self._transport = transport

    def connection_lost(self, error):
        if self._session is not None:
            self._session.detach()
        self._transport = None

    def get_buffer(self, sizehint):
        return BUFFER

    def buffer_updated(self, size):
        self._parser.feed_data(BUFFER[:size])

    def on_message_begin(self):
        self._key, self._head, self._size = b"", b"", 0

    def on_url(self, url):
        self._target = url

    def on_header(self, name, value):
        if len(name) == 9 and name.lower() == b"x-api-key":
            self._key = value

    def on_body(self, body):
        self._size += len(body)
        if len(self._head) < HEAD:
            self._head += body[:HEAD]

    def on_message_complete(self):
        since = time.monotonic()
        try:
            self._answer(since)
        except Refused as refused:
            status, message = refused.args
            self._reply({"error": message}, status)

    def _answer(self, since):
        if not self._target.startswith(SPACE):
            return self._reply(self._api.told(self._target))
        if self._key != self._api.key:
            raise Refused(401, "a valid X-API-Key is required")
        name, _, what = self._target[len(SPACE) :].partition(b"/")
        if name == b"start":
            return self._reply(self._api.start().started())
        session = self._api.find(name)
        match what:
            case b"chunk":
                return self._api.answer(since, self._reply, session, session.chunk(self._head, self._size))
            case b"control":
                asked = msgspec.json.decode(self._head)
                return self._reply(session.control(asked.get("action"), asked.get("reason")))
            case b"events":
                return self._subscribe(session)
        raise Refused(404, "there is nothing here")

    def _subscribe(self, session):
        missed = session.attach(self._write)
        self._session = session
        framing = b"Content-Type: text/event-stream\r\nCache-Control: no-store\r\nTransfer-Encoding: chunked"
        self._transport.write(_head(200, framing) + b"".join(map(_framed, missed)))

    def _write(self, frame):
        self._transport.write(_framed(frame))

    def _reply(self, body, status=200):
        if self._transport is None:
            return
        data = msgspec.json.encode(body)
        framing = b"Content-Type: application/json\r\nContent-Length: %d" % len(data)
        if status == 503:
            framing += b"\r\nRetry-After: 1"
        self._transport.write(_head(status, framing) + data)


def _head(status, framing):
    line = f"HTTP/1.1 {status} {HTTPStatus(status).phrase}\r\nDate: {formatdate(usegmt=True)}\r\n"
    return line.encode() + framing + b"\r\n\r\n"


def _framed(data):
    """A chunk of a body (RFC 9112, 7.1); the empty one is the last."""
    return b"%x\r\n%b\r\n" % (len(data), data)
