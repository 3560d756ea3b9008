"""The machine's clock, for thousands of sessions that wait in one process: a wait costs a timer, and nothing else."""

import socket
import ssl
from contextlib import suppress
from typing import Final

import gevent
from gevent.hub import Waiter

from harness.client.clock import Signal, SystemClock

_READ: Final = 1
"""The event that a watcher of gevent's loop waits for."""


class GreenletSignal:
    """One greenlet waits for it at a time; whoever sets it may be a thread."""

    __slots__ = ("_is_set", "waiter")

    def __init__(self) -> None:
        self._is_set = False
        self.waiter: Waiter | None = None
        """Of the greenlet that waits."""

    def set(self) -> None:
        self._is_set = True
        if (waiter := self.waiter) is not None:
            is_ours = waiter.hub is gevent.get_hub()
            (waiter.hub.loop.run_callback if is_ours else waiter.hub.loop.run_callback_threadsafe)(waiter.switch, None)

    def is_set(self) -> bool:
        return self._is_set

    def clear(self) -> None:
        self._is_set = False


class GreenletClock(SystemClock):
    """gevent's own waits with a timeout make an exception, a context and a timer each time, and are for everybody."""

    def signal(self) -> Signal:
        return GreenletSignal()

    def wait(self, signal: Signal, timeout: float) -> bool:
        if not isinstance(signal, GreenletSignal):
            raise TypeError("a greenlet clock waits for the signals that it made")
        if timeout > 0 and not signal.is_set():
            hub: Final = gevent.get_hub()
            timer = hub.loop.timer(timeout)
            waiter = signal.waiter = Waiter(hub)
            timer.start(waiter.switch, None, update=True)  # the loop's own idea of now may be long past
            try:
                if not signal.is_set():  # a thread may have set it since
                    waiter.get()
            finally:
                timer.close()
                signal.waiter = None
        return signal.is_set()

    def recv(self, sock: socket.socket, size: int, seconds: float) -> bytes:
        if isinstance(sock, ssl.SSLSocket):  # what it has read and not handed out yet, no event tells of
            return super().recv(sock, size, seconds)
        hub: Final = gevent.get_hub()
        waiter, timer, ready = Waiter(hub), hub.loop.timer(seconds), hub.loop.io(sock.fileno(), _READ)
        timer.start(waiter.switch, False, update=True)
        ready.start(waiter.switch, True)
        try:
            while waiter.get():
                with suppress(BlockingIOError):  # it may be called ready where nothing has come
                    return sock.recv(size)
            raise TimeoutError
        finally:
            timer.close()
            ready.close()
