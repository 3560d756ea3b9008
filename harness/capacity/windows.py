"""The time course of a run, as the search looks at it."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from functools import reduce
from statistics import fmean
from typing import Final

from harness.capacity.window import Window
from harness.load.course.intervals import SECONDS, Interval, Intervals
from harness.load.course.spread import counts, figures, join
from harness.load.health.pulse import LAGS, SPAN
from harness.load.measures.slo import FLOORS
from harness.load.validity import BUSY, STARVED, lag_bound
from harness.report.results import duration
from harness.scenario.load import Slo

_SPAN: Final = round(SPAN / SECONDS + 0.5)
"""Intervals over which the generator's health is looked at: a short burst delays nobody for long."""


_PATIENCE: Final = 6.0
"""Seconds that a process may be late with what it has to tell."""


class Windows:
    """Each interval of a run's course, once it has been told by all processes, or one has kept quiet for too long."""

    def __init__(self, course: Intervals, slos: Iterable[Slo], processes: Callable[[], int]) -> None:
        """`processes` says how many there are."""
        self._course = course
        self._processes = processes
        self._slos = tuple(slos)
        self._until = 0.0
        self._recent: deque[Interval] = deque(maxlen=_SPAN)

    def fresh(self) -> Iterator[Window]:
        """Those that have come since this was last asked for, in the order of time."""
        intervals = [each for each in self._course if each.start >= self._until]
        for interval in intervals:
            if interval.processes < self._processes() and intervals[-1].end - interval.end < _PATIENCE:
                return
            self._until = interval.end
            self._recent.append(interval)
            yield Window(
                start=interval.start,
                length=interval.length,
                live=interval.live,
                started=interval.started,
                ended=interval.ended,
                chunks=interval.chunks,
                events=interval.events,
                failed=interval.failed,
                trouble=interval.trouble,
                broken=frozenset(interval.broken),
                times={name: counts(packed) for name, packed in interval.times.items()},
                ill="; ".join(self._ills()),
            )

    def _ills(self) -> Iterator[str]:
        """Why the generator may have been the limit lately, by the bounds of any load run."""
        newest = self._recent[-1]
        if newest.processes < (processes := self._processes()):
            yield f"{processes - newest.processes} of its {processes} processes told nothing"
        if lacking := sorted(why for why in newest.trouble if why.endswith(": exhausted")):
            yield f"it had no file descriptor or port left ({lacking[0]})"
        health = [interval.health for interval in self._recent if interval.health is not None]
        if len(health) == _SPAN:
            if (cpu := fmean(each.cpu for each in health)) >= BUSY:
                yield f"it used {cpu:.0%} of a core"
            if (waiting := fmean(each.waiting for each in health)) >= STARVED:
                yield f"it waited for a CPU {waiting:.0%} of the time"
        bound = lag_bound(self._slos)
        for name in LAGS:
            packed = [interval.times[name] for interval in self._recent if name in interval.times]
            if not packed:
                continue
            lag = figures(reduce(join, packed))
            statistic = "p99" if lag.count >= FLOORS["p99"] else "p95"
            if lag.count >= FLOORS["p95"] and (late := getattr(lag, statistic)) > bound:
                yield f"it was late by itself: {name}.{statistic} {duration(late)}, over {duration(bound)}"
