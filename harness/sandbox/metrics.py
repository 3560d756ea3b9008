"""What `/metrics` shows: "exposes events counters and average agent latency" (Production Notes)."""

from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Summary, disable_created_metrics, generate_latest

from harness.contract.messages import EVENT_NAMES

# They tell the machine's time, and the service lives in the time that it is told.
disable_created_metrics()  # type: ignore[no-untyped-call]  # the one function that prometheus-client left untyped

CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"


class Metrics:
    """The counters of one service, in a registry of their own."""

    def __init__(self) -> None:
        self._registry = registry = CollectorRegistry()
        self._events = Counter(
            "live_events",
            "Events handed to consumers' streams; one that is replayed to the next consumer counts again.",
            ["event"],
            registry=registry,
        )
        for name in EVENT_NAMES:
            self._events.labels(name)  # shown from the start, at 0
        self._started = Counter("live_sessions_started", "Sessions started.", registry=registry)
        self._active = Gauge("live_sessions_active", "Sessions that are not over.", registry=registry)
        self._ended = Counter("live_sessions_ended", "Sessions that are over.", ["cause"], registry=registry)
        self._chunks = Counter("live_chunks", "Well-formed chunks.", ["outcome"], registry=registry)
        self._bytes = Counter("live_chunk_bytes", "Audio bytes of those chunks.", ["outcome"], registry=registry)
        self._latency = Summary(
            "live_agent_latency_seconds", "From an utterance's end being heard to its results.", registry=registry
        )

    def delivered(self, event: str) -> None:
        """An event was handed to a consumer's stream."""
        self._events.labels(event).inc()

    def started(self) -> None:
        """A session began."""
        self._started.inc()
        self._active.inc()

    def ended(self, cause: str) -> None:
        """A session is over: done, cancelled, expired or unsupported_audio."""
        self._ended.labels(cause).inc()
        self._active.dec()

    def chunk(self, outcome: str, size: int) -> None:
        """A well-formed chunk was accepted, a duplicate, or refused."""
        self._chunks.labels(outcome).inc()
        self._bytes.labels(outcome).inc(size)

    def analysed(self, seconds: float) -> None:
        """An agent has finished with an utterance, so long after it was heard."""
        self._latency.observe(seconds)

    def exposition(self) -> bytes:
        """The Prometheus text format."""
        return generate_latest(self._registry)
