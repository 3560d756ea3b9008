"""Times as they come, only counted: a hundred are taken in for each one that is ever asked about."""

from collections.abc import Mapping
from typing import Final

Counts = Mapping[str, Mapping[int, int]]
"""By the name of a measure, how often each number of microseconds came."""

SECOND: Final = 1_000_000
"""Microseconds."""
HIGHEST: Final = 3_600 * SECOND
"""A longer time is recorded as one of an hour."""
_BITS: Final = 11
"""What a histogram of three digits keeps of a value; times that differ below are the same to it, and to us."""


class Times:
    """Counts times, as a histogram would round them: a fifth of the cost of recording each in one."""

    def __init__(self, warm_until: float = 0.0) -> None:
        """What began before `warm_until` is left out: the SUT was still warming up."""
        self.warm_until = warm_until
        self.counts: dict[str, dict[int, int]] = {}

    def record(self, name: str, began: float, ended: float) -> None:
        """Take in the time that something took, by the clock's seconds; none is shorter than a microsecond."""
        if began < self.warm_until:
            return
        value = min(max(int((ended - began) * SECOND), 1), HIGHEST)
        if value >> _BITS:
            coarse = value.bit_length() - _BITS
            value = value >> coarse << coarse
        counts = self.counts.get(name)
        if counts is None:
            counts = self.counts[name] = {}
        counts[value] = counts.get(value, 0) + 1

    def add(self, others: Counts) -> None:
        """Count in what others counted."""
        for name, by_value in others.items():
            counts = self.counts.setdefault(name, {})
            for value, count in by_value.items():
                counts[value] = counts.get(value, 0) + count

    def take(self) -> Counts:
        """All that came since this was last asked for."""
        taken, self.counts = self.counts, {}
        return taken
