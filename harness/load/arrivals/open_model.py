"""The open model in one process: each session begins when it is due, whatever became of those before it.

A loop sleeps until the next arrival and has it performed in a greenlet of its own. When the loop itself wakes late, all
that is overdue begins at once, and is measured from when it was due: lateness is recorded, never absorbed.
"""

import math
from collections.abc import Iterable
from typing import Final

import gevent
from gevent.pool import Group

from harness.client.clock import SystemClock
from harness.load.arrivals.levels import Stretch
from harness.load.arrivals.schedule import Share, Shares, moments
from harness.load.conductor import Step
from harness.load.health.files import sessions_allowed
from harness.load.options import STOP_TIMEOUT, grace
from harness.load.run import LiveRun
from harness.load.session import Session
from harness.scenario.load import Open

_NUMBERS: Final = 10_000_000
"""Of arrivals, more than a step has: each has one of its own, and a seed by it."""


class OpenModel:
    """Begins this process's share of a run's sessions, and sees them off."""

    def __init__(self, run: LiveRun, model: Open) -> None:
        self._run: Final = run
        self._model: Final = model
        self._clock = SystemClock()
        self._began = 0.0
        self._last = Step(number=0, since=0.0)
        self._shares = Shares()
        self._machine_room = self._room = sessions_allowed()  # asked before sessions take up some of it
        self._loops = Group()
        self._performing = Group()
        self._sessions: set[Session] = set()

    def share(self, index: int, count: int, since: float, now: float) -> None:
        """From moment `since` of the run on, perform every `count`-th arrival, counted from number `index`.

        `now` is the run's time as it is told, in seconds since it began. The first call has the sessions begin. All
        processes must be told before `since`, or an arrival between may be nobody's, or two processes'.
        """
        if (most := self._model.most) is not None:
            count = min(count, most)  # where there is not room for one each, the first few take all arrivals
            self._room = min(self._machine_room, most // count + (index < most % count))
        self._shares.add(Share(index, count, since))
        if not self._began:
            self._began = self._clock.now() - now
            if not self._run.settings.conducted:
                self._loops.spawn(self._arrive, self._last, self._run.workload.levels)

    def step(self, step: Step) -> None:
        """From its moment on, have sessions begin at another rate; all processes must be told before."""
        if step.number > self._last.number:
            self._last = step
            self._loops.spawn(self._follow, step)

    def leave(self, stop_timeout: float) -> None:
        """Begin no more sessions; those in flight get the time that users' sessions get, see `LiveUser.stop`."""
        self._loops.kill()
        stopping = gevent.spawn_later(grace(stop_timeout), self._stop)
        if not self._performing.join(timeout=stop_timeout):
            self._performing.kill()
        stopping.kill()

    def _follow(self, step: Step) -> None:
        if step.rate:
            self._arrive(step, [Stretch(math.inf, step.rate, step.rate)])
        else:
            self._clock.sleep(max(self._began + step.since - self._clock.now(), 0.0))
            there = list(self._performing)
            self._stop()
            gevent.joinall(there, timeout=STOP_TIMEOUT)
            gevent.killall(there)

    def _arrive(self, step: Step, rates: Iterable[Stretch]) -> None:
        """Until another step begins; its moments are counted from its own."""
        try:
            settings, now = self._run.settings, self._clock.now()
            first, seed = step.number * _NUMBERS, settings.seed + step.number
            for number, moment in enumerate(moments(rates, self._model.spacing, seed), start=first):
                due = step.since + moment
                if due >= (settings.seconds or math.inf):
                    return
                while self._began + due > now:
                    self._clock.sleep(self._began + due - now)
                    now = self._clock.now()
                if self._last is not step and due >= self._last.since:
                    return
                if self._shares.takes(number, due):
                    self._begin(number, self._began + due)
        except Exception as error:  # noqa: BLE001 -- gevent would print a traceback, and nobody would know
            self._run.fault(error)

    def _begin(self, number: int, due: float) -> None:
        has_room, key = len(self._performing) < self._room, None
        if has_room and self._run.keys is not None:
            key = self._run.keys.take()
            has_room = key is not None
        self._run.arrived(has_room=has_room)
        if has_room:
            self._performing.spawn(self._perform, number, due, key)

    def _perform(self, number: int, due: float, key: str | None) -> None:
        session = None
        try:
            session = self._run.arrive(number, due, key)
            self._sessions.add(session)
            self._run.perform(session)
        except Exception as error:  # noqa: BLE001 -- as above
            self._run.fault(error)
        finally:
            self._sessions.discard(session)

    def _stop(self) -> None:
        for session in list(self._sessions):
            session.stop()
