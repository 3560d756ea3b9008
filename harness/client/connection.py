"""A TCP or TLS connection under deadlines, whose errors are all `TransportError`s."""

import os
import selectors
import socket
import ssl
from collections.abc import Sequence
from typing import Final

from harness.client.clock import SystemClock
from harness.client.origin import Origin, tls_context
from harness.client.reply_reader import ReplyReader
from harness.client.transport import Buffer, TransportError

_READ: Final = 16 * 1024
_RECORD: Final = 16 * 1024  # the most that a TLS record holds (RFC 8446 5.1): OpenSSL would cut the piece there, too
_PIECES: Final = os.sysconf("SC_IOV_MAX")
_FULL: Final = (BlockingIOError, ssl.SSLWantWriteError, ssl.SSLWantReadError)
_EITHER: Final = selectors.EVENT_READ | selectors.EVENT_WRITE


class Connection:
    """One connection to the SUT, used by one request at a time. Between its calls, the socket does not block."""

    __slots__ = ("_clock", "_is_tls", "_origin", "_sock", "reader")

    def __init__(self, sock: socket.socket, origin: Origin, clock: SystemClock) -> None:
        self.reader: Final = ReplyReader()
        self._sock = sock
        self._origin = origin
        self._clock = clock
        self._is_tls = isinstance(sock, ssl.SSLSocket)
        sock.settimeout(0.0)

    def send(self, pieces: Sequence[Buffer], deadline: float) -> bool:
        """Send all pieces; False where the peer has answered or gone before it had them all.

        Whatever the peer said before it went can still be read then.
        """
        rest = [piece for piece in pieces if piece]
        while rest:
            try:
                sent = self._sock.send(rest[0][:_RECORD]) if self._is_tls else self._sock.sendmsg(rest[:_PIECES])
            except _FULL:
                sent = 0
            except OSError:
                return False
            if sent:
                rest = _after(rest, sent)
            elif self.answers(self.remaining(deadline), _EITHER):
                return False
        return True

    def answers(self, seconds: float, events: int = selectors.EVENT_READ) -> bool:
        """Wait at most so many seconds for one of `events`; whether a final reply has begun, or the peer has gone."""
        with selectors.DefaultSelector() as selector:
            selector.register(self._sock, events)
            ready = selector.select(seconds)
        if not ready or not ready[0][1] & selectors.EVENT_READ:
            return False
        try:
            data = self._sock.recv(_READ)
        except _FULL:  # a TLS record that holds none of the reply
            return False
        except OSError:
            return True
        if data:
            self.reader.feed(data)
        return self.reader.head_complete or self.reader.fault is not None or not data

    def read(self, deadline: float | None) -> None:
        """Wait until something comes, and feed it; None waits for ever. Raise `TransportError`, a `fault` first."""
        if (fault := self.reader.fault) is not None:
            raise TransportError(fault.failure, str(fault))  # its own traceback would hold the reader that holds it
        try:
            data = self._next(deadline)
        except TimeoutError:
            raise self._late() from None
        except OSError as error:
            why = f"the connection to {self._origin.authority} broke ({error.strerror}); {self.reader.progress}"
            raise TransportError("cut", why) from None
        if data:
            self.reader.feed(data)
        else:
            self.reader.end()

    def _next(self, deadline: float | None) -> bytes:
        if deadline is not None:
            return self._clock.recv(self._sock, _READ, self.remaining(deadline))
        self._sock.settimeout(None)
        return self._sock.recv(_READ)

    def is_open(self) -> bool:
        """Whether the peer has neither closed an idle connection nor sent anything on it."""
        try:
            socket.socket.recv(self._sock, 1, socket.MSG_PEEK)  # an SSLSocket's own recv does not peek
        except BlockingIOError:
            return True
        except OSError:
            return False
        return False

    def hang_up(self) -> None:
        """Wake whoever reads, to find the connection's end."""
        hang_up(self._sock)

    def close(self) -> None:
        """Give the connection back to the system."""
        self._sock.close()
        self.reader.close()

    def remaining(self, deadline: float) -> float:
        """Seconds until the deadline; raise `TransportError` where there are none left."""
        remaining = deadline - self._clock.now()
        if remaining <= 0:
            raise self._late()
        return remaining

    def _late(self) -> TransportError:
        why = f"no whole reply from {self._origin.authority} in time; {self.reader.progress}"
        return TransportError("timeout", why)


class Dialler:
    """Opens connections to one origin: resolves its name once, makes its TLS settings once."""

    def __init__(self, origin: Origin, clock: SystemClock, *, verify: bool) -> None:
        self.origin = origin
        self._clock = clock
        self._context = tls_context(verify=verify) if origin.scheme == "https" else None
        self._addresses: list[tuple[socket.AddressFamily, tuple[object, ...]]] = []

    def dial(self, deadline: float) -> Connection:
        """Connect to the first address that answers, beginning with the one that did so last.

        Raise `TransportError`. The deadline bounds everything but the resolver, which the system lets nobody hurry.
        """
        addresses = self._addresses or self._resolved()
        for tried, address in enumerate(addresses):
            # Where one address swallows packets, the others still get their part of the time.
            share = (deadline - self._clock.now()) / (len(addresses) - tried)
            try:
                sock = self._connected(*address, share)
            except OSError as error:
                failed = error
                continue
            self._addresses = [address, *(other for other in addresses if other != address)]
            return Connection(sock, self.origin, self._clock)
        self._addresses = []
        raise self.origin.unreachable(failed) from None

    def _resolved(self) -> list[tuple[socket.AddressFamily, tuple[object, ...]]]:
        try:
            found = socket.getaddrinfo(self.origin.host, self.origin.port, type=socket.SOCK_STREAM)
        except OSError as error:
            raise self.origin.unreachable(error) from None
        return [(family, address) for family, _, _, _, address in found]

    def _connected(self, family: socket.AddressFamily, address: tuple[object, ...], seconds: float) -> socket.socket:
        if seconds <= 0:
            raise TimeoutError
        sock = socket.socket(family, socket.SOCK_STREAM)
        try:
            sock.settimeout(seconds)
            sock.connect(address)
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if self._context is not None:
                sock = self._context.wrap_socket(sock, server_hostname=self.origin.host)
        except BaseException:
            sock.close()
            raise
        return sock


def hang_up(sock: socket.socket) -> None:
    """Wake whoever reads from the socket, and let them find its end."""
    try:
        socket.socket.shutdown(sock, socket.SHUT_RDWR)  # an SSLSocket's own would let the reader on without TLS
    except OSError:
        return  # over already


def _after(pieces: list[Buffer], sent: int) -> list[Buffer]:
    """What is left of the pieces when so many bytes of them have gone."""
    if sent == sum(map(len, pieces)):  # as nearly always
        return []
    for i, piece in enumerate(pieces):
        if sent < len(piece):
            return [memoryview(piece)[sent:], *pieces[i + 1 :]]
        sent -= len(piece)
    return []
