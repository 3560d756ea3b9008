"""Distributions of times, as HDR histograms."""

import math
from typing import Final

from hdrh.histogram import HdrHistogram

from harness.load.measures.times import HIGHEST, SECOND, Counts
from harness.report.run import Measure

_DIGITS: Final = 3


class Measures:
    """Histograms by the name of what they measure. Times come out in seconds."""

    def __init__(self) -> None:
        self._histograms: dict[str, HdrHistogram] = {}

    def add(self, counts: Counts) -> None:
        """Take in times, counted by their microseconds."""
        for name, by_value in counts.items():
            record = self._histogram(name).record_value
            for value, count in by_value.items():
                record(value, count)

    def count(self, name: str) -> int:
        """How many times were taken in."""
        histogram = self._histograms.get(name)
        return int(histogram.total_count) if histogram else 0

    def value(self, name: str, statistic: str) -> float:
        """`mean`, `max`, or a percentile such as `p99.9`, by nearest rank; 0 where there is none."""
        if not (count := self.count(name)):
            return 0.0
        histogram = self._histograms[name]
        if statistic == "mean":
            microseconds = histogram.get_mean_value()
        elif statistic == "max":
            microseconds = histogram.get_max_value()
        else:
            # By nearest rank: the library rounds to a rank, and so may name one sample too low.
            rank = math.ceil(float(statistic.removeprefix("p")) / 100 * count - 1e-9)
            microseconds = histogram.get_value_at_percentile(100 * rank / count)
        return float(microseconds) / SECOND

    def summary(self) -> list[Measure]:
        """Each distribution in a line, in the order of the names."""
        return [
            Measure(
                name=name,
                count=self.count(name),
                **{statistic: self.value(name, statistic) for statistic in ("mean", "p50", "p95", "p99", "max")},
            )
            for name in sorted(self._histograms)
        ]

    def _histogram(self, name: str) -> HdrHistogram:
        histogram = self._histograms.get(name)
        if histogram is None:
            histogram = self._histograms[name] = HdrHistogram(1, HIGHEST, _DIGITS)
        return histogram
