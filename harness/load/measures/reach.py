"""Whether the SUT still answers anybody. What sessions saw is told in batches: the order is that of the clock."""

from collections import deque
from typing import Final

_MOST: Final = 10_000


class Reach:
    """The requests that got no answer since the last one, of all sessions, that did."""

    def __init__(self) -> None:
        self._answered = 0.0
        self._missed: deque[float] = deque(maxlen=_MOST)

    def answered(self, at: float) -> None:
        """A request got an answer, then."""
        if at > self._answered:
            self._answered = at
            if self._missed:
                self._missed = deque((missed for missed in self._missed if missed > at), maxlen=_MOST)

    def missed(self, at: float) -> None:
        """A request was given up, then."""
        if at > self._answered:
            self._missed.append(at)

    @property
    def unanswered(self) -> int:
        """How many they are, up to ten thousand."""
        return len(self._missed)
