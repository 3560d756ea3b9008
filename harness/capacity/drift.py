"""Whether what is measured holds still, or grows without end.

Trends are told by ranks (Mann-Kendall) and medians of slopes (Theil-Sen), which a few outliers do not move.
"""

from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from harness.capacity.terms import Pace
from harness.capacity.window import Window
from harness.load.measures.slo import parted
from harness.load.measures.times import SECOND
from harness.report.results import duration
from harness.scenario.load import Slo

_FEWEST: Final = 6
"""Windows, for a trend."""
_MOST: Final = 60
"""Points of a series; of more, neighbours are joined: a trend is told no better by them, in the square of the time."""
_CERTAIN: Final = 1e-4
"""Of a trend that ends a level."""
_SUSPECT: Final = 1e-2
"""Of one that keeps a level from being called kept."""
_MATERIAL: Final = 0.4
"""Growth over what was seen, as a share of the SLO's bound, that ends a level."""
_SLIGHT: Final = 0.05
"""The same that keeps it from being called kept."""
_NOISE: Final = 4.0
"""Growth in terms of how the windows differ beside the trend."""
_STALLED: Final = 20.0
"""Chunks that should have been accepted meanwhile: one session alone may be silent for long."""
_SPREAD: Final = 1.4826
"""Standard deviations in a median of absolute deviations, of a normal distribution."""
_STEADY: Final = 1.3
_LATELY: Final = 4
"""Windows, by which settling is judged."""
_STILL: Final = 0.1

_Numbers = NDArray[np.float64]


class Growth(NamedTuple):
    """Of the lag or the ack time."""

    measure: str
    certain: bool
    """Whether it ends a level; else it only keeps it from being called kept."""
    words: str


class Drift:
    """Follows the medians of one level's windows."""

    def __init__(self, slos: Iterable[Slo], pace: Pace) -> None:
        """Without an SLO, lag is measured against two chunks."""
        self._bounds = {
            parted(slo.measure)[0]: slo.threshold.bound
            for slo in slos
            if slo.threshold.unit == "seconds" and slo.threshold.comparison in "<≤="
        }
        self._pace = pace
        self._times: list[float] = []
        self._chunks: list[float] = []
        self._medians: list[dict[str, float]] = []
        self._silent = self._missing = 0.0
        self._names: set[str] = set()
        self.growth: Growth | None = None
        """Of the measure that grows most surely. A stall counts as growth without end."""

    def take(self, window: Window) -> None:
        """The next window."""
        self._times.append(window.start + window.length / 2)
        self._chunks.append(window.chunks / window.length)
        grow = {name: counts for name, counts in window.times.items() if counts and _grows(name)}
        self._medians.append({name: _median(counts) for name, counts in grow.items()})
        self._names |= grow.keys()
        if window.chunks:
            self._silent = self._missing = 0.0
        else:
            self._silent += window.length
            self._missing += window.live * window.length * self._pace.chunks / max(self._pace.call, 1.0)
        self.growth = self._grown()

    @property
    def settled(self) -> bool:
        """Whether the last windows show no trend to speak of."""
        if len(self._times) < _LATELY:
            return True
        for name in self._names:
            times, values = self._series(name, _LATELY)
            if len(times) < _LATELY:
                continue
            ranked = stats.kendalltau(times, values)
            change = abs(float(values[-1] - values[0]))
            if abs(ranked.statistic) > 0.99 and change > _STILL * max(float(np.median(values)), self._bound(name)):
                return False
        return True

    @property
    def steady(self) -> bool:
        """Whether the last third is about as high as the first."""
        third = max(len(self._times) // 3, 1)
        series = [self._series(name)[1] for name in self._names]
        return all(np.median(values[-third:]) < _STEADY * np.median(values[:third]) for values in series)

    @property
    def backlog(self) -> float:
        """Seconds by which the slowest measure lagged lately."""
        return max((value for medians in self._medians[-3:] for value in medians.values()), default=0.0)

    def _grown(self) -> Growth | None:
        if self._missing >= _STALLED and self._silent >= max(2 * self._pace.interval, self._pace.longest / 4):
            return Growth("ack", certain=True, words=f"no chunk was accepted for {self._silent:.0f} s")
        found = [growth for name in sorted(self._names) if (growth := self._growth(name))]
        return max(found, key=lambda growth: growth.certain, default=None)

    def _growth(self, name: str) -> Growth | None:
        times, values = _joined(*self._series(name))
        if len(times) < _FEWEST or values[-1] <= values[0]:
            return None
        slope = _slope(times, values)
        growth = slope * (times[-1] - times[0])
        bound = self._bound(name)
        if growth < _SLIGHT * bound:
            return None
        half = len(times) // 2
        if min(_slope(times[:half], values[:half]), _slope(times[half:], values[half:])) <= slope / 4:
            return None  # a step, or it is over
        chance = float(stats.kendalltau(times, values, alternative="greater").pvalue)
        if chance > _SUSPECT or self._throughput_grows:
            return None
        rest = values - slope * times
        noise = _SPREAD * float(np.median(np.abs(rest - np.median(rest))))
        certain = bool(chance < _CERTAIN and growth >= max(_MATERIAL * bound, _NOISE * noise))
        words = f"{name} grew by {duration(float(growth))} in {times[-1] - times[0]:.0f} s, without end"
        return Growth(name, certain, words)

    @property
    def _throughput_grows(self) -> bool:
        """Then lag may grow with the load."""
        times, chunks = _joined(np.array(self._times), np.array(self._chunks))
        ranked = stats.kendalltau(times, chunks, alternative="greater")
        quarter = max(len(chunks) // 4, 1)
        more = float(np.mean(chunks[-quarter:])) / max(float(np.mean(chunks[:quarter])), 1e-9)
        return bool(ranked.pvalue < _SUSPECT and more > 1 + _STILL)

    def _series(self, name: str, last: int = 0) -> tuple[_Numbers, _Numbers]:
        """Times and medians of the windows that have one."""
        pairs = [(at, each[name]) for at, each in zip(self._times, self._medians, strict=True) if name in each]
        times, values = np.array(pairs[-last:]).reshape(-1, 2).T
        return times, values

    def _bound(self, name: str) -> float:
        return self._bounds.get(name, 2 * max(self._pace.interval, 0.5))


def _grows(name: str) -> bool:
    return name == "ack" or name.startswith("lag.")


def _joined(times: _Numbers, values: _Numbers) -> tuple[_Numbers, _Numbers]:
    """Neighbours two by two, until they are few enough; of an odd number, the oldest is left out."""
    while len(times) > _MOST:
        odd = len(times) % 2
        times, values = times[odd:].reshape(-1, 2).mean(axis=1), values[odd:].reshape(-1, 2).mean(axis=1)
    return times, values


def _slope(times: _Numbers, values: _Numbers) -> float:
    return float(stats.theilslopes(values, times)[0])


def _median(counts: Mapping[int, int]) -> float:
    """In seconds."""
    times = sorted(counts)
    ranks = np.cumsum([counts[time] for time in times])
    return times[int(np.searchsorted(ranks, (ranks[-1] + 1) // 2))] / SECOND
