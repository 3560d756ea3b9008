"""The stages of a load file as Locust's load shape: so many users at each moment."""

from collections.abc import Sequence
from typing import Final

from locust import LoadTestShape

from harness.scenario.load import Stage

_AT_ONCE: Final = 100.0
"""Users a second: a ramp is followed by many small steps, each at once."""


class Stages(LoadTestShape):
    """Ramps from one stage's target to the next one's; a stage without a target holds what there is."""

    abstract = True  # not for Locust to find: it is made from a load file

    def __init__(self, stages: Sequence[Stage], users: int) -> None:
        """`users` is the number to begin with."""
        super().__init__()
        self._stages = stages
        self._users = users

    def tick(self) -> tuple[int, float] | None:
        """Users now, and how fast to start them; None when the last stage is over."""
        return users_at(self._stages, self._users, self.get_run_time())


def users_at(stages: Sequence[Stage], users: float, seconds: float) -> tuple[int, float] | None:
    """The same, for a moment of the run."""
    for stage in stages:
        target = stage.ramp_to.amount if stage.ramp_to else users
        if seconds < stage.lasting:
            return round(users + (target - users) * seconds / stage.lasting), _AT_ONCE
        seconds -= stage.lasting
        users = target
    return None
