"""A few seconds of a run, as the search sees them."""

from collections.abc import Mapping

import msgspec


class Window(msgspec.Struct, frozen=True, kw_only=True):
    """Of all processes together. What happened is in it, whenever it had begun."""

    start: float
    """Seconds since the run began."""
    length: float
    live: int = 0
    """Sessions in flight at its end."""
    started: int = 0
    ended: Mapping[str, int] = {}
    """Sessions by ending; `interrupted` are those that the search itself cut off."""
    chunks: int = 0
    """Accepted."""
    events: int = 0
    failed: int = 0
    """Requests that should have succeeded and did not."""
    trouble: Mapping[str, int] = {}
    """Why, such as `start: 503`."""
    broken: frozenset[str] = frozenset()
    """Requirements of which there were findings."""
    times: Mapping[str, Mapping[int, int]] = {}
    """By measure, how often about each number of microseconds came; each within 1%."""
    ill: str = ""
    """Why the generator was the limit in it; empty where it was not."""

    @property
    def end(self) -> float:
        """Seconds since the run began."""
        return self.start + self.length
