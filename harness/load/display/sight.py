"""Has a run seen while it lasts: asks its processes every few seconds, and shows what they tell."""

import atexit
import logging
import math
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from typing import Any, Final

import gevent
import msgspec
from locust.exception import RPCError

from harness.load.cluster.master import Master
from harness.load.cluster.worker import Worker
from harness.load.course.glimpse import Glimpse
from harness.load.course.intervals import SECONDS, Interval
from harness.load.display.progress import Progress, StandardError
from harness.load.display.tab import add_tab
from harness.load.display.watch import Conclusion, Watch
from harness.load.faults import FAULT, words
from harness.load.run import LiveRun
from harness.load.workload import Workload
from harness.oracle.assessment import Assessment
from harness.report.run import SloResult

_log: Final = logging.getLogger("harness.load")


class Sight:
    """Of this process's runs, one after another."""

    def __init__(self, environment: Any) -> None:
        """`environment` is Locust's; its flags say where things are shown."""
        self.watch: Watch | None = None
        """The run that is under way, or the one before; None on a worker."""
        self._run: LiveRun | None = None
        self._tell: Callable[[bytes], None] | None = None
        self._ticking: gevent.Greenlet | None = None
        self._is_over = True
        self._began = 0.0
        self._progress: Progress | None = None
        options = environment.parsed_options
        if environment.web_ui is not None:
            add_tab(environment.web_ui, options.web_base_path or "", lambda: self.watch)
        elif options.headless and not (options.worker or options.only_summary or options.print_stats):
            options.only_summary = True  # Locust's own table, every two seconds; it can be had by `--print-stats`
            self._progress = Progress(StandardError())
            atexit.register(self._progress.stop)

    def begin(
        self, workload: Workload, seconds: float | None, cluster: Master | Worker | None, run: LiveRun | None = None
    ) -> None:
        """A run begins, to last `seconds` if that is known, with the sessions of `run` if this process has any.

        Those of a worker are not shown, but told its master.
        """
        self._is_over = False
        self._run, self._tell = run, cluster.tell_progress if isinstance(cluster, Worker) else None
        assess = partial(_assess, cluster, run)
        self.watch = None if self._tell else Watch(workload.name, seconds, assess, workload.slos, workload.warm_up)
        if isinstance(cluster, Master):
            cluster.progress, cluster.started = self.take, self.start

    def forget(self) -> None:
        """Show nothing any more of the run before."""
        self.watch = None

    def start(self, elapsed: float = 0.0) -> None:
        """The run is under way, for so many seconds; said again, or after its end, it means nothing."""
        if self._ticking is None and not self._is_over:
            self._began = time.monotonic() - elapsed
            if self.watch is not None:
                self.watch.begin(elapsed)
            if self._run is not None:
                self._run.lookout.begin(elapsed)
            self._ticking = gevent.spawn(self._tick)

    def take(self, told: bytes) -> None:
        """Take in what a worker tells."""
        if self.watch is not None:
            self.watch.take(msgspec.json.decode(told, type=Glimpse))

    def end(self) -> list[Interval]:
        """The sessions are over: the run's time course; none on a worker."""
        if self._is_over:
            return []
        self._is_over = True
        if self._ticking is not None:
            self._ticking.kill()
            self._ticking = None
            self._see(self._next())
        if self._progress is not None:
            self._progress.stop()
        self._run = None
        if self.watch is None:
            return []
        self.watch.end()
        return list(self.watch.course)

    def conclude(self, outcome: str, headline: str, folder: str = "", slos: Sequence[SloResult] = ()) -> None:
        """What became of the run, or why there is none."""
        if self.watch is None:
            self.watch = Watch("run", None, Assessment)
            self.watch.end()
        self.watch.conclusion = Conclusion(outcome, headline, folder, slos)

    def _tick(self) -> None:
        try:
            due = 0.0
            while True:
                due = max(self._next(), due + SECONDS)  # a sleep may end a little early
                gevent.sleep(max(self._began + due - time.monotonic(), 0.0))
                self._see(due)
        except Exception as error:  # noqa: BLE001 -- the sessions don't need to be seen in order to go on
            _log.error("%s: %s", FAULT, words(error))

    def _next(self) -> float:
        """The end of the interval that it is now, in seconds of the run."""
        return (math.floor((time.monotonic() - self._began) / SECONDS) + 1) * SECONDS

    def _see(self, until: float) -> None:
        for glimpse in self._run.glimpses(until) if self._run is not None else ():
            if self.watch is not None:
                self.watch.take(glimpse)
            elif self._tell is not None:
                with suppress(RPCError):  # the master is gone: the worker says so where it tells its part
                    self._tell(msgspec.json.encode(glimpse))
        if self.watch is not None and self._progress is not None:
            self._progress.show(self.watch)


def _assess(master: Master | Worker | None, run: LiveRun | None) -> Assessment:
    """What is known of the sessions that are over."""
    if isinstance(master, Master):
        return master.so_far().assessment
    return run.assessment if run is not None else Assessment()
