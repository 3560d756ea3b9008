"""How a sandbox is set up."""

from dataclasses import dataclass
from typing import Final

DEFAULT_KEY: Final = "sandbox-key"


@dataclass(frozen=True, slots=True)
class Settings:
    """Durations in seconds, sizes in bytes."""

    api_keys: frozenset[str] = frozenset({DEFAULT_KEY})
    enabled: bool = True
    """The document's ENABLE_LIVE_STREAMING."""
    ttl: float = 120.0
    analysis_workers: int = 16
    agent_latency: float = 0.05
    """What one analysis keeps one worker busy for; workers / latency is the capacity in utterances a second."""
    request_delay: float = 0.0
    """Between a request's effect and its reply."""
    retention: float = 300.0
    """How long a session that is over can still be read."""
    heartbeat: float = 15.0
    max_body: int = 16 * 2**20
    seed: int = 0
    """Of the ids. Whoever serves a network draws it, so that a restarted sandbox does not repeat itself."""
