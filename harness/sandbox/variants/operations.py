"""Variants whose metrics look otherwise: the document names neither their format nor their names."""

from collections import Counter
from collections.abc import Callable
from typing import ClassVar

from harness.sandbox.audio.listener import Listener
from harness.sandbox.exchange import Served, json_reply, text_reply
from harness.sandbox.registry import variant
from harness.sandbox.service import Service
from harness.sandbox.session import Session
from harness.sandbox.settings import Settings


class _OwnMetrics(Service):
    """Counts by itself: each event where it arises, whoever listens."""

    def __init__(self, settings: Settings, listener_factory: Callable[[], Listener] = Listener) -> None:
        super().__init__(settings, listener_factory)
        self.emitted: Counter[tuple[str, str]] = Counter()
        self.latencies: list[float] = []

    def emit(self, session: Session, name: str, payload: object) -> None:
        self.emitted[session.id, name] += 1
        super().emit(session, name, payload)

    def measure_latency(self, seconds: float) -> None:
        self.latencies.append(seconds)

    @property
    def average(self) -> float:
        """Seconds."""
        return sum(self.latencies) / len(self.latencies) if self.latencies else 0.0

    @property
    def by_name(self) -> Counter[str]:
        """Events of all sessions."""
        counts: Counter[str] = Counter()
        for (_, name), count in self.emitted.items():
            counts[name] += count
        return counts


@variant("metrics-json")
class MetricsJson(_OwnMetrics):
    """The metrics are JSON."""

    def show_metrics(self) -> Served:
        return json_reply({"events": dict(self.by_name), "agents": {"avgLatencyMs": self.average * 1000}})


@variant("metrics-openmetrics")
class MetricsOpenMetrics(_OwnMetrics):
    """The metrics are OpenMetrics, with an exemplar and the moment at which each counter began."""

    def show_metrics(self) -> Served:
        lines = ["# TYPE events counter"]
        for name, count in self.by_name.items():
            lines += [
                f'events_total{{type="{name}"}} {count} # {{trace="a"}} 1.0',
                f'events_created{{type="{name}"}} 1e9',
            ]
        lines += ["# TYPE agent_seconds histogram", f'agent_seconds_bucket{{le="+Inf"}} {len(self.latencies)}']
        lines += [f"agent_seconds_count {len(self.latencies)}", f"agent_seconds_sum {sum(self.latencies)}", "# EOF", ""]
        served = text_reply("\n".join(lines))
        served.headers = [("Content-Type", "application/openmetrics-text; version=1.0.0; charset=utf-8")]
        return served


@variant("metrics-total")
class MetricsTotal(_OwnMetrics):
    """One counter for all events, untyped, with the heartbeats among them; a gauge of the average latency."""

    def show_metrics(self) -> Served:
        return text_reply(f"live_events_total {self.emitted.total() + 2}\nagent_latency_avg_ms {self.average * 1000}\n")


@variant("metrics-per-session")
class MetricsPerSession(_OwnMetrics):
    """Counters are labelled by session as well, and the latency is labelled by agent, of which one never ran."""

    def show_metrics(self) -> Served:
        lines = ["# TYPE sse_events_total counter"]
        for (session_id, name), count in self.emitted.items():
            lines.append(f'sse_events_total{{session="{session_id}",event="{name}"}} {count}')
        lines += ["# TYPE agent_latency_seconds gauge", 'agent_latency_seconds{agent="moment"} NaN']
        lines += [f'agent_latency_seconds{{agent="emotion"}} {self.average}', ""]
        return text_reply("\n".join(lines))


@variant("metrics-by-name")
class MetricsByName(_OwnMetrics):
    """A counter for each kind of result, whose name speaks of no event; what tells of the session is not counted."""

    def show_metrics(self) -> Served:
        lines = ["# TYPE transcripts counter", f"transcripts_total {self.by_name['final_transcript']}"]
        lines += ["# TYPE emotions counter", f"emotions_total {self.by_name['emotion']}", ""]
        return text_reply("\n".join([*lines[:-1], "# TYPE agent_latency summary", *self._summary(), ""]))

    def _summary(self) -> list[str]:
        return [f"agent_latency_count {len(self.latencies)}", f"agent_latency_sum {sum(self.latencies)}"]


@variant("metrics-of-agents")
class MetricsOfAgents(_OwnMetrics):
    """Events are counted by the agents that bring them, some of which bear names of their own."""

    agents = {"final_transcript": "asr", "summary_update": "recap", "moment": "moments", "transition": "shifts"}  # noqa: RUF012 - never changed

    def show_metrics(self) -> Served:
        results = self.by_name.items() - {(name, self.by_name[name]) for name in ("status", "error", "done")}
        events = {self.agents.get(name, name): count for name, count in results}
        lines = [f'agent_events_total{{agent="{agent}"}} {count}' for agent, count in events.items()]
        return text_reply("\n".join([*lines, f"agent_latency_p50 {self.average}", ""]))


@variant("artifacts-elsewhere")
class ArtifactsElsewhere(Service):
    """The artifacts lie in a store at another origin."""

    def encode(self, name: str, payload: object) -> bytes:
        data = super().encode(name, payload)
        return data.replace(b'"/analyze/live/', b'"https://store.invalid/') if name == "done" else data


@variant("disabled-is-not-there")
class DisabledIsNotThere(Service):
    """While live capture is switched off, nothing of it is there."""

    statuses: ClassVar[dict[str, int]] = Service.statuses | {"live_disabled": 404}
