"""What was seen lately: as much as is worth its memory."""

from collections.abc import Hashable
from struct import Struct
from typing import Final

_KEY: Final = 8
"""Bytes of a hash."""
_key: Final = Struct("q").pack


class Recent:
    """The last so many different things, each as eight bytes: what they were nobody asks again."""

    __slots__ = ("_most", "_seen", "has_forgotten")

    def __init__(self, most: int) -> None:
        self._most = most * _KEY
        self._seen = b""
        self.has_forgotten = False

    def add(self, thing: Hashable) -> bool:
        """Remember it; whether it was seen before."""
        key, seen = _key(hash(thing)), self._seen
        if key in seen:
            return True
        if len(seen) == self._most:
            seen = seen[_KEY:]
            self.has_forgotten = True
        self._seen = seen + key
        return False

    def __contains__(self, thing: Hashable) -> bool:
        return _key(hash(thing)) in self._seen
