"""Tasks side by side, each in a thread of its own: all of them at once, or one at a time, in turns."""

import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Final

Task = Callable[[], object]

_TOGETHER: Final = 10.0
"""Seconds that those who are ready wait for the others."""
_LOOK: Final = 0.2
"""Seconds after which a wait that Ctrl-C must be able to end is taken up again."""


class _Thread:
    """A task's thread; `fault` is what the task raised. No thread keeps the process from its end."""

    def __init__(self, task: Task) -> None:
        self._task = task
        self.fault: BaseException | None = None
        self._thread = threading.Thread(target=self._perform, daemon=True)

    def begin(self) -> None:
        """Let the thread start."""
        self._thread.start()

    def end(self) -> None:
        """Wait until the task is over."""
        while self._thread.is_alive():
            self._thread.join(_LOOK)

    def _perform(self) -> None:
        try:
            self._task()
        except BaseException as fault:  # noqa: BLE001 -- whatever it is, it is raised where the tasks were handed in
            self.fault = fault


def at_once(tasks: Sequence[Task]) -> None:
    """Perform the tasks at the same time, begun together. When all are over, raise the first fault among theirs."""
    together = threading.Barrier(len(tasks))

    def begun_together(task: Task) -> Task:
        def begin() -> None:
            with suppress(threading.BrokenBarrierError):  # somebody's thread did not start: go on without
                together.wait(_TOGETHER)
            task()

        return begin

    threads = [_Thread(begun_together(task)) for task in tasks]
    for thread in threads:
        thread.begin()
    for thread in threads:
        thread.end()
    raise_first(threads)


class Participant(_Thread):
    """A task that runs only in its turns: from `take_turn` until it rests or is over, while its host waits."""

    def __init__(self, task: Task) -> None:
        super().__init__(task)
        self.is_over = False
        self.until = 0.0
        """The moment until which it rests, as it said; sooner, once the signal is set that it rests for."""
        self._signal: threading.Event | None = None
        self._turn = threading.Semaphore(0)
        self._rests = threading.Semaphore(0)
        self._broken_off: BaseException | None = None
        self._begun = False

    def due(self, now: float) -> float:
        """When it wants its next turn."""
        return now if self._signal is not None and self._signal.is_set() else max(self.until, now)

    def take_turn(self) -> None:
        """Of the host: let it run, and wait until it rests again or is over."""
        if self._begun:
            self._turn.release()
        else:
            self._begun = True
            self.begin()
        self._rests.acquire()

    def rest(self, until: float, signal: threading.Event | None) -> None:
        """Of the task: wait for the next turn."""
        self.until, self._signal = until, signal
        self._rests.release()
        self._turn.acquire()
        if self._broken_off is not None:
            raise self._broken_off

    def break_off(self, why: BaseException) -> None:
        """Of the host: whatever it rests for is rested for no longer, but raises `why`, until the task is over."""
        self._broken_off = why
        while self._begun and not self.is_over:
            self.take_turn()

    def _perform(self) -> None:
        super()._perform()
        self.is_over = True
        self._rests.release()


def raise_first(threads: Sequence[_Thread]) -> None:
    """Raise the first fault, if a task had one."""
    for thread in threads:
        if thread.fault is not None:
            raise thread.fault
