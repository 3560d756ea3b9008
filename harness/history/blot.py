"""Keeps a secret out of a history, wherever the SUT may echo it."""

from collections.abc import Iterator
from typing import Any, Final

import msgspec

from harness.history.events import parsed
from harness.history.observations import Event, Header, Sent, Stored, StreamBytes, StreamClosed

_SHORTEST: Final = 3
"""Characters. A shorter secret stands in any text by chance: to blot it hides nothing, and changes what is judged."""

_TOO_DEEP: Final = "JSON that is nested too deeply to be kept"

_FOREIGN: Final = ("body", "content_type", "date", "detail", "url", "why")
"""Fields of observations that may hold what the SUT said; all others are words of ours."""


class Blot:
    """Replaces a secret by as many asterisks, also where it comes in pieces."""

    def __init__(self, secret: str) -> None:
        self._text = secret if len(secret) >= _SHORTEST else ""
        self._json = msgspec.json.encode(self._text)[1:-1]
        # JSON need not escape a slash, and some encoders do.
        plain, slashed = self._text.encode(), self._json.replace(b"/", b"\\/")
        self._spellings = sorted({plain, self._json, slashed}, key=len, reverse=True)
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
            if self._stands_in(observation):
                names = [name for name in _FOREIGN if hasattr(observation, name)]
                cleared = {name: self.out_of_json(getattr(observation, name)) for name in names}
                observation = msgspec.structs.replace(observation, **cleared)
            yield observation

    def out_of_event(self, event: Event) -> Event:
        """The same for an event: JSON can spell a secret so that its bytes do not show it."""
        if not self._text or "\\" not in event.data or not self._stands_in(event.payload):
            return event
        data = msgspec.json.encode(self.out_of_json(event.payload)).decode()
        payload, flaw = parsed(data)
        return msgspec.structs.replace(event, data=data, payload=payload, flaw=flaw)

    def out_of_json(self, value: Any) -> Any:
        """A JSON value, with the secret replaced in its strings and keys: never in its structure."""
        try:
            return self._walked(value) if self._text else value
        except RecursionError:
            return _TOO_DEEP

    def out_of_bytes(self, data: bytes) -> bytes:
        """Bytes, with the secret replaced as it stands there by itself or in JSON."""
        if self._text:
            for spelling in self._spellings:
                data = data.replace(spelling, self._asterisks.encode())
        return data

    def _stands_in(self, value: Any) -> bool:
        """Whether to look closer: a quick answer, since it is asked of everything that comes."""
        try:
            return self._json in msgspec.json.encode(value)
        except RecursionError:
            return True

    def _walked(self, value: Any) -> Any:
        match value:
            case str():
                return value.replace(self._text, self._asterisks)
            case list():
                return [self._walked(item) for item in value]
            case dict():
                return {self._walked(key): self._walked(item) for key, item in value.items()}
        return value

    def _clear(self, n: int, data: bytes) -> bytes:
        data = self.out_of_bytes(self._held.pop(n, b"") + data)
        held = max(_begun(spelling, data) for spelling in self._spellings)
        if held:
            self._held[n] = data[-held:]
        return data[: len(data) - held]


def _begun(spelling: bytes, data: bytes) -> int:
    """How many bytes at the end of `data` may be the beginning of the spelling."""
    lengths = range(min(len(spelling) - 1, len(data)), 0, -1)
    return next((length for length in lengths if data.endswith(spelling[:length])), 0)
