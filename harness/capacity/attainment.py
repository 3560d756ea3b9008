"""How an SLO fares at a level, as far as the samples tell.

`ack.p99 < 500ms` claims that at least 99% of the acks come within 500 ms: a share, and so Wilson's interval bounds it.
The samples of a queue resemble their neighbours, and count for as many as their spread over the windows makes them
worth (the design effect of Rao and Scott). A claim is kept once the lower bound reaches it, missed once the upper bound
falls short of it, and open between the two.

`session.success` is the exception: to show 99.5% with certainty would take 1,400 sessions without a failure. It is
missed with certainty, and kept where the sessions that ended keep it, once these are half a generation or a few.
"""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np

from harness.capacity.shares import bounds, reach
from harness.capacity.window import Window
from harness.history.observations import AS_PLANNED
from harness.load.measures.slo import FLOORS, holds, in_words, parted
from harness.load.measures.times import SECOND
from harness.report.certificate import Attainment
from harness.report.proportion import wilson
from harness.scenario.load import Slo

_ENOUGH: Final = 20
"""Sessions that ended, or half of those in flight, where these are fewer."""


def attain(slo: Slo, windows: Sequence[Window], tail: float, *, call: float, among: int = 1) -> Attainment:
    """What the windows tell. `tail` is the probability with which either bound may be wrong; `call` lasts a session.

    It is missed with a probability of error that it shares `among` so many SLOs.
    """
    if slo.measure == "findings":
        broken = sorted(frozenset().union(*(window.broken for window in windows)))
        return _told(slo, value=len(broken), met=not broken if windows else None, why=", ".join(broken))
    if slo.measure == "session.success":
        return _success(slo, windows, tail / among, call)
    by = _mean if parted(slo.measure)[1] == "mean" else _share
    return by(slo, windows, tail, among)


def by_far(missed: Attainment) -> bool:
    """Whether an SLO is missed by a quarter of its bound, or twice as often as it allows."""
    if missed.value is None or missed.measure == "findings":
        return True
    if missed.measure == "session.success":
        return 1 - missed.value > 2 * (1 - missed.bound)
    return abs(missed.value - missed.bound) > missed.bound / 4


def _success(slo: Slo, windows: Sequence[Window], tail: float, call: float) -> Attainment:
    """Sessions that are cut off say nothing, and those that fail end before others do that began with them.

    So failures are held against as many sessions as were lived through, where those that ended are fewer.
    """
    ends = [{ending: count for ending, count in window.ended.items() if ending != "interrupted"} for window in windows]
    all_ = np.array([sum(each.values()) for each in ends], float)
    good = np.array([sum(each.get(ending, 0) for ending in AS_PLANNED) for each in ends], float)
    ended, kept = int(all_.sum()), int(good.sum())
    if not ended:
        return _told(slo, why="no session came to its end")
    lived = sum(window.live * window.length for window in windows) / call
    failed = ended - kept
    among = max(float(ended), failed + lived)
    interval = bounds(all_, good, tail)
    _, most = wilson(1 - failed / among, among * interval.effective / ended, interval.quantile)
    met = None
    if failed and not holds(slo.threshold, most):
        met = False
    enough = min(max(window.live for window in windows) / 2, _ENOUGH)
    if met is None and holds(slo.threshold, kept / ended) and ended >= enough:
        met = True
    why = f"{kept:,} of {ended:,} sessions" + (f"; {math.ceil(enough)} must have ended" if ended < enough else "")
    return _told(slo, kept / ended, (interval.low, interval.high), ended, interval.effective, met=met, why=why)


def _mean(slo: Slo, windows: Sequence[Window], tail: float, among: int) -> Attainment:
    """A sum over a count, both of which the windows tell."""
    name, _ = parted(slo.measure)
    times = [window.times[name] for window in windows if window.times.get(name)]
    sums = np.array([sum(time * n for time, n in each.items()) for each in times], float) / SECOND
    counts = np.array([sum(each.values()) for each in times], float)
    samples = int(counts.sum())
    if len(times) < 2:
        return _told(slo, samples=samples, why="too little was measured")
    value = float(sums.sum() / samples)
    half, surely = (reach(sums - value * counts, each) / samples for each in (tail, tail / among))
    low, high = value - half, value + half
    met = None
    if not any(holds(slo.threshold, end) for end in (value - surely, value + surely)):
        met = False
    elif all(holds(slo.threshold, end) for end in (low, high)):
        met = True
    return _told(slo, value, (low, high), samples, len(times), met=met, why=f"means of {len(times)} windows")


def _share(slo: Slo, windows: Sequence[Window], tail: float, among: int) -> Attainment:
    name, statistic = parted(slo.measure)
    times = [window.times[name] for window in windows if window.times.get(name)]
    if not times:
        return _told(slo, why="nothing was measured")
    all_ = np.array([sum(each.values()) for each in times], float)
    good = np.array(
        [sum(count for time, count in each.items() if holds(slo.threshold, time / SECOND)) for each in times], float
    )
    samples, kept = int(all_.sum()), int(good.sum())
    pooled = _Pooled(times)
    if statistic == "max":
        return _told(slo, pooled.at(1.0), None, samples, samples, met=kept == samples, why=f"{samples - kept:,} over")
    rank = float(statistic.removeprefix("p")) / 100
    target = rank if slo.threshold.comparison in "<≤=" else 1 - rank
    interval = bounds(all_, good, tail)
    floor = FLOORS.get(statistic, 1)
    met = None
    if bounds(all_, good, tail / among).high < target:
        met = False
    elif interval.low >= target and samples >= floor:
        met = True
    why = f"{kept:,} of {samples:,} within it" + (f"; {statistic} needs {floor:,}" if samples < floor else "")
    low, high = wilson(rank, interval.effective, interval.quantile)
    spread = (pooled.at(low), pooled.at(high)) if high * samples < samples - 1 else None
    return _told(slo, pooled.at(rank), spread, samples, interval.effective, met=met, why=why)


class _Pooled:
    """Times of several windows."""

    def __init__(self, times: Sequence[Mapping[int, int]]) -> None:
        counts: Counter[int] = Counter()
        for each in times:
            counts.update(each)
        self._times = sorted(counts)
        self._ranks = np.cumsum([counts[time] for time in self._times])

    def at(self, share: float) -> float:
        """The percentile, by nearest rank, in seconds."""
        rank = max(math.ceil(share * self._ranks[-1] - 1e-9), 1)
        return self._times[int(np.searchsorted(self._ranks, rank))] / SECOND


def _told(
    slo: Slo,
    value: float | None = None,
    spread: tuple[float, float] | None = None,
    samples: int = 0,
    effective: float = 0.0,
    *,
    met: bool | None = None,
    why: str = "",
) -> Attainment:
    low, high = spread or (None, None)
    return Attainment(
        measure=slo.measure,
        threshold=in_words(slo.threshold),
        bound=slo.threshold.bound,
        value=value,
        low=low,
        high=high,
        samples=samples,
        effective=effective,
        met=met,
        why=why,
    )
