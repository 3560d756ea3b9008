"""Between which figures the true one lies, by how a run's time course varies.

The times of a queue resemble their neighbours: the thousand samples of one slow second are worth a few. So the error of
a share (of times beyond a percentile, of sessions that failed) is taken from batches, stretches of the run (Law,
Simulation Modeling and Analysis, 9.5.3; for percentiles by the share beyond them, as Heidelberger and Lewis, 1984).
Batches shorter than what lasts in the API look independent and are not: of several lengths, the largest error counts.
"""

import math
from collections.abc import Iterable, Sequence
from typing import Final

import numpy as np
from msgspec import structs

from harness.history.observations import AS_PLANNED
from harness.load.course.intervals import Interval
from harness.load.course.spread import counts, longer
from harness.load.measures.histograms import Measures
from harness.load.measures.slo import parted
from harness.load.measures.times import SECOND
from harness.report.proportion import Z, wilson
from harness.report.run import SloResult

_SLICES: Final = 8
"""Fewer tell too little of how they vary."""
_BATCHES: Final = 4
"""So few, and so long, are the longest: what lasts for more than a quarter of a run can't be seen in it."""

_Bounds = tuple[float | None, float | None]
_Ratios = Sequence[tuple[float, float]]
"""Of each stretch of a run: how many (or how much), of how many."""


def bounded(
    results: Iterable[SloResult], measures: Measures, course: Iterable[Interval], warm_up: float = 0.0
) -> list[SloResult]:
    """The same with bounds within which each figure lies with 95% confidence, where the run was long enough to tell."""
    counted = [each for each in course if each.start >= warm_up]
    return [_bounded(each, measures, counted) for each in results]


def _bounded(result: SloResult, measures: Measures, course: Sequence[Interval]) -> SloResult:
    name, statistic = parted(result.measure)
    if result.figure is None or result.measure == "findings" or statistic == "max":
        return result  # a maximum is a matter of chance, and findings are counted, not sampled
    low: float | None
    high: float | None
    packed = [each.times[name] for each in course if name in each.times]
    if result.measure == "session.success":
        low, high = _of_success(result.figure, course)
    elif statistic == "mean":
        low, high = _of_mean(result.figure, packed)
    else:
        low, high = _of_percentile(name, float(statistic.removeprefix("p")) / 100, measures, packed)
    return structs.replace(result, low=low, high=high)


def _of_percentile(name: str, rank: float, measures: Measures, packed: Sequence[bytes]) -> _Bounds:
    """The times of two ranks: between them, by the error of its own rank, the percentile lies."""
    value = measures.value(name, f"p{100 * rank}")
    parts = [longer(one, round(value * SECOND)) for one in packed]
    reach = error(parts)
    if reach is None:
        return None, None
    spread = math.sqrt(rank * (1 - rank))
    independent = Z * spread / math.sqrt(measures.count(name))
    # Of times that are much alike, more are as long as the percentile than lie beyond it.
    share = sum(count for count, _ in parts) / sum(of for _, of in parts)
    actual = math.sqrt(share * (1 - share))
    reach = max(independent, reach * spread / actual if actual else 0.0)
    low = measures.value(name, f"p{100 * max(rank - reach, 0.0)}")
    return low, measures.value(name, f"p{100 * (rank + reach)}") if rank + reach < 1 else None


def _of_mean(mean: float, packed: Sequence[bytes]) -> _Bounds:
    each = [counts(one) for one in packed]
    reach = error([(sum(time * n for time, n in one.items()), sum(one.values())) for one in each])
    return (None, None) if reach is None else (max(mean - reach / SECOND, 0.0), mean + reach / SECOND)


def _of_success(share: float, course: Sequence[Interval]) -> _Bounds:
    """Wilson's interval, of as many independent sessions as those that ended are worth."""
    ended = [{ending: n for ending, n in each.ended.items() if ending != "interrupted"} for each in course]
    parts = [(sum(n for ending, n in each.items() if ending in AS_PLANNED), sum(each.values())) for each in ended]
    reach, count = error(parts), sum(of for _, of in parts)
    if reach is None:
        return None, None
    worth = min(count, share * (1 - share) * (Z / reach) ** 2) if reach and 0 < share < 1 else count
    return wilson(share, worth)


def error(parts: _Ratios) -> float | None:
    """Half the width of the 95% interval of a ratio over all parts, in the order of time; None where they are few."""
    told = np.array([part for part in parts if part[1]], float).reshape(-1, 2)
    if len(told) < _SLICES:
        return None
    left = told[:, 0] - told[:, 0].sum() / told[:, 1].sum() * told[:, 1]
    reach, length = 0.0, 1
    while (batches := len(told) // length) >= _BATCHES:
        # Those of the end that fill no batch belong to the last one.
        sums = np.add.reduceat(left, np.arange(batches) * length)
        deviation = math.sqrt(float(sums @ sums) * batches / (batches - 1)) / told[:, 1].sum()
        reach = max(reach, _student(batches - 1) * deviation)
        length *= 2
    return reach


def _student(freedom: int) -> float:
    """The quantile of Student's t for 95% (Abramowitz and Stegun, 26.7.5)."""
    return Z + (Z**3 + Z) / (4 * freedom) + (5 * Z**5 + 16 * Z**3 + 3 * Z) / (96 * freedom**2)
