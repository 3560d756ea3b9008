"""Distributions of times, as HDR histograms: mergeable without loss over sessions, workers and stretches of a run."""

from collections.abc import Mapping
from typing import Final

from hdrh.histogram import HdrHistogram

from harness.load.measures.times import HIGHEST, SECOND, Counts
from harness.report.run import Measure

_DIGITS: Final = 3


class Measures:
    """Histograms by the name of what they measure. Times come out in seconds."""

    def __init__(self, digits: int = _DIGITS) -> None:
        """`digits` are those to which a time is kept; histograms of different ones don't merge."""
        self._digits = digits
        self._histograms: dict[str, HdrHistogram] = {}

    def add(self, counts: Counts) -> None:
        """Take in times, counted by their microseconds."""
        for name, by_value in counts.items():
            record = self._histogram(name).record_value
            for value, count in by_value.items():
                record(value, count)

    def merge(self, encoded: Mapping[str, bytes]) -> None:
        """Add what `encode` gave, here or in another process."""
        for name, blob in encoded.items():
            self._histogram(name).decode_and_add(blob)

    def encode(self) -> dict[str, bytes]:
        """All histograms in HdrHistogram's own compressed format (V2), base64."""
        return {name: histogram.encode() for name, histogram in self._histograms.items()}

    def count(self, name: str) -> int:
        """How many times were taken in."""
        return int(self._histogram(name).total_count)

    def value(self, name: str, statistic: str) -> float:
        """`mean`, `max`, or a percentile such as `p99.9`; 0 where there is none."""
        histogram = self._histogram(name)
        if statistic == "mean":
            microseconds = histogram.get_mean_value() if histogram.total_count else 0
        elif statistic == "max":
            microseconds = histogram.get_max_value()
        else:
            microseconds = histogram.get_value_at_percentile(float(statistic.removeprefix("p")))
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
            histogram = self._histograms[name] = HdrHistogram(1, HIGHEST, self._digits)
        return histogram
