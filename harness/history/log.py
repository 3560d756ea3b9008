"""A session's history while it is made: every observation goes through here, and on to all who want it."""

import threading
from collections.abc import Callable, Iterator, Sequence

import msgspec

from harness.history.eventstream import EventStreamDecoder, OversizedEventError
from harness.history.observations import Event, Observation, Returned, Stored, StreamBytes, StreamClosed

Taker = Callable[[Observation], None]
"""Somebody who takes observations in: the judge, a history file, the driver, a measure."""


class Events:
    """Derives the events from the bytes of a session's streams."""

    def __init__(self) -> None:
        self._decoders: dict[int, EventStreamDecoder] = {}

    def of(self, observation: Stored) -> Iterator[Event]:
        """The events that `observation` completes."""
        if isinstance(observation, StreamBytes):
            decoder = self._decoders.get(observation.n)
            if decoder is None:
                decoder = self._decoders[observation.n] = EventStreamDecoder()
            try:
                decoded = decoder.feed(observation.data)
            except OversizedEventError as error:
                yield Event(observation.n, observation.at, "", "", flaw=str(error))
                return
            for event in decoded:
                payload, flaw = _parsed(event.data)
                yield Event(observation.n, observation.at, event.name, event.data, event.id, payload, flaw)
        elif isinstance(observation, StreamClosed):
            self._decoders.pop(observation.n, None)


class Log:
    """Hands each observation, and the events that it completes, to all takers, one after another.

    The API key is blotted out wherever the SUT echoes it, so that no taker ever sees it.
    """

    def __init__(self, takers: Sequence[Taker], key: str = "") -> None:
        self._takers = list(takers)
        self._key = key
        self._blot = "*" * len(key)
        self._events = Events()
        self._lock = threading.Lock()

    def add_taker(self, taker: Taker) -> None:
        """Let another one have all observations from now on."""
        self._takers.append(taker)

    def add(self, observation: Stored) -> None:
        """Record what was seen."""
        if self._key:
            observation = self._blotted(observation)
        with self._lock:
            for taker in self._takers:
                taker(observation)
            for event in self._events.of(observation):
                for taker in self._takers:
                    taker(event)

    def _blotted(self, observation: Stored) -> Stored:
        if isinstance(observation, StreamBytes):
            key = self._key.encode()
            if key in observation.data:
                return msgspec.structs.replace(observation, data=observation.data.replace(key, self._blot.encode()))
        elif isinstance(observation, Returned) and observation.body is not None:
            body = msgspec.json.encode(observation.body).decode()
            if self._key in body:
                return msgspec.structs.replace(
                    observation, body=msgspec.json.decode(body.replace(self._key, self._blot))
                )
        return observation


def _parsed(data: str) -> tuple[object, str]:
    try:
        return msgspec.json.decode(data), ""
    except msgspec.DecodeError as error:
        return None, f"not JSON ({error})"
