"""Keeps a secret out of a history, wherever the SUT may echo it."""

from collections.abc import Iterator

import msgspec

from harness.history.events import parsed
from harness.history.observations import Event, Header, Sent, Stored, StreamBytes, StreamClosed


class Blot:
    """Replaces a secret by as many asterisks, also where it comes in pieces."""

    def __init__(self, secret: str) -> None:
        self._text = secret
        self._bytes = secret.encode()
        self._json = msgspec.json.encode(secret)[1:-1]
        self._asterisks = "*" * len(secret)
        self._held: dict[int, bytes] = {}

    def out(self, observation: Stored) -> Iterator[Stored]:
        """The observation without the secret; what we sent never has it.

        The end of a piece that may be the beginning of the secret is held back until the next one.
        """
        if not self._text or isinstance(observation, Sent | Header):
            yield observation
        elif isinstance(observation, StreamBytes):
            if data := self._clear(observation.n, observation.data):
                yield msgspec.structs.replace(observation, data=data)
        else:
            if isinstance(observation, StreamClosed) and (rest := self._held.pop(observation.n, b"")):
                yield StreamBytes(observation.n, observation.at, rest)
            line = msgspec.json.encode(observation)
            if self._json in line:
                line = line.replace(self._json, self._asterisks.encode())
                observation = msgspec.json.decode(line, type=type(observation))
            yield observation

    def out_of_event(self, event: Event) -> Event:
        """The same for an event: JSON can spell a secret so that its bytes do not show it."""
        if not self._text or "\\" not in event.data:
            return event
        payload = msgspec.json.encode(event.payload)
        if self._json not in payload:
            return event
        data = payload.replace(self._json, self._asterisks.encode()).decode()
        blotted, flaw = parsed(data)
        return msgspec.structs.replace(event, data=data, payload=blotted, flaw=flaw)

    def _clear(self, n: int, data: bytes) -> bytes:
        data = (self._held.pop(n, b"") + data).replace(self._bytes, self._asterisks.encode())
        for length in range(min(len(self._bytes) - 1, len(data)), 0, -1):
            if data.endswith(self._bytes[:length]):
                self._held[n] = data[-length:]
                return data[:-length]
        return data
