"""What `Date` fields tell about the server's clock: its offset from ours, as an interval.

Our wall clock is never held against theirs. All offsets are (server's epoch seconds - our monotonic seconds).
"""

from email.utils import parsedate_to_datetime
from functools import lru_cache
from typing import Final, NamedTuple

# `Date` has whole seconds (RFC 9110 section 5.6.7), and servers commonly render it once a second and reuse it.
_STALE: Final = 2.0


class Interval(NamedTuple):
    """From `low` to `high`, both possible."""

    low: float
    high: float


@lru_cache(maxsize=64)  # under load, thousands of replies carry the same second
def read_date(field: str) -> float | None:
    """Epoch seconds of a `Date` field, or None where there is none that can be read."""
    try:
        return parsedate_to_datetime(field).timestamp()
    except (ValueError, OverflowError):
        return None


class ServerClock:
    """Bounds on the server's clock, narrowed by each reply that carries a `Date`."""

    __slots__ = ("_unsteady", "offset")

    def __init__(self, offset: tuple[float, float] | None = None) -> None:
        self.offset = None if offset is None else Interval(*offset)
        self._unsteady = False

    def learn(self, date: str, sent: float, returned: float) -> None:
        """Take in the `Date` of a reply whose request left at `sent` and which was complete at `returned`."""
        told = read_date(date)
        if told is None:
            return
        # The reply was made at some moment between `sent` and `returned`, when their clock stood at `told` or up to
        # `_STALE` seconds later.
        seen = Interval(told - returned, told + _STALE - sent)
        known = self.offset
        if known is None:
            self.offset = seen
            return
        if seen.low <= known.low and known.high <= seen.high and not self._unsteady:
            return  # as of nearly all replies, there is nothing new to learn of this one
        low, high = max(known.low, seen.low), min(known.high, seen.high)
        if low > high or self._unsteady:
            self._unsteady = True  # their clock was set, or several machines answer: only what covers all is true
            low, high = min(known.low, seen.low), max(known.high, seen.high)
        self.offset = Interval(low, high)

    def ours(self, theirs: float) -> Interval | None:
        """When, on our monotonic clock, theirs shows `theirs` (epoch seconds)."""
        return None if self.offset is None else Interval(theirs - self.offset.high, theirs - self.offset.low)

    def theirs(self, ours: float) -> Interval | None:
        """What theirs shows (epoch seconds) when our monotonic clock shows `ours`."""
        return None if self.offset is None else Interval(ours + self.offset.low, ours + self.offset.high)
