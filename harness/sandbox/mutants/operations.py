"""Mutants whose metrics are missing, or do not tell the truth."""

import math

from harness.sandbox import metrics
from harness.sandbox.exchange import Served, refuse
from harness.sandbox.registry import mutant
from harness.sandbox.service import Service


def _without(service: Service, family: str) -> Served:
    """The metrics, less one family."""
    lines = service.metrics.exposition().splitlines(keepends=True)
    kept = b"".join(line for line in lines if family.encode() not in line)
    return Served(200, [("Content-Type", metrics.CONTENT_TYPE)], kept)


@mutant("metrics-missing", trips=("OPS-1",))
class MetricsMissing(Service):
    """There is nothing at `/metrics`."""

    def show_metrics(self) -> Served:
        refuse("unknown_path", "there is nothing here")


@mutant("metrics-without-events", trips=("OPS-1",))
class MetricsWithoutEvents(Service):
    """The metrics count no events."""

    def show_metrics(self) -> Served:
        return _without(self, "live_events")


@mutant("metrics-without-latency", trips=("OPS-1",))
class MetricsWithoutLatency(Service):
    """The metrics say nothing of the agents' latency."""

    def show_metrics(self) -> Served:
        return _without(self, "live_agent_latency")


@mutant("latency-not-a-number", trips=("OPS-1",))
class LatencyNotANumber(Service):
    """The agents' latency is NaN from the first utterance on."""

    def measure_latency(self, seconds: float) -> None:
        super().measure_latency(seconds * math.nan)


@mutant("latency-never-measured", trips=("OPS-1",))
class LatencyNeverMeasured(Service):
    """The agents bring results, and the average latency stays that of none."""

    def measure_latency(self, seconds: float) -> None:
        pass


@mutant("counters-frozen", trips=("OPS-2",))
class CountersFrozen(Service):
    """The counters of events never move."""

    def count_event(self, name: str) -> None:
        pass


@mutant("counters-double", trips=("OPS-2",))
class CountersDouble(Service):
    """Each event counts twice."""

    def count_event(self, name: str) -> None:
        super().count_event(name)
        super().count_event(name)


@mutant("counters-transcripts-only", trips=("OPS-2",))
class CountersTranscriptsOnly(Service):
    """Only transcripts are counted."""

    def count_event(self, name: str) -> None:
        if name == "final_transcript":
            super().count_event(name)


@mutant("counters-lose-some", trips=("OPS-2",))
class CountersLoseSome(Service):
    """The first emotion event of the server's life is not counted."""

    lost = False

    def count_event(self, name: str) -> None:
        if name == "emotion" and not self.lost:
            self.lost = True
        else:
            super().count_event(name)


@mutant("disabled-starts-anyway", trips=("AVAIL-1",))
class DisabledStartsAnyway(Service):
    """Live capture is switched off, and sessions start all the same."""

    def is_enabled(self, endpoint: str) -> bool:
        return endpoint == "start" or super().is_enabled(endpoint)
