"""The stages of a load file as Locust's load shape."""

from locust import LoadTestShape

from harness.load.workload import Workload

_AT_ONCE = 100.0
"""Users a second: a ramp is followed by many small steps, each at once."""


class Stages(LoadTestShape):
    """So many users at each moment, until the last stage is over."""

    abstract = True  # not for Locust to find: it is made from a load file

    def __init__(self, workload: Workload) -> None:
        super().__init__()  # type: ignore[no-untyped-call] # Locust's
        self._workload = workload

    def tick(self) -> tuple[int, float] | None:
        """Users now, and how fast to start them; None at the end."""
        users = self._workload.users_at(self.get_run_time())  # type: ignore[no-untyped-call] # Locust's
        return None if users is None else (users, _AT_ONCE)
