"""What holds for a run that is under way in Locust's web UI."""

from collections.abc import Callable
from contextlib import suppress
from typing import Any, Final

import gevent
from locust.runners import STATE_RUNNING, STATE_SPAWNING
from locust.util.timespan import parse_timespan

from harness.errors import UsageError

UNDER_WAY: Final = frozenset({STATE_SPAWNING, STATE_RUNNING})
_SETTLED: Final = ("scenario", "profile", "seed", "record", "run_time")
"""Fields of a form that no change of a run that is under way can touch."""


def check_change(environment: Any, form: dict[str, Any]) -> None:
    """Of a run that is under way, a form changes the number of users, and nothing else. Raise `UsageError`."""
    if environment.shape_class is not None:
        raise UsageError("a run is under way in which the number of users changes nothing; stop it first")
    options = environment.parsed_options
    for name in _SETTLED:
        value, now = form.get(name), getattr(options, name)
        if value and value != str(now) and not (name == "run_time" and lasts_for(value) == now):
            raise UsageError(f"{name} {value!r}: a run is under way with another one; stop it first")


def lasts_for(text: str) -> int | None:
    """Seconds of a time span, as Locust reads it; None where it is none."""
    with suppress(ValueError):
        return int(parse_timespan(text))
    return None


def stop_after(seconds: float, runner: Any, is_under_way: Callable[[], bool]) -> None:
    """Have a run end when its time is up.

    Locust's web UI knows of the time that a form gives only, and forgets it when the number of users is changed.
    """

    def stop() -> None:
        if is_under_way() and runner.state in UNDER_WAY:
            runner.stop()

    gevent.spawn_later(seconds, stop)
