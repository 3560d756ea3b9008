"""The stages of a load file as Locust's load shape."""

from typing import Any, Final

from locust import LoadTestShape

from harness.load.workload import Workload

_AT_ONCE: Final = 100.0
"""Users a second, at least: a step is one, and a ramp is followed by many small ones. Beyond it Locust warns."""


class Stages(LoadTestShape):
    """So many users at each moment, until the run is over; of an open load, one idle user a process."""

    abstract = True  # not for Locust to find: it is made from a load file

    def __init__(self, workload: Workload, runner: Any) -> None:
        super().__init__()  # type: ignore[no-untyped-call] # Locust's
        self._runner = runner
        self._workload = workload
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
        users = self._runner.worker_count if self._workload.open else self._workload.users_at(seconds)
        if change := abs(users - self._last[0]):
            self._last = (users, max(_AT_ONCE, change))
        return self._last
