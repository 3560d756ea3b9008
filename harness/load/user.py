"""The virtual user of the closed model: one session after another, with a short think time between them.

In the open model sessions begin without any user; one in each process is idle, so that Locust sees the run go on.
"""

from typing import Any, ClassVar, Final

import gevent
from locust import User, task
from locust.exception import StopUser
from locust.user.task import LOCUST_STATE_STOPPING

from harness.client.clock import SystemClock
from harness.load.live import Live
from harness.load.options import grace
from harness.load.seeds import think_time
from harness.load.session import Session

_PAUSE: Final = 1.0
_LONGEST_PAUSE: Final = 10.0
"""Seconds between sessions that fail: doubled from the first, so that nobody storms an SUT in trouble."""

_IDLE: Final = 3600.0
"""Seconds that an idle user sleeps, and sleeps again."""
_CLOCK: Final = SystemClock()


class LiveUser(User):
    """A caller. A locustfile subclasses it, and sets `live`."""

    abstract = True
    live: ClassVar[Live]

    def __init__(self, environment: Any) -> None:
        super().__init__(environment)
        self._run = self.live.run
        self._number = self._run.enter() if self._run else 0
        self._sessions = 0
        self._failed = 0
        self._session: Session | None = None
        self._due = _CLOCK.now()
        self._leaving = False
        if self._run is not None and self._run.settings.conducted:
            # Locust begins users in batches, once a second: left to that, their chunks would come in bursts for good.
            self._due += think_time(self._run.seed(self._number, -1))

    @task
    def call(self) -> None:
        """One session, from start to end."""
        run = self._run
        if run is None:  # it could not begin, and has said why
            raise StopUser
        if run.workload.open:
            return
        if not self._sessions:
            _CLOCK.sleep(max(self._due - _CLOCK.now(), 0.0))
        if self._leaving:
            raise StopUser
        try:
            self._session = run.open(self._number, self._sessions, self._due)
            ended = run.perform(self._session)
            self._failed = self._failed + 1 if ended.ending == "failed" else 0
        except Exception as error:  # noqa: BLE001 -- Locust would print a traceback, and start again at once
            self._failed += 1
            run.fault(error)
        finally:
            self._session = None
            self._sessions += 1

    def wait_time(self) -> float:
        """Seconds until the next session; however late Locust then wakes, it was due when they were over."""
        if self._run is None or self._run.workload.open:
            return _IDLE
        pause = min(_PAUSE * 2 ** (self._failed - 1), _LONGEST_PAUSE) if self._failed else 0.0
        if not self._run.settings.conducted:  # so many sessions are asked for, and not so many users
            pause += think_time(self._run.seed(self._number, self._sessions))
        self._due = _CLOCK.now() + pause
        return pause

    def stop(self, force: bool = False) -> bool:
        """Stop; Locust calls this from another greenlet, and waits for `stop_timeout` seconds.

        The session may use what the user grants beyond the time that a cancel may need; then it is cancelled.
        """
        if self._state == LOCUST_STATE_STOPPING and not force:
            return False  # when a run with a shape is interrupted, Locust stops it twice
        gevent.spawn_later(grace(self.environment.stop_timeout), self._leave)
        waits_for_key = self._session is None and self._run is not None and self._run.keys is not None
        return bool(super().stop(force or waits_for_key))

    def _leave(self) -> None:
        self._leaving = True
        if self._session is not None:
            self._session.stop()
