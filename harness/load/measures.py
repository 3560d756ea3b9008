"""Distributions of times, as HDR histograms: mergeable without loss over sessions, workers and runs."""

from collections.abc import Mapping
from typing import Final

from hdrh.histogram import HdrHistogram

from harness.report.run import Measure

_MICROSECONDS: Final = 1e6
_HIGHEST: Final = 3_600_000_000
"""An hour; a longer time is recorded as one of an hour."""
_DIGITS: Final = 3


class Measures:
    """Histograms by the name of what they measure. Times go in, and come out, in seconds."""

    def __init__(self) -> None:
        self._histograms: dict[str, HdrHistogram] = {}

    def record(self, name: str, seconds: float) -> None:
        """Take in one time; none is shorter than a microsecond."""
        self._histogram(name).record_value(min(max(int(seconds * _MICROSECONDS), 1), _HIGHEST))

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
        return float(microseconds) / _MICROSECONDS

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
            histogram = self._histograms[name] = HdrHistogram(1, _HIGHEST, _DIGITS)
        return histogram
