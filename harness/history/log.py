"""A session's history while it is made: every observation goes through here, and on to all who want it."""

import threading
from collections.abc import Callable, Sequence

from harness.history.blot import Blot
from harness.history.events import Events
from harness.history.observations import Observation, Stored

Taker = Callable[[Observation], None]
"""Somebody who takes observations in: the judge, a history file, the driver, a measure."""


class Log:
    """Hands each observation, and the events that it completes, to all takers, one after another.

    The API key is blotted out wherever the SUT echoes it, so that no taker ever sees it.
    """

    def __init__(self, takers: Sequence[Taker], key: str = "") -> None:
        self._takers = list(takers)
        self._blot = Blot(key)
        self._events = Events()
        self._lock = threading.Lock()

    def add_taker(self, taker: Taker) -> None:
        """Let another one have all observations from now on."""
        self._takers.append(taker)

    def add(self, observation: Stored) -> None:
        """Record what was seen."""
        with self._lock:
            for blotted in self._blot.out(observation):
                for taker in self._takers:
                    taker(blotted)
                for event in self._events.of(blotted):
                    event_blotted = self._blot.out_of_event(event)
                    for taker in self._takers:
                        taker(event_blotted)
