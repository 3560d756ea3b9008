"""How many users there are at each moment, as Locust's load shape."""

from collections.abc import Callable
from typing import Any, Final

from locust import LoadTestShape

from harness.load.workload import Workload

_AT_ONCE: Final = 100.0
"""Users a second, at least: a step is one, and a ramp is followed by many small ones. Beyond it Locust warns."""


class Shape(LoadTestShape):
    """So many users at each moment, until the run is over."""

    abstract = True  # not for Locust to find: it is made here

    def __init__(self, users_at: Callable[[float], int | None]) -> None:
        """`users_at` is asked once a second, with the seconds of the run; None ends it."""
        super().__init__()  # type: ignore[no-untyped-call] # Locust's
        self._users_at = users_at
        self.seconds: float | None = None
        """How long the run lasts."""
        self._has_begun = False
        self._last = (0, _AT_ONCE)

    def begin(self) -> None:
        """Count the time from now, where all is ready."""
        self.reset_time()  # type: ignore[no-untyped-call] # Locust's
        self._has_begun = True

    def tick(self) -> tuple[int, float] | None:
        """Users now, and how fast to start them; None at the end. Locust starts anew whatever differs from the last."""
        seconds = self.get_run_time() if self._has_begun else 0.0  # type: ignore[no-untyped-call] # Locust's
        if self.seconds is not None and seconds >= self.seconds:
            return None
        users = self._users_at(seconds)
        if users is None:
            return None
        if change := abs(users - self._last[0]):
            self._last = (users, max(_AT_ONCE, change))
        return self._last


def staged(workload: Workload, runner: Any) -> Shape:
    """Along the stages of a load file; of an open load, one idle user a process, so that Locust sees the run go on."""
    return Shape((lambda _: runner.worker_count) if workload.open else workload.users_at)
