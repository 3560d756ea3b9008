"""What is going to happen by itself, in the order of its moments."""

import heapq
import itertools
from collections.abc import Callable


class Agenda:
    """A queue of actions by their moment (monotonic seconds); of the same moment, first come, first served."""

    def __init__(self) -> None:
        self._entries: list[tuple[float, int, Callable[[], None]]] = []
        self._order = itertools.count()

    def at(self, moment: float, action: Callable[[], None]) -> None:
        """Have `action` happen at `moment`."""
        heapq.heappush(self._entries, (moment, next(self._order), action))

    def next_due(self) -> float | None:
        """The moment of the next action; None when nothing is planned."""
        return self._entries[0][0] if self._entries else None

    def pop(self) -> Callable[[], None]:
        """Take the next action off."""
        return heapq.heappop(self._entries)[2]
