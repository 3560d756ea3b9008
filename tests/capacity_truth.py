"""Many searches of servers whose capacity is known: `python -m tests.capacity_truth [RUNS [SIZE [KIND...]]]`."""

import math
import sys
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from harness.capacity.conduct import Conduct
from harness.capacity.terms import Terms
from tests.simulated_sut import PACE, Sut, servers


@dataclass(frozen=True)
class Found:
    """What a search came to."""

    conduct: Conduct
    truth: float

    @property
    def interval(self):
        progress = self.conduct.progress
        return progress.low, math.inf if progress.high is None else progress.high

    @property
    def holds(self):
        low, high = self.interval
        return low <= self.truth <= high

    @property
    def width(self):
        """As a share of the middle."""
        low, high = self.interval
        return 2 * (high - low) / (high + low) if math.isfinite(high) else math.inf

    @property
    def seconds(self):
        return self.conduct.levels[-1].ended

    @property
    def ratio(self):
        """All time but that of the two levels that bound the interval, in holds of the one that was kept."""
        final = [self._last(level) for level in self.interval]
        held = final[0].ended - final[0].settled if final[0] else math.nan
        return (self.seconds - sum(level.ended - level.began for level in final if level)) / held

    @property
    def false_stops(self):
        """Levels that the server holds, and that were called missed."""
        return sum(level.outcome == "missed" and level.level <= self.truth for level in self.conduct.levels)

    def overlaps(self, other):
        """Whether both may have the same capacity."""
        return self.interval[0] <= other.interval[1] and other.interval[0] <= self.interval[1]

    def _last(self, level):
        return next((each for each in reversed(self.conduct.levels) if each.level == level), None)


def terms(server, seconds=600):
    """From a 25th of the capacity, which is five doublings; where nothing gives, up to it."""
    most = server.capacity if server.kind == "none" else 10 * server.capacity
    return Terms(first=max(round(server.capacity / 25), 1), most=most, seconds=seconds)


def search(server, seed, seconds=600):
    """One search, from its beginning to its end; windows come two to four seconds late."""
    sut, conduct, late = Sut(server, seed), Conduct(terms(server, seconds), server.slos, PACE), []
    while (wanted := conduct.wanted(sut.now)) is not None:
        late.append(sut.window(wanted.level, wanted.per_second))
        while late and late[0].end <= sut.now - 2.0:
            conduct.take(late.pop(0))
    return Found(conduct, server.capacity)


def row(name, found):
    """A line of the table."""
    widths = sorted(each.width for each in found)
    levels = sum(len(each.conduct.levels) for each in found)
    figures = {
        "runs": f"{len(found)}",
        "holds": f"{sum(each.holds for each in found) / len(found):.1%}",
        "width": f"{median(widths):.1%}",
        "95th": f"{widths[math.ceil(0.95 * len(found)) - 1]:.1%}",
        "seconds": f"{median(each.seconds for each in found):.0f}",
        "ratio": f"{median(each.ratio for each in found):.2f}",
        "false stops": f"{sum(each.false_stops for each in found) / levels:.2%}",
        "pairs overlap": f"{sum(one.overlaps(other) for one, other in pairwise(found)) / max(len(found) - 1, 1):.1%}",
    }
    return f"{name:16}" + "  ".join(f"{key} {value:>6}" for key, value in figures.items())


def campaign(runs, size, kinds=()):
    """The table, line by line."""
    for name, server in servers(size).items():
        if kinds and name not in kinds:
            continue
        found = [search(server, seed) for seed in range(runs)]
        line = row(name, found)
        if server.kind not in {"none", "generator"}:
            slower = [search(server.slower(0.1), 1000 + seed) for seed in range(runs)]
            apart = sum(not one.overlaps(other) for one, other in zip(found, slower, strict=True)) / runs
            line += f"  10% slower told apart {apart:6.1%}"
        yield line


if __name__ == "__main__":
    given = sys.argv[1:]
    for each in campaign(int(given[0]) if given else 200, float(given[1]) if given[1:] else 200, given[2:]):
        print(each, flush=True)  # noqa: T201 - it is run by hand
