"""Events out of the bytes of a session's streams: the same whether they come from a socket or from a file."""

from typing import Final

import msgspec

from harness.history.eventstream import EventStreamDecoder, OversizedEventError
from harness.history.observations import Event, Stored, StreamBytes, StreamClosed

_decode: Final = msgspec.json.Decoder().decode


class Events:
    """Derives the events from the bytes of a session's streams."""

    def __init__(self) -> None:
        self._decoders: dict[int, EventStreamDecoder] = {}

    def of(self, observation: Stored) -> list[Event]:
        """The events that `observation` completes."""
        if isinstance(observation, StreamBytes):
            return self._decoded(observation.n, observation.at, observation.data)
        if isinstance(observation, StreamClosed):
            decoder = self._decoders.pop(observation.n, None)
            if decoder is not None and decoder.is_unfinished and observation.how == "ended":
                cut = "the stream ends in the middle of an event, with no blank line after it"
                return [Event(observation.n, observation.at, "", "", illegal=cut)]
        return []

    def _decoded(self, n: int, at: float, data: bytes) -> list[Event]:
        decoder = self._decoders.get(n)
        if decoder is None:
            decoder = self._decoders[n] = EventStreamDecoder()
        try:
            decoded = decoder.feed(data)
        except OversizedEventError as error:
            return [Event(n, at, "", "", flaw=str(error))]
        events = [Event(n, at, event.name, event.data, event.id, *parsed(event.data)) for event in decoded]
        if decoder.flaws:
            events += [Event(n, at, "", "", illegal=flaw) for flaw in decoder.flaws]
            decoder.flaws.clear()
        return events


def parsed(data: str) -> tuple[object, str]:
    """An event's data as JSON, and where it is none, why."""
    try:
        return _decode(data), ""
    except (msgspec.DecodeError, RecursionError) as error:
        return None, f"not JSON that can be read ({error})"
