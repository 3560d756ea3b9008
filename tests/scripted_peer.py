"""What the tests of the transports share: a server that says what a test scripts, and a sink that can be waited on."""

import contextlib
import socket
import ssl
import threading
from collections.abc import Callable, Iterator

import trustme

from harness.client.clock import SystemClock
from harness.client.http1 import Http1
from harness.client.over_httpx import OverHttpx
from harness.client.transport import Reply, Request

HTTP = {"http1": Http1, "httpx": OverHttpx}
AUTHORITY = trustme.CA()
KEY = "sk-very-secret"
SOON = 60.0  # seconds in which everything that is meant to happen has happened, on the busiest machine
OK = b"HTTP/1.1 200 OK\r\n"
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"
HI = OK + b"Content-Length: 2\r\n\r\nhi"


def soon(seconds: float = SOON) -> float:
    return SystemClock().now() + seconds


class HandClock(SystemClock):
    """A clock that only the test moves. What is waited for with it still takes real time."""

    def __init__(self) -> None:
        self.time = 0.0

    def now(self) -> float:
        return self.time


class Talk:
    """The server's end of one connection."""

    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock
        self._read = bytearray()

    def _more(self) -> None:
        data = self.sock.recv(65536)
        if not data:
            raise ConnectionError
        self._read += data

    def _take(self, size: int) -> bytes:
        while len(self._read) < size:
            self._more()
        taken = bytes(self._read[:size])
        del self._read[:size]
        return taken

    def until(self, end: bytes) -> bytes:
        while end not in self._read:
            self._more()
        return self._take(self._read.index(end) + len(end)).removesuffix(end)

    def request(self) -> tuple[bytes, bytes]:
        """Head and body."""
        head = self.until(b"\r\n\r\n")
        fields = dict(line.lower().split(b": ", 1) for line in head.split(b"\r\n")[1:])
        return head, self._take(int(fields.get(b"content-length", b"0")))

    def send(self, data: bytes) -> None:
        self.sock.sendall(data)

    def reset(self) -> None:
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        self.sock.close()

    def rest(self) -> bytes:
        """All that still comes, until the client closes."""
        with contextlib.suppress(ConnectionError):
            while True:
                self._more()
        return bytes(self._read)


class Peer:
    """A server whose `script` is handed each connection, in a thread of its own; afterwards it is closed."""

    def __init__(self, script: Callable[[Talk], None], tls: ssl.SSLContext | None = None) -> None:
        self.connections = 0
        self.closed = threading.Semaphore(0)
        self._script = script
        self._tls = tls
        self._socket = socket.create_server(("127.0.0.1", 0))
        # So that a big upload fills what lies between the two, however much the machine would grant.
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 64 * 1024)
        self.authority = f"127.0.0.1:{self._socket.getsockname()[1]}"
        self.url = f"{'https' if tls else 'http'}://{self.authority}"
        self._open: set[socket.socket] = set()
        self._threads = [threading.Thread(target=self._accept, daemon=True)]
        self._threads[0].start()

    def _accept(self) -> None:
        while True:
            try:
                sock, _ = self._socket.accept()
            except OSError:
                return
            self.connections += 1
            self._threads.append(threading.Thread(target=self._talk, args=(sock,), daemon=True))
            self._threads[-1].start()

    def _talk(self, sock: socket.socket) -> None:
        self._open.add(sock)
        try:
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if self._tls:
                sock = self._tls.wrap_socket(sock, server_side=True)
            self._script(Talk(sock))
        except OSError:
            pass  # the client left: its assertions tell whether it should have
        finally:
            sock.close()
            self.closed.release()

    def close(self) -> None:
        for sock in [self._socket, *self._open]:
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        for thread in self._threads:
            thread.join(SOON)
            assert not thread.is_alive()


@contextlib.contextmanager
def dialling(factory: type[Http1 | OverHttpx], tls: ssl.SSLContext | None = None, **usual) -> Iterator[Callable]:
    """A function from a script to the scripted peer and a session's transport; all that it made is closed."""
    with contextlib.ExitStack() as made:

        def dial(script, *, tls=tls, clock=None, **options):
            peer = Peer(script, tls)
            made.callback(peer.close)
            transport = factory(peer.url, clock or SystemClock(), **usual | options).connect()
            made.callback(transport.close)
            return peer, transport

        yield dial


class Ear:
    """A sink that others can wait on."""

    def __init__(self, clock) -> None:
        self.clock = clock
        self.heard: list[tuple] = []
        self.times: list[float] = []
        self._signal = clock.signal()

    def opened(self, head: Reply) -> None:
        assert head.body == b""
        self._add("opened", head.at)

    def received(self, data: bytes, at: float) -> None:
        assert data
        self._add(data, at)

    def closed(self, how: str, at: float, detail: str) -> None:
        self.detail = detail
        self._add(how, at)

    def _add(self, what, at: float) -> None:
        self.heard.append(what)
        self.times.append(at)
        self._signal.set()

    @property
    def body(self) -> bytes:
        return b"".join(part for part in self.heard if isinstance(part, bytes))

    def wait(self, until: Callable[[], bool]) -> None:
        while not until():
            assert self.clock.wait(self._signal, SOON), self.heard
            self._signal.clear()

    def wait_for_end(self) -> str:
        self.wait(lambda: self.heard[-1] in {"ended", "cut", "left"})
        assert self.heard[0] == "opened"
        assert self.times == sorted(self.times)
        return self.heard[-1]


def get(target: str = "/", **more) -> Request:
    return Request("GET", target, (("X-API-Key", KEY),), **more)


def post(*body: bytes | memoryview, **more) -> Request:
    return Request("POST", "/chunk", (("X-API-Key", KEY), ("content-type", "application/octet-stream")), body, **more)


def replies(*data: bytes) -> Callable[[Talk], None]:
    """A script that answers each request of a connection with the next of `data`, then closes."""

    def script(talk):
        for reply in data:
            talk.request()
            talk.send(reply)

    return script


def server_context() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    AUTHORITY.issue_cert("127.0.0.1").configure_cert(context)
    return context
