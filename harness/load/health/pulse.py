"""How a process fares as a generator of load: whether it had a core when it needed one, and was there on time."""

import time
from collections import deque
from typing import Final

import gevent
import msgspec

from harness.load.health.collector import Collector
from harness.load.health.vitals import Vitals
from harness.load.measures.histograms import Measures
from harness.load.measures.slo import FLOORS
from harness.load.measures.times import Counts, Times
from harness.report import course

LOOP_LAG: Final = "loop_lag"
"""By how much whoever is to act at a moment acts too late: the name of the measure."""
LAGS: Final = ("schedule_lag", LOOP_LAG)
"""Measures of the generator's own lateness."""
SPAN: Final = 5
"""Seconds over which the use of the CPU is averaged, before its peak is taken: a short burst delays nobody for long."""

_TICK: Final = 0.1
_SECOND: Final = 1.0


class Health(msgspec.Struct):
    """Of one process, over its part of a run: the worst that there was."""

    cpu: float = 0.0
    """Share of one core that it used, over `SPAN` seconds."""
    waiting: float = 0.0
    """Share of the time that it spent ready to run, and waiting for a core, over `SPAN` seconds."""
    pause: float = 0.0
    """The longest halt for the garbage collector, in seconds."""
    files: int = 0
    """Open descriptors."""
    memory: int = 0
    """Resident bytes."""
    exhausted: int = 0
    """Connections and files that could not be opened, for want of descriptors or ports."""
    lags: dict[str, float] = {}
    """Seconds of its own lateness, by a statistic such as `schedule_lag.p99`."""


class Pulse:
    """Measures this process while it runs, in a greenlet of its own. Constant memory, ten short looks a second."""

    def __init__(self, times: Times, warm_until: float = 0.0) -> None:
        """`times` takes in the loop's lag; what comes before `warm_until` is left out of the `health`."""
        self.exhausted = 0
        """Connections and files that could not be opened, for want of descriptors or ports."""
        self._health = Health()
        self._lags = Times()
        self._times = times
        self.warm_until = warm_until
        self._collector = Collector()
        self._last = Vitals.now()
        self._span: deque[Vitals] = deque()
        self._lag = 0.0
        self._ticking: gevent.Greenlet | None = None

    def start(self) -> None:
        """Begin to measure, and keep the collector quiet meanwhile."""
        self._collector.quieten()
        self._ticking = gevent.spawn(self._tick)

    def stop(self) -> None:
        """Measure no longer."""
        if self._ticking is not None:
            self._ticking.kill()
            self._ticking = None
            self._collector.restore()

    def take(self, recent: Counts) -> None:
        """Take in times that the run took, of which the generator's own lateness is a part."""
        self._lags.add({name: recent[name] for name in LAGS if name in recent})

    def health(self) -> Health:
        """So far."""
        lags = Measures()
        lags.add(self._lags.counts)
        return msgspec.structs.replace(
            self._health, pause=self._collector.longest, exhausted=self.exhausted, lags=_by_percentile(lags)
        )

    def sample(self) -> course.Health:
        """How it fared since this was last asked for."""
        last, self._last = self._last, Vitals.now()
        lag, self._lag = self._lag, 0.0
        cpu, waiting = _shares(last, self._last)
        return course.Health(cpu=cpu, loop_lag=lag, waiting=waiting, memory=self._last.memory, files=self._last.files)

    def _tick(self) -> None:
        due = looked = time.monotonic()
        self.look(Vitals.now())
        while True:
            # Moments of a clock of its own: one that comes late makes none of the next ones later, and each that was
            # missed counts with its own lateness.
            due += _TICK
            gevent.sleep(max(due - time.monotonic(), 0.0))
            now = time.monotonic()
            self._times.record(LOOP_LAG, due, now)
            self._lag = max(self._lag, now - due)
            if now - looked >= _SECOND:
                looked = now
                self.look(Vitals.now())

    def look(self, vitals: Vitals) -> None:
        """Take in the vitals of a moment, about one second after the last ones."""
        if vitals.at < self.warm_until:
            return
        health = self._health
        self._span.append(vitals)
        while len(self._span) > 1 and vitals.at - self._span[1].at >= SPAN:
            self._span.popleft()
        if vitals.at - self._span[0].at >= SPAN:
            cpu, waiting = _shares(self._span[0], vitals)
            health.cpu, health.waiting = max(health.cpu, cpu), max(health.waiting, waiting)
        health.files, health.memory = max(health.files, vitals.files), max(health.memory, vitals.memory)


def _shares(one: Vitals, other: Vitals) -> tuple[float, float]:
    """Of a core's time and of all the time: used, and waited for."""
    seconds = max(other.at - one.at, 1e-9)
    return (other.cpu - one.cpu) / seconds, min((other.waited - one.waited) / seconds, 1.0)


def _by_percentile(lags: Measures) -> dict[str, float]:
    """Each of them by its p99, or by the highest percentile below that there are enough samples for."""
    found = {}
    for name in LAGS:
        enough = [statistic for statistic in ("p99", "p95", "p90") if lags.count(name) >= FLOORS[statistic]]
        if enough:
            found[f"{name}.{enough[0]}"] = lags.value(name, enough[0])
    return found
