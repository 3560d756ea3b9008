"""Windows added up, as a level tells them."""

from collections import Counter
from collections.abc import Sequence
from typing import TypedDict

from harness.capacity.window import Window
from harness.load.course.spread import figures, pack
from harness.report.course import Figures


class Tally(TypedDict):
    """Fields of a `Level`; rates are a second."""

    live: float
    chunks: float
    events: float
    failed: float
    trouble: dict[str, int]
    sessions: dict[str, int]
    figures: dict[str, Figures]


def tally(windows: Sequence[Window]) -> Tally:
    """Of all of them together."""
    seconds = sum(window.length for window in windows) or 1.0
    ended: Counter[str] = Counter()
    trouble: Counter[str] = Counter()
    times: dict[str, Counter[int]] = {}
    for window in windows:
        ended.update(window.ended)
        trouble.update(window.trouble)
        for name, counts in window.times.items():
            times.setdefault(name, Counter()).update(counts)
    return Tally(
        live=sum(window.live * window.length for window in windows) / seconds,
        chunks=sum(window.chunks for window in windows) / seconds,
        events=sum(window.events for window in windows) / seconds,
        failed=sum(window.failed for window in windows) / seconds,
        trouble=dict(trouble),
        sessions=dict(ended),
        figures={name: figures(pack(counts)) for name, counts in sorted(times.items()) if counts},
    )
