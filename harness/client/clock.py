"""Time, as the driver sees it: the real one, and one that jumps."""

import heapq
import itertools
import threading
import time
from collections.abc import Callable
from typing import Protocol


class Signal(Protocol):
    """Something that the consumer sets and the driver waits for."""

    def set(self) -> None: ...
    def is_set(self) -> bool: ...
    def clear(self) -> None: ...


class Clock(Protocol):
    """Monotonic seconds, waiting, and the wall time that belongs to them."""

    def now(self) -> float:
        """Monotonic seconds."""

    def wall(self) -> float:
        """Seconds since the epoch."""

    def sleep(self, seconds: float) -> None:
        """Let time pass; none or a negative number returns at once."""

    def signal(self) -> Signal:
        """A new signal, not set."""

    def wait(self, signal: Signal, timeout: float) -> bool:
        """Wait until the signal is set, at most `timeout` seconds; whether it is set."""


class SystemClock:
    """The machine's clock. Under Locust's monkey-patching its waits are cooperative."""

    def now(self) -> float:
        return time.monotonic()

    def wall(self) -> float:
        return time.time()

    def sleep(self, seconds: float) -> None:
        if seconds > 0:
            time.sleep(seconds)

    def signal(self) -> threading.Event:
        return threading.Event()

    def wait(self, signal: Signal, timeout: float) -> bool:
        if not isinstance(signal, threading.Event):
            raise TypeError("a system clock waits for the signals that it made")
        return signal.wait(max(timeout, 0.0))


class VirtualClock:
    """A clock that costs nothing to wait for: sleeping runs what is due meanwhile, at its own moment, and jumps on."""

    def __init__(self, wall: float = 1_800_000_000.0) -> None:
        self._now = 0.0
        self._wall = wall
        self._due: list[tuple[float, int, Callable[[], None]]] = []
        self._order = itertools.count()

    def now(self) -> float:
        return self._now

    def wall(self) -> float:
        return self._wall + self._now

    def call_at(self, moment: float, action: Callable[[], None]) -> None:
        """Have `action` called when the time is `moment`, within somebody's sleep or wait."""
        heapq.heappush(self._due, (moment, next(self._order), action))

    def sleep(self, seconds: float) -> None:
        self._run(self._now + max(seconds, 0.0), None)

    def signal(self) -> Signal:
        return threading.Event()

    def wait(self, signal: Signal, timeout: float) -> bool:
        self._run(self._now + max(timeout, 0.0), signal)
        return signal.is_set()

    def _run(self, until: float, signal: Signal | None) -> None:
        while self._due and self._due[0][0] <= until and not (signal and signal.is_set()):
            moment, _, action = heapq.heappop(self._due)
            self._now = max(self._now, moment)
            action()
        if not (signal and signal.is_set()):
            self._now = max(self._now, until)
