"""Events out of the bytes of a session's streams: the same whether they come from a socket or from a file."""

from collections.abc import Iterator

import msgspec

from harness.history.eventstream import EventStreamDecoder, OversizedEventError
from harness.history.observations import Event, Stored, StreamBytes, StreamClosed


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
                payload, flaw = parsed(event.data)
                yield Event(observation.n, observation.at, event.name, event.data, event.id, payload, flaw)
            for flaw in decoder.flaws:
                yield Event(observation.n, observation.at, "", "", illegal=flaw)
            decoder.flaws.clear()
        elif isinstance(observation, StreamClosed):
            decoder = self._decoders.pop(observation.n, None)
            if decoder is not None and decoder.is_unfinished and observation.how == "ended":
                cut = "the stream ends in the middle of an event, with no blank line after it"
                yield Event(observation.n, observation.at, "", "", illegal=cut)


def parsed(data: str) -> tuple[object, str]:
    """An event's data as JSON, and where it is none, why."""
    try:
        return msgspec.json.decode(data), ""
    except (msgspec.DecodeError, RecursionError) as error:
        return None, f"not JSON that can be read ({error})"
