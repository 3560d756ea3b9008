"""The other end of the measurements: a Live Capture API that answers at once and checks nothing.

A process of its own: it prints its port, and lives until its standard input ends.
"""

import asyncio
import itertools
import json
import sys
from collections import Counter
from datetime import UTC, datetime, timedelta
from email.utils import formatdate

import httptools

EVENT = b'event: status\ndata: {"phase": "ingesting", "progress": 0.0}\n\n'


class Sessions:
    """Numbers the sessions, and counts the audio bytes of each."""

    def __init__(self):
        self._numbers = itertools.count(1)
        self._received = Counter()

    def start(self):
        """The reply that Recipe 1 reads."""
        number = next(self._numbers)
        urls = {f"{name}_endpoint": f"/analyze/live/{number}/{name}" for name in ("chunk", "events", "control")}
        expires_at = datetime.now(UTC) + timedelta(hours=1)
        return {"session_id": str(number), "expires_at": expires_at.isoformat(), **urls}

    def ack(self, target, form):
        """The reply that Recipe 2 reads. The file is the last part of the form, as the recipe sends it."""
        begin = form.index(b"\r\n\r\n", form.index(b"filename=")) + 4
        self._received[target] += form.rindex(b"\r\n--") - begin
        return {"received_bytes": self._received[target]}


class Connection(asyncio.Protocol):
    """One connection, parsed by llhttp."""

    def __init__(self, sessions):
        self._sessions = sessions
        self._parser = httptools.HttpRequestParser(self)
        self._target = b""
        self._body = []

    def connection_made(self, transport):
        self._transport = transport

    def data_received(self, data):
        self._parser.feed_data(data)

    def on_url(self, url):
        self._target = url

    def on_body(self, body):
        self._body.append(body)

    def on_message_complete(self):
        form = b"".join(self._body)
        self._body.clear()
        match self._target.rpartition(b"/")[2]:
            case b"start":
                self._reply(self._sessions.start())
            case b"chunk":
                self._reply(self._sessions.ack(self._target, form))
            case b"events":  # one event, and then silence
                head = _head("text/event-stream", "Transfer-Encoding: chunked")
                self._transport.write(b"%b%x\r\n%b\r\n" % (head, len(EVENT), EVENT))

    def _reply(self, body):
        data = json.dumps(body).encode()
        self._transport.write(_head("application/json", f"Content-Length: {len(data)}") + data)


def _head(content_type, framing):
    date = formatdate(usegmt=True)
    return f"HTTP/1.1 200 OK\r\nDate: {date}\r\nContent-Type: {content_type}\r\n{framing}\r\n\r\n".encode()


async def main():
    loop, over, sessions = asyncio.get_running_loop(), asyncio.Event(), Sessions()
    server = await loop.create_server(lambda: Connection(sessions), "127.0.0.1", 0)
    sys.stdout.write(f"{server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    loop.add_reader(sys.stdin, over.set)
    await over.wait()


if __name__ == "__main__":
    asyncio.run(main())
