"""The last observations of a session, kept as small as they can be, as evidence."""

import math
from typing import Final

import msgspec

from harness.history.events import parsed
from harness.history.observations import Event, Stored

_MOST: Final = 24
"""Observations."""
_NARROW: Final = 2048
"""Bytes, under load: of what is large, fewer observations stay, but never less than a few."""
_FEW: Final = 8

_encoder: Final = msgspec.json.Encoder()
_decoder: Final = msgspec.json.Decoder(Stored | Event)


class Trail:
    """As they stand in a history file: under load hardly any is ever read again."""

    __slots__ = ("_limit", "_lines", "_size")

    def __init__(self, *, narrow: bool = False) -> None:
        self._limit = _NARROW if narrow else math.inf
        self._lines: list[bytes] = []
        self._size = 0

    def add(self, seen: Stored | Event) -> None:
        """One more."""
        if isinstance(seen, Event):
            seen = msgspec.structs.replace(seen, payload=None)  # its data says the same
        line, lines = _encoder.encode(seen), self._lines
        lines.append(line)
        size, many = self._size + len(line), len(lines)
        while many > _MOST or (size > self._limit and many > _FEW):
            size -= len(lines.pop(0))
            many -= 1
        self._size = size

    @property
    def whole(self) -> tuple[Stored | Event, ...]:
        """The observations, oldest first."""
        return tuple(_with_payload(_decoder.decode(line)) for line in self._lines)


def _with_payload(seen: Stored | Event) -> Stored | Event:
    if not isinstance(seen, Event) or seen.flaw:
        return seen
    return msgspec.structs.replace(seen, payload=parsed(seen.data)[0])
