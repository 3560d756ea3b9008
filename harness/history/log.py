"""A session's history while it is made: every observation goes through here, and on to all who want it."""

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Final

from harness.history.blot import Blot
from harness.history.events import Events
from harness.history.observations import Observation, Returned, Sent, Stored, StreamBytes, StreamClosed

Taker = Callable[[Observation], None]
"""Somebody who takes observations in: the judge, a history file, the driver, a measure."""

Fault = Callable[[Taker, Exception], None]
"""What hears of an exception that a taker has raised."""

_FAULTS: Final = 20
_STREAM: Final = (StreamBytes, StreamClosed)
_FREQUENT: Final = (Sent, Returned, StreamBytes)


class Faults:
    """Exceptions of takers, in words: the first few different ones."""

    def __init__(self) -> None:
        self.words: Final[list[str]] = []

    def __call__(self, taker: Taker, error: Exception) -> None:
        """Note this one."""
        name = getattr(taker, "__qualname__", type(taker).__name__)
        fault = f"{name}: {error!r}"
        if fault not in self.words and len(self.words) < _FAULTS:
            self.words.append(fault)


class Log:
    """Hands each observation, and the events that it completes, to all takers, one after another.

    The API key is blotted out wherever the SUT echoes it, so that no taker ever sees it. A taker that raises an
    exception keeps nobody from anything: `fault` hears of what it raised, and the others go on.
    """

    def __init__(self, takers: Sequence[Taker], key: str = "", fault: Fault | None = None, *, batch: int = 1) -> None:
        """`batch` observations are handed on together, at most: that costs a third less than one by one."""
        self.blot: Final = Blot(key)
        self._takers = list(takers)
        self._fault = fault or Faults()
        self._events = Events()
        self._lock = threading.Lock()
        self._batch = batch
        self._waiting: list[tuple[Stored, bytes | None]] = []

    def add_taker(self, taker: Taker) -> None:
        """Let another one have all observations from now on."""
        self._takers.append(taker)

    def add(self, observation: Stored, said: bytes | None = None) -> None:
        """Record what was seen; `said` is all that the SUT said in it, as it came, where that is at hand."""
        self._waiting.append((observation, said))
        if len(self._waiting) >= self._batch or not isinstance(observation, _FREQUENT):
            self.hand_on()

    def hand_on(self) -> None:
        """Let the takers have what still waits for company."""
        with self._lock:
            waiting, self._waiting = self._waiting, []
            for observation, said in waiting:
                for seen in self.blot.out(observation, said):
                    self._tell(seen)
                    if isinstance(seen, _STREAM):
                        for event in self._events.of(seen):
                            self._tell(self.blot.out_of_event(event))

    @contextmanager
    def at_once(self) -> Iterator[None]:
        """Meanwhile nothing waits: somebody is to act on what comes."""
        batch, self._batch = self._batch, 1
        self.hand_on()
        try:
            yield
        finally:
            self._batch = batch

    def _tell(self, seen: Observation) -> None:
        for taker in self._takers:
            try:
                taker(seen)
            except Exception as error:  # noqa: BLE001 -- a fault of ours must not change what the client does
                self._fault(taker, error)
