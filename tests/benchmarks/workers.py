"""What the benchmarks' server holds, and no more: workers with a queue before them."""

import time
from collections import deque

from harness.sandbox.pipeline import Pipeline

SHORTEST = 0.001  # seconds; uvloop's timers count no less


def read(text):
    """COUNTxSECONDS: so many workers, each busy so long with each piece of work."""
    count, seconds = text.split("x")
    return int(count), float(seconds)


class AtOnce:
    """Workers who take no time."""

    book = None

    def take(self, do):
        """Have a piece of work done, and then `do`."""
        do()

    behind = take


class Workers:
    """First come, first served.

    The books are kept in the moments at which work is due to be over. A timer that wakes late delays the news of it,
    and never the work behind it: the capacity is exactly COUNT / SECONDS pieces a second.
    """

    def __init__(self, later, text):
        self._pipeline = Pipeline(*read(text))
        self._later = later
        self._queue = deque()  # of (due, pieces, do); the moments never fall
        self._done = 0

    @property
    def book(self):
        """How many pieces were done, and how many are not yet."""
        return {"done": self._done, "waiting": sum(pieces for _, pieces, _ in self._queue)}

    def take(self, do):
        """Have a piece of work done, and then `do`."""
        self._enter(self._pipeline.enter(time.monotonic()), 1, do)

    def behind(self, do):
        """`do` when all work that is there has been done."""
        self._enter(self._queue[-1][0] if self._queue else 0.0, 0, do)

    def _enter(self, due, pieces, do):
        self._queue.append((due, pieces, do))
        if len(self._queue) == 1:
            self._wake()

    def _wake(self):
        while self._queue and self._queue[0][0] <= time.monotonic():
            _, pieces, do = self._queue[0]
            self._done += pieces
            do()
            self._queue.popleft()  # not before: what comes in meanwhile finds that somebody is awake
        if self._queue:
            self._later(max(self._queue[0][0] - time.monotonic(), SHORTEST), self._wake)
