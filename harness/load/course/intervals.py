"""The time course of a run: what happened every few seconds, over all its processes, in bounded memory."""

from bisect import bisect_right
from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import Final

import msgspec

from harness.load.course.spread import add, figures
from harness.report.course import Slice

SECONDS: Final = 2.0
"""Of an interval, as a process tells it, neither more nor less. All processes begin theirs at multiples of it."""
_MOST: Final = 300
"""So many are kept: ten minutes of them. In a longer run, older ones are joined two by two, so that neither the master
nor the report's page grows."""
_FRESH: Final = 10
"""The newest are left as they are: not all may have told of them yet."""

_SUMS: Final = ("started", "chunks", "events", "failed", "findings")


class Interval(Slice, kw_only=True):
    """A stretch of a run that can be merged with others."""

    times: dict[str, bytes] = msgspec.field(default_factory=dict)
    """By measure, packed as `spread` does."""

    def told(self) -> Slice:
        """For reports."""
        fields = {name: getattr(self, name) for name in Slice.__struct_fields__}
        return Slice(**{**fields, "figures": {name: figures(packed) for name, packed in self.times.items()}})


class Intervals:
    """Those of a whole run, in order."""

    def __init__(self, most: int = _MOST) -> None:
        self._held: list[Interval] = []
        self._most = most

    def __iter__(self) -> Iterator[Interval]:
        return iter(self._held)

    def add(self, interval: Interval) -> None:
        """Take in what one process tells; what others tell of the same time is added up."""
        at = bisect_right(self._held, interval.start, key=lambda held: held.start)
        before = self._held[at - 1] if at else None
        if before is not None and interval.start < before.end:
            self._held[at - 1] = _beside(before, interval)
            return
        self._held.insert(at, interval)
        if len(self._held) > self._most:
            self._join_two()

    @property
    def newest(self) -> Interval | None:
        """The newest of which all have told that told of the one before it."""
        if len(self._held) < 2:
            return self._held[-1] if self._held else None
        before, last = self._held[-2:]
        return before if last.processes < before.processes else last

    def _join_two(self) -> None:
        """The two neighbours that are shortest together: one pair at a time, so that nobody waits for it."""
        pairs = list(pairwise(self._held[:-_FRESH]))
        at = min(range(len(pairs)), key=lambda n: _joined_late(*pairs[n]))
        self._held[at : at + 2] = [_then(*pairs[at])]


def _joined_late(earlier: Interval, later: Interval) -> tuple[bool, float]:
    """More for those to be joined later. Where nothing is missing, each has as long a neighbour to be joined with."""
    both = earlier.length + later.length
    return earlier.length != later.length or earlier.start % both > 0, both


def _beside(held: Interval, told: Interval) -> Interval:
    """What is held of a time, and what another process tells of it or, where intervals were joined, of a part of it."""
    both = _both(held, told)
    is_end = held.end == told.end  # of a process one interval ends there, however many lie within
    both.processes = held.processes + is_end * told.processes
    both.live = held.live + is_end * told.live
    return both


def _then(earlier: Interval, later: Interval) -> Interval:
    """Two intervals, one after the other, as one."""
    both = _both(earlier, later)
    both.length = later.end - earlier.start
    both.processes = later.processes
    both.live = later.live
    return both


def _both(one: Interval, other: Interval) -> Interval:
    times = {**one.times}
    add(times, other.times)
    healths = [each.health for each in (one, other) if each.health is not None]
    return Interval(
        start=one.start,
        length=one.length,
        ended=_summed(one.ended, other.ended),
        trouble=_summed(one.trouble, other.trouble),
        broken=sorted({*one.broken, *other.broken}),
        health=healths[0].or_worse(healths[-1]) if healths else None,
        times=times,
        **{name: getattr(one, name) + getattr(other, name) for name in _SUMS},
    )


def _summed(ours: Mapping[str, int], theirs: Mapping[str, int]) -> dict[str, int]:
    return {name: ours.get(name, 0) + theirs.get(name, 0) for name in {**ours, **theirs}}
