"""What a process of a run has to tell every few seconds, while its sessions run."""

import math
from collections import Counter, deque
from collections.abc import Iterator
from typing import Final

import msgspec

from harness.history.observations import Ended
from harness.load.course.intervals import SECONDS, Interval
from harness.load.course.spread import add, pack
from harness.load.measures.counting import Counting
from harness.load.measures.times import Counts
from harness.oracle.judge import Finding
from harness.report.course import Health
from harness.report.evidence import clean

NEWEST: Final = 10
"""Findings that are told of at a time, and shown."""
_LONGEST: Final = 300
"""Characters of a text: it stands in a table."""


class News(msgspec.Struct, frozen=True):
    """A finding, in brief. All text is clean."""

    requirement: str
    session: str
    expected: str
    happened: str


class Glimpse(msgspec.Struct):
    """A few seconds of one process."""

    interval: Interval
    news: list[News]
    """The newest of the findings, the very newest last."""


class Lookout:
    """Keeps a process's sessions in sight."""

    def __init__(self) -> None:
        self.counting: Final = Counting()
        self._times: dict[str, bytes] = {}
        self._until = 0.0
        self._live = self._started = self._findings = 0
        self._ended: Counter[str] = Counter()
        self._broken: set[str] = set()
        self._news: deque[News] = deque(maxlen=NEWEST)

    def begin(self, elapsed: float) -> None:
        """The run has lasted so many seconds: of the time before, this process has nothing to tell."""
        self._until = math.floor(elapsed / SECONDS) * SECONDS

    def opened(self) -> None:
        """A session begins."""
        self._live += 1
        self._started += 1

    def closed(self, ended: Ended | None) -> None:
        """A session is over; None where it could not even begin."""
        self._live -= 1
        if ended is not None:
            self._ended[ended.ending] += 1

    def found(self, finding: Finding) -> None:
        """A session broke a requirement, for the first time."""
        self._findings += 1
        self._broken.add(finding.requirement)
        words = (clean(text, _LONGEST) for text in (finding.session, finding.expected, finding.happened))
        self._news.append(News(finding.requirement, *words))

    def measured(self, times: Counts) -> None:
        """Times that were taken, by measure."""
        add(self._times, {name: pack(counts) for name, counts in times.items()})

    def glimpses(self, until: float, health: Health | None) -> Iterator[Glimpse]:
        """The time since the last one, up to `until` (seconds of the run, a multiple of an interval's).

        Most often it is one interval. Those that this process was too late to tell of are empty: what it took in
        meanwhile, it took in now.
        """
        while self._until + SECONDS < until:
            missed = Interval(start=self._until, length=SECONDS, live=self._live)
            self._until += SECONDS
            yield Glimpse(missed, [])
        counted = self.counting.take()
        interval = Interval(
            start=self._until,
            length=SECONDS,
            live=self._live,
            started=self._started,
            ended=dict(self._ended),
            chunks=counted.chunks,
            events=counted.events,
            failed=counted.failed,
            trouble=counted.trouble,
            findings=self._findings,
            broken=sorted(self._broken),
            health=health,
            times=self._times,
        )
        glimpse = Glimpse(interval, list(self._news))
        self._until += SECONDS
        self._started, self._findings, self._times = 0, 0, {}
        self._ended.clear()
        self._broken.clear()
        self._news.clear()
        yield glimpse
