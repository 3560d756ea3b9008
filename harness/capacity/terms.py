"""What a search is to find out, and what it may take for that."""

import msgspec

from harness.report.certificate import Unit


class Terms(msgspec.Struct, frozen=True, kw_only=True):
    """Of one search."""

    unit: Unit = "sessions"
    first: float = 8
    """The level to begin at."""
    most: float = 9000
    """The level beyond which nobody wants to know."""
    precision: float = 0.05
    """So wide may the interval be, as a share of its middle."""
    confidence: float = 0.95
    seconds: float = 600.0
    """For the whole search; when they are over, the interval is what it is then."""
    hold: float | None = None
    """Seconds that a level is held at most; None is what the percentiles asked for need, and whole sessions last."""


class Pace(msgspec.Struct, frozen=True, kw_only=True):
    """What one session of the workload does, on average over its mix."""

    call: float
    """Seconds that a whole session lasts, where the API is fast."""
    longest: float
    """The same of the longest one."""
    chunks: float
    """A session."""
    interval: float
    """Seconds between two chunks, at most."""
