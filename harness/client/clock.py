"""Time, as the driver sees it: the real one, and one that jumps."""

import heapq
import itertools
import random
import socket
import threading
import time
from collections.abc import Callable, Sequence
from typing import Protocol

from harness.client.side_by_side import Participant, Task, at_once, raise_first


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

    def side_by_side(self, tasks: Sequence[Task]) -> None:
        """Perform the tasks at the same time; when all are over, raise the first fault among theirs."""


class SystemClock:
    """The machine's clock. Under Locust's monkey-patching its waits are cooperative."""

    def now(self) -> float:
        return time.monotonic()

    def wall(self) -> float:
        return time.time()

    def sleep(self, seconds: float) -> None:
        if seconds > 0:
            time.sleep(seconds)

    def signal(self) -> Signal:
        return threading.Event()

    def wait(self, signal: Signal, timeout: float) -> bool:
        if not isinstance(signal, threading.Event):
            raise TypeError("a system clock waits for the signals that it made")
        return signal.wait(max(timeout, 0.0))

    def recv(self, sock: socket.socket, size: int, seconds: float) -> bytes:
        """What comes next from a socket that does not block; wait for it at most so long. Raise what `recv` raises."""
        sock.settimeout(seconds)
        try:
            return sock.recv(size)
        finally:
            sock.settimeout(0.0)

    def side_by_side(self, tasks: Sequence[Task]) -> None:
        at_once(tasks)


class VirtualClock:
    """A clock that costs nothing to wait for: sleeping runs what is due meanwhile, at its own moment, and jumps on.

    Tasks side by side take turns: whoever waits lets the others run. Who is first at the same moment, the seed decides.
    """

    def __init__(self, wall: float = 1_800_000_000.0, seed: int = 0) -> None:
        self._now = 0.0
        self._wall = wall
        self._due: list[tuple[float, int, Callable[[], None]]] = []
        self._order = itertools.count()
        self._draw = random.Random(seed)
        self._turn: Participant | None = None

    def now(self) -> float:
        return self._now

    def wall(self) -> float:
        return self._wall + self._now

    def call_at(self, moment: float, action: Callable[[], None]) -> None:
        """Have `action` called when the time is `moment`, within somebody's sleep or wait."""
        heapq.heappush(self._due, (moment, next(self._order), action))

    def give_way(self) -> None:
        """Let those side by side with the caller go first, if they have something to do now."""
        if self._turn is not None:
            self._turn.rest(self._now, None)

    def sleep(self, seconds: float) -> None:
        self._run(self._now + max(seconds, 0.0), None)

    def signal(self) -> threading.Event:
        return threading.Event()

    def wait(self, signal: Signal, timeout: float) -> bool:
        if not isinstance(signal, threading.Event):
            raise TypeError("a virtual clock waits for the signals that it made")
        self._run(self._now + max(timeout, 0.0), signal)
        return signal.is_set()

    def side_by_side(self, tasks: Sequence[Task]) -> None:
        if len(tasks) == 1:
            tasks[0]()
            return
        everybody = [Participant(task) for task in tasks]
        for each in everybody:
            each.until = self._now
        try:
            self._take_turns(everybody)
        except BaseException as error:
            for each in everybody:
                self._turn = each
                each.break_off(error)
            raise
        finally:
            self._turn = None
        raise_first(everybody)

    def _take_turns(self, everybody: Sequence[Participant]) -> None:
        while left := [each for each in everybody if not each.is_over]:
            moment = min(each.due(self._now) for each in left)
            if self._due and self._due[0][0] <= moment:
                self._happen()
                continue
            self._now = moment
            self._turn = self._draw.choice([each for each in left if each.due(moment) <= moment])
            self._turn.take_turn()
            self._turn = None

    def _run(self, until: float, signal: threading.Event | None) -> None:
        if self._turn is not None:
            self._turn.rest(until, signal)
            return
        while self._due and self._due[0][0] <= until and not (signal and signal.is_set()):
            self._happen()
        if not (signal and signal.is_set()):
            self._now = max(self._now, until)

    def _happen(self) -> None:
        moment, _, action = heapq.heappop(self._due)
        self._now = max(self._now, moment)
        action()
