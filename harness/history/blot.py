"""Keeps a secret out of a history, wherever the SUT may echo it."""

from typing import Any, Final

import msgspec

from harness.history.events import parsed
from harness.history.observations import Event, Header, Sent, Stored, StreamBytes, StreamClosed

_SHORTEST: Final = 3
"""Characters. A shorter secret stands in any text by chance: to blot it hides nothing, and changes what is judged."""

_TOO_DEEP: Final = "JSON that is nested too deeply to be kept"

_FOREIGN: Final = ("body", "content_type", "date", "detail", "url", "why")
"""Fields of observations that may hold what the SUT said; all others are words of ours."""

_OURS: Final = (Sent, Header)
"""Observations that hold nothing that the SUT said."""


class Blot:
    """Replaces a secret by as many asterisks, also where it comes in pieces."""

    def __init__(self, secret: str) -> None:
        self._text = secret if len(secret) >= _SHORTEST else ""
        self._json = msgspec.json.encode(self._text)[1:-1]
        # JSON need not escape a slash, and some encoders do.
        plain, slashed = self._text.encode(), self._json.replace(b"/", b"\\/")
        self._spellings = sorted({plain, self._json, slashed}, key=len, reverse=True)
        self._beginnings = frozenset(byte for spelling in self._spellings for byte in spelling[:-1])
        self._asterisks = "*" * len(secret)
        self._held: dict[int, bytes] = {}

    def out(self, observation: Stored, said: bytes | None = None) -> tuple[Stored, ...]:
        """The observation without the secret; what we sent never has it.

        `said` is all that the SUT said in it, as it came, where that is at hand: a look at it saves one at what was
        made of it. The end of a piece that may be the beginning of the secret is held back until the next one.
        """
        if not self._text or isinstance(observation, _OURS):
            return (observation,)
        if isinstance(observation, StreamBytes):
            data = self._clear(observation.n, observation.data)
            if not data:
                return ()
            return (observation if data is observation.data else msgspec.structs.replace(observation, data=data),)
        held = self._left_of(observation) if isinstance(observation, StreamClosed) else ()
        if not self._is_clear(said) and self._stands_in(observation):
            names = [name for name in _FOREIGN if hasattr(observation, name)]
            cleared = {name: self.out_of_json(getattr(observation, name)) for name in names}
            observation = msgspec.structs.replace(observation, **cleared)
        return (*held, observation)

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

    def _is_clear(self, said: bytes | None) -> bool:
        """Whether nothing that can be made of the bytes has the secret: not even by the escapes of JSON."""
        return said is not None and b"\\" not in said and not any(spelling in said for spelling in self._spellings)

    def _stands_in(self, value: Any) -> bool:
        """Whether to look closer."""
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

    def _left_of(self, closed: StreamClosed) -> tuple[Stored, ...]:
        """What is held back of a stream that is over."""
        rest = self._held.pop(closed.n, b"")
        return (StreamBytes(closed.n, closed.at, rest),) if rest else ()

    def _clear(self, n: int, data: bytes) -> bytes:
        if self._held:
            data = self._held.pop(n, b"") + data
        data = self.out_of_bytes(data)
        if not data or data[-1] not in self._beginnings:
            return data
        held = max(_begun(spelling, data) for spelling in self._spellings)
        if held:
            self._held[n] = data[-held:]
        return data[: len(data) - held]


def _begun(spelling: bytes, data: bytes) -> int:
    """How many bytes at the end of `data` may be the beginning of the spelling."""
    lengths = range(min(len(spelling) - 1, len(data)), 0, -1)
    return next((length for length in lengths if data.endswith(spelling[:length])), 0)
