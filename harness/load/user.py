"""The virtual user: one session after another, with a short think time between them (a closed model)."""

from typing import Any, ClassVar, Final

import gevent
from locust import User, task
from locust.exception import StopUser

from harness.load.live import Live
from harness.load.options import STOP_TIMEOUT
from harness.load.seeds import think_time
from harness.load.session import Session

_PAUSE: Final = 1.0
_LONGEST_PAUSE: Final = 10.0
"""Seconds between sessions that fail: doubled from the first, so that nobody storms an SUT in trouble."""


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

    @task
    def call(self) -> None:
        """One session, from start to end."""
        run = self._run
        if run is None:  # it could not begin, and has said why
            raise StopUser
        try:
            self._session = run.open(self._number, self._sessions)
            try:
                ended = self._session.perform()
                self._failed = self._failed + 1 if ended.ending == "failed" else 0
            finally:
                run.close(self._session)
        except Exception as error:  # noqa: BLE001 -- Locust would print a traceback, and start again at once
            self._failed += 1
            run.fault(error)
        finally:
            self._session = None
            self._sessions += 1

    def wait_time(self) -> float:
        """Seconds until the next session."""
        pause = min(_PAUSE * 2 ** (self._failed - 1), _LONGEST_PAUSE) if self._failed else 0.0
        return pause + (think_time(self._run.seed(self._number, self._sessions)) if self._run else 0.0)

    def stop(self, force: bool = False) -> bool:
        """Stop; Locust calls this from another greenlet, and waits for `stop_timeout` seconds.

        The session may use what the user grants beyond the time that a cancel may need; then it is cancelled.
        """
        gevent.spawn_later(max(self.environment.stop_timeout - STOP_TIMEOUT, 0), self._leave)
        return bool(super().stop(force))

    def _leave(self) -> None:
        if self._session is not None:
            self._session.stop()
