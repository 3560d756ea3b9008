"""A run as it can be seen while it lasts: what its processes tell every few seconds, put together."""

import time
from collections import deque
from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

from harness.load.course.glimpse import NEWEST, Glimpse, News
from harness.load.course.intervals import Interval, Intervals
from harness.load.course.spread import add, counts, figures
from harness.load.measures.histograms import Measures
from harness.load.measures.slo import evaluate
from harness.oracle.assessment import Assessment
from harness.oracle.checks import CHECKED
from harness.oracle.verdicts import Verdict
from harness.report.axis import clock
from harness.report.course import Figures
from harness.report.run import SloResult
from harness.scenario.load import Slo


class Conclusion(NamedTuple):
    """What became of a run."""

    outcome: str
    """The exit code in words."""
    headline: str
    folder: str = ""
    """The report's; empty where there is none."""
    slos: Sequence[SloResult] = ()


class Watch:
    """Of one run, where its report is made."""

    def __init__(
        self,
        name: str,
        seconds: float | None,
        assess: Callable[[], Assessment],
        slos: Sequence[Slo] = (),
        warm_up: float = 0.0,
    ) -> None:
        """`seconds` is how long it is to last, where that is known; `assess` gives what is known of its sessions."""
        self.name: Final = name
        self.seconds: Final = seconds
        self.slos: Final = slos
        self.warm_up: Final = warm_up
        self.conclusion: Conclusion | None = None
        """Once there is one."""
        self.conducted: Callable[[], dict[str, str]] = dict
        """How it stands with whoever conducts the run, by what it is about."""
        self.course: Final = Intervals()
        self.news: Final[deque[News]] = deque(maxlen=NEWEST)
        """The newest last."""
        self.findings = 0
        self.broken: Final[set[str]] = set()
        """Requirements, also of sessions that are not over yet."""
        self.assess = assess
        self._began: float | None = None
        self._ended: float | None = None
        self._times: dict[str, bytes] = {}

    def begin(self, elapsed: float) -> None:
        """The run is under way, for so many seconds."""
        self._began = time.monotonic() - elapsed

    def take(self, glimpse: Glimpse) -> None:
        """Take in what a process tells."""
        self.course.add(glimpse.interval)
        self.findings += glimpse.interval.findings
        self.broken.update(glimpse.interval.broken)
        self.news.extend(glimpse.news)
        add(self._times, glimpse.interval.times)

    def end(self) -> None:
        """The run is over."""
        last = self.assess()
        self.assess = lambda: last
        self._ended = time.monotonic()

    @property
    def is_over(self) -> bool:
        """Whether nothing more is to come."""
        return self._ended is not None

    @property
    def elapsed(self) -> float:
        """Seconds of the run so far."""
        return 0.0 if self._began is None else (self._ended or time.monotonic()) - self._began

    @property
    def time(self) -> str:
        """`1:20 of 5:00`; without its length where that is not known, and with the end of the warm-up before that."""
        warming = f", warming up until {clock(self.warm_up)}" if self.elapsed < self.warm_up else ""
        return clock(self.elapsed) + (f" of {clock(self.seconds)}" if self.seconds else "") + warming

    @property
    def newest(self) -> Interval:
        """What happened last; nothing at all, if nobody has told of anything yet."""
        return self.course.newest or Interval(start=0, length=0)

    def figures(self) -> dict[str, Figures]:
        """How the times of the whole run spread, by measure, in the order of their names."""
        return {name: figures(packed) for name, packed in sorted(self._times.items())}

    def held(self, assessment: Assessment) -> list[SloResult]:
        """The SLOs, held against what was measured so far; times within 1%."""
        measures = Measures()
        for name, packed in self._times.items():
            if any(slo.measure.startswith(f"{name}.") for slo in self.slos):
                measures.add({name: counts(packed)})
        return evaluate(self.slos, measures, assessment)


def standing(watch: Watch, assessment: Assessment) -> str:
    """The verdict so far, in words."""
    if broken := watch.broken.union(assessment.broken):
        return f"broken so far: {', '.join(sorted(broken))}"
    exercised = sum(assessment.verdict(requirement) is Verdict.PASS for requirement in CHECKED)
    return f"nothing broken so far; {exercised} of {len(CHECKED)} requirements exercised"
