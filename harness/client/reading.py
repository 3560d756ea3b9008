"""The thread beside a session's own that reads a stream into its sink."""

import _thread
from typing import Literal, Protocol

from harness.client.clock import Clock
from harness.client.transport import Sink, TransportError


class Body(Protocol):
    """The body of a stream, as its transport reads it."""

    def read(self) -> bytes:
        """What has come, as soon as there is some; nothing at the end. Raise `TransportError` where it breaks."""

    def hang_up(self) -> None:
        """Wake whoever reads, to find the end; called from another thread."""

    def close(self) -> None:
        """Nobody reads any more."""


class Reading:
    """A stream that is being read. Under Locust's monkey-patching the thread is a greenlet.

    It is a bare one: a `threading.Thread` holds locks, names and tables, and thousands of streams are read at once.
    """

    __slots__ = ("_body", "_clock", "_left", "_over", "_sink", "_thread", "is_over")

    def __init__(self, body: Body, clock: Clock, sink: Sink) -> None:
        self.is_over = False
        """Whether the sink has heard the last of it."""
        self._body = body
        self._clock = clock
        self._sink = sink
        self._left = False
        self._over = _thread.allocate_lock()
        self._over.acquire()
        self._thread = 0
        _thread.start_new_thread(self._read, ())

    def close(self) -> None:
        """Leave; when it returns, the sink has heard `closed`, unless it is the sink itself that leaves."""
        self._left = True
        if self.is_over:
            return
        self._body.hang_up()
        if _thread.get_ident() != self._thread:
            with self._over:
                pass

    def _read(self) -> None:
        self._thread = _thread.get_ident()
        how: Literal["ended", "cut", "left"] = "ended"
        detail = ""
        try:
            try:
                while (data := self._body.read()) and not self._left:
                    self._sink.received(data, self._clock.now())
            except TransportError as error:
                how, detail = "cut", str(error)
            finally:
                self._body.close()
            if self._left:
                how, detail = "left", ""
            self._sink.closed(how, self._clock.now(), detail)
        finally:
            self.is_over = True
            self._over.release()
